// `npm start`: builds what is stale and starts the tray app; where it cannot run, the service in plain Node.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { build } from './build.mjs'
import { obtainElectron, sandboxProblem } from './electron-binary.mjs'
import { root } from './lib.mjs'
import { wantsTerminal, whyHeadless } from './why-headless.mjs'

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** What a shell reports for a program that a signal ended. */
const EXIT_BY_SIGNAL = 128

/**
 * What to run: Electron, or Node with the reason why.
 * @param {readonly string[]} args
 * @returns {Promise<{ electron: string } | { reason: string }>}
 */
async function choose(args) {
  const reason = whyHeadless({ args, platform: process.platform, env: process.env, uid: process.getuid?.() })
  if (reason !== undefined) return { reason }
  const binary = await obtainElectron()
  if ('missing' in binary) return { reason: binary.missing }
  const problem = sandboxProblem(binary.file)
  return problem === undefined ? { electron: binary.file } : { reason: problem }
}

/**
 * Runs a program in place of this one: signals go through, and its exit code is the answer.
 * @param {string} program
 * @param {readonly string[]} args
 */
function become(program, args) {
  // A shell of an editor that is built on Electron may ask for Node where the app is meant.
  const env = { ...process.env }
  delete env['ELECTRON_RUN_AS_NODE']
  const child = spawn(program, args, { stdio: 'inherit', env })
  // Ctrl+C reaches the child by the terminal; it decides when to end.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.once('error', (error) => {
    console.error(`immich-ml-proxy: ${program} cannot be started: ${error.message}`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : EXIT_BY_SIGNAL)))
}

const args = process.argv.slice(2)
const built = await build()
if (built !== 0) process.exit(built)

const cli = path.join(root, 'dist/src-main/cli.js')
if (wantsTerminal(args)) {
  become(process.execPath, [cli, ...args])
} else {
  const choice = await choose(args)
  if ('electron' in choice) {
    // What follows -- is ours alone: Electron would hand --debug to Node, which ends with a complaint.
    become(choice.electron, [root, '--', ...args])
  } else {
    console.error(`Serving without a tray: ${choice.reason}.`)
    become(process.execPath, [cli, ...args])
  }
}
