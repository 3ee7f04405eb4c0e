// `npm start`: builds what is out of date and starts the tray app, or the headless service if the app cannot run.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { build } from './build.mjs'
import { obtainElectron, sandboxProblem } from './electron-binary.mjs'
import { root } from './lib.mjs'
import { wantsTerminal, whyHeadless } from './why-headless.mjs'

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** Base of the exit code that a shell reports for a program ended by a signal. */
const EXIT_BY_SIGNAL = 128

/**
 * Decides what to run: Electron, or Node for a reason.
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
 * Runs a program in place of this one: signals are passed on, and its exit code becomes ours.
 * @param {string} program
 * @param {readonly string[]} args
 */
function become(program, args) {
  // Set in terminals of editors built on Electron; it would make Electron run as plain Node.
  const env = { ...process.env }
  delete env['ELECTRON_RUN_AS_NODE']
  const child = spawn(program, args, { stdio: 'inherit', env })
  // The terminal sends Ctrl+C to the child as well, which decides when to end.
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
    // Arguments after -- are not interpreted by Electron, which would pass --debug on to Node.
    become(choice.electron, [root, '--', ...args])
  } else {
    console.error(`Serving without a tray: ${choice.reason}.`)
    become(process.execPath, [cli, ...args])
  }
}
