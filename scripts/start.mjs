// `npm start`: builds what is out of date and starts the tray app, or the headless service if the app cannot run.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { build } from './build.mjs'
import { electronState, obtainElectron, sandboxProblem } from './electron-binary.mjs'
import { root } from './lib.mjs'
import { wantsTerminal, whyHeadless } from './why-headless.mjs'

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** Base of the exit code that a shell reports for a program ended by a signal. */
const EXIT_BY_SIGNAL = 128

/**
 * Decides what to run: Electron, or Node for a reason. `version` is given if Electron can be downloaded meanwhile.
 * @param {readonly string[]} args
 * @returns {{ electron: string } | { reason: string, version?: string }}
 */
function choose(args) {
  const reason = whyHeadless({ args, platform: process.platform, env: process.env, uid: process.getuid?.() })
  if (reason !== undefined) return { reason }
  const state = electronState()
  if ('missing' in state) {
    const { missing, version } = state
    return version === undefined ? { reason: missing } : { reason: missing, version }
  }
  const problem = sandboxProblem(state.file)
  return problem === undefined ? { electron: state.file } : { reason: problem }
}

/**
 * Runs a program in place of this one: signals are passed on, and its exit code becomes ours.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {() => void} [atEnd] called before this process ends
 */
function become(program, args, atEnd = () => undefined) {
  // Set in terminals of editors built on Electron; it would make Electron run as plain Node.
  const env = { ...process.env }
  delete env['ELECTRON_RUN_AS_NODE']
  const child = spawn(program, args, { stdio: 'inherit', env })
  /** @param {number} code */
  const end = (code) => {
    atEnd()
    process.exit(code)
  }
  // The terminal sends Ctrl+C to the child as well, which decides when to end.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.once('error', (error) => {
    console.error(`immich-ml-proxy: ${program} cannot be started: ${error.message}`)
    end(1)
  })
  child.once('exit', (code, signal) => end(code ?? (signal === null ? 1 : EXIT_BY_SIGNAL)))
}

/**
 * Downloads Electron while the headless service runs.
 * @param {string} version
 * @returns {() => void} stops the download
 */
function downloadMeanwhile(version) {
  console.error(`Downloading Electron ${version} (about 120 MB) meanwhile; the next npm start has the tray.`)
  const { done, stop } = obtainElectron(version, (line) => console.error(line))
  void done.then((ok) => {
    if (ok) console.error('Electron is downloaded: end this with Ctrl+C and start it again for the tray.')
    else
      console.error(
        'Electron could not be downloaded. It is tried again after a day, or by: npx install-electron',
      )
  })
  return stop
}

const args = process.argv.slice(2)
const built = await build()
if (built !== 0) process.exit(built)

const cli = path.join(root, 'dist/src-main/cli.js')
if (wantsTerminal(args)) {
  become(process.execPath, [cli, ...args])
} else {
  const choice = choose(args)
  if ('electron' in choice) {
    // Arguments after -- are not interpreted by Electron, which would pass --debug on to Node.
    become(choice.electron, [root, '--', ...args])
  } else {
    console.error(`Serving without a tray: ${choice.reason}.`)
    const stop = choice.version === undefined ? undefined : downloadMeanwhile(choice.version)
    become(process.execPath, [cli, ...args], stop)
  }
}
