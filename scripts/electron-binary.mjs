// Finds Electron's binary and downloads it if it is missing.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './lib.mjs'
import { whyNoSandbox } from './why-headless.mjs'

/** A download is ended after this time without any progress, milliseconds; there is no limit for the whole. */
const STALL_LIMIT_MS = 30_000
/** How often progress is checked, milliseconds. */
const CHECK_MS = 1_000
/** A failed download is tried again after this time, milliseconds. */
const RETRY_AFTER_MS = 24 * 60 * 60_000

const packageFolder = path.join(root, 'node_modules/electron')
/** Holds the version whose download has failed; its modification time is the time of the failure. */
const FAILED_FILE = path.join(root, 'dist/.electron-download-failed')
const RETRY = 'npx install-electron'

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    // Most files that are read here are optional.
    return undefined
  }
}

/**
 * The path of the binary, or undefined if there is none. The electron package itself is not asked, as that would start
 * a download.
 */
export function findElectron() {
  const name = read(path.join(packageFolder, 'path.txt'))
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  const folder = override ?? path.join(packageFolder, 'dist')
  const inFolder = name ?? (override === undefined ? undefined : 'electron')
  if (inFolder === undefined) return undefined
  const file = path.join(folder, inFolder)
  return existsSync(file) ? file : undefined
}

/**
 * The environment of the download. Electron's downloader uses a proxy only if it is told to.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function downloadEnv(env) {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']
  const hasProxy = names.some((name) => env[name] !== undefined && env[name] !== '')
  // Its own progress bar would appear only after 30 s.
  const base = { ...env, ELECTRON_GET_NO_PROGRESS: '1' }
  return hasProxy ? { ELECTRON_GET_USE_PROXY: 'true', ...base } : base
}

/**
 * Whether a failed download of a version is to be tried again: after a day, or for another version.
 * @param {string} version
 * @param {{ file?: string, now?: number }} [options]
 */
export function mayDownload(version, { file = FAILED_FILE, now = Date.now() } = {}) {
  if (read(file) !== version) return true
  const info = statSync(file, { throwIfNoEntry: false })
  return info === undefined || Math.abs(now - info.mtimeMs) >= RETRY_AFTER_MS
}

/**
 * Total size of the files below a folder.
 * @param {string} folder
 * @returns {Promise<number>}
 */
async function sizeOf(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  let size = 0
  for (const entry of entries) {
    if (entry.isFile())
      size += (await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0
  }
  return size
}

/**
 * Starts Electron's own installer. It runs as long as it makes progress: it receives bytes, or unpacks them.
 * @param {string} installer
 * @param {object} [options]
 * @param {number} [options.stallMs] time without progress after which it is ended
 * @param {string} [options.folder] where it unpacks to
 * @param {(received: number, total: number | undefined) => void} [options.onProgress]
 * @returns {{ done: Promise<boolean>, stop: () => void }} `done` resolves with whether it ended well
 */
export function download(installer, options = {}) {
  const {
    stallMs = STALL_LIMIT_MS,
    folder = path.join(packageFolder, 'dist'),
    onProgress = () => undefined,
  } = options
  const progress = pathToFileURL(path.join(import.meta.dirname, 'download-progress.mjs')).href
  // A process group of its own, so that everything it has started ends with it.
  const child = spawn(process.execPath, ['--import', progress, installer], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: process.platform !== 'win32',
    env: downloadEnv(process.env),
  })
  const stop = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  }
  let received = 0
  let seen = 0
  let lastGrowth = performance.now()
  child.on('message', (message) => {
    const counted = /** @type {{ received: number, total?: number }} */ (message)
    received = counted.received
    onProgress(received, counted.total)
  })
  const check = async () => {
    const size = received + (await sizeOf(folder))
    if (size !== seen) lastGrowth = performance.now()
    seen = size
    if (performance.now() - lastGrowth >= stallMs) stop()
  }
  const timer = setInterval(() => void check(), Math.min(CHECK_MS, stallMs / 2))
  const done = new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
  return { done: done.finally(() => clearInterval(timer)), stop }
}

/**
 * Electron's binary, or why there is none. `version` is given if it can be downloaded.
 * @returns {{ file: string } | { missing: string, version?: string }}
 */
export function electronState() {
  const file = findElectron()
  if (file !== undefined) return { file }
  const manifest = read(path.join(packageFolder, 'package.json'))
  if (manifest === undefined) return { missing: 'the electron package is not installed (npm ci)' }
  const { version } = /** @type {{ version: string }} */ (JSON.parse(manifest))
  if (mayDownload(version)) return { missing: 'Electron’s binary is not downloaded yet', version }
  return {
    missing: `Electron’s binary is missing, as its download has failed; it is tried again after a day, or by: ${RETRY}`,
  }
}

/**
 * Downloads Electron's binary and prints the progress.
 * @param {string} version
 * @param {(line: string) => void} print
 * @returns {{ done: Promise<boolean>, stop: () => void }} `done` resolves with whether the binary is there
 */
export function obtainElectron(version, print) {
  let printedTenth = 0
  const { done, stop } = download(path.join(packageFolder, 'install.js'), {
    onProgress: (received, total) => {
      if (total === undefined) return
      const tenth = Math.floor((10 * received) / total)
      if (tenth <= printedTenth) return
      printedTenth = tenth
      print(`Electron ${version}: ${tenth * 10} % of ${Math.round(total / 1_000_000)} MB`)
    },
  })
  const finished = done.then(async (ok) => {
    if (ok && findElectron() !== undefined) {
      await rm(FAILED_FILE, { force: true })
      return true
    }
    try {
      await mkdir(path.dirname(FAILED_FILE), { recursive: true })
      await writeFile(FAILED_FILE, version)
    } catch {
      // Without the mark the next start tries again at once, as if there was no failure.
    }
    return false
  })
  return { done: finished, stop }
}

/**
 * Why the binary could not start its sandbox, as the end of a sentence; undefined if it can.
 * @param {string} electron
 */
export function sandboxProblem(electron) {
  if (process.platform !== 'linux') return undefined
  const helper = path.join(path.dirname(electron), 'chrome-sandbox')
  const info = statSync(helper, { throwIfNoEntry: false })
  const helperIsSetuidRoot = info?.uid === 0 && (info.mode & 0o4000) !== 0
  const userNamespaces =
    read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') !== '1' &&
    read('/proc/sys/kernel/unprivileged_userns_clone') !== '0' &&
    read('/proc/sys/user/max_user_namespaces') !== '0'
  return whyNoSandbox({ helperIsSetuidRoot, userNamespaces }, helper)
}
