// Finds Electron's binary and downloads it if it is missing.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './lib.mjs'
import { whyNoSandbox } from './why-headless.mjs'

/** A download that takes longer is not going to end in a time somebody waits for a start. */
const DOWNLOAD_LIMIT_MS = 60_000

const INTERRUPTS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
const EXIT_INTERRUPTED = 130

const packageFolder = path.join(root, 'node_modules/electron')
/** Remembers that the download failed, so that the next start does not wait again. */
const FAILED_FILE = path.join(root, 'dist/.electron-download-failed')

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/**
 * The path of the binary, or undefined where there is none. Not asked of the electron package itself: that
 * would start a download without a limit.
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
 * Runs Electron's own installer, for a limited time.
 * @param {string} installer
 * @param {number} limitMs
 * @returns {Promise<boolean>} whether it ended well
 */
export function download(installer, limitMs) {
  return new Promise((resolve) => {
    // A group of its own, so that whatever it started ends with it.
    const child = spawn(process.execPath, [installer], {
      stdio: 'ignore',
      detached: process.platform !== 'win32',
    })
    const kill = () => {
      if (child.pid === undefined || process.platform === 'win32') child.kill('SIGKILL')
      else process.kill(-child.pid, 'SIGKILL')
    }
    const limit = setTimeout(kill, limitMs)
    // Ctrl+C does not reach another group by itself.
    const interrupted = () => {
      kill()
      process.exit(EXIT_INTERRUPTED)
    }
    for (const signal of INTERRUPTS) process.once(signal, interrupted)
    /** @param {boolean} ok */
    const end = (ok) => {
      clearTimeout(limit)
      for (const signal of INTERRUPTS) process.off(signal, interrupted)
      resolve(ok)
    }
    child.once('error', () => end(false))
    child.once('exit', (code) => end(code === 0))
  })
}

/**
 * The binary, fetched where it is missing.
 * @returns {Promise<{ file: string } | { missing: string }>} its path, or why there is none
 */
export async function obtainElectron() {
  const found = findElectron()
  if (found !== undefined) return { file: found }
  const installer = path.join(packageFolder, 'install.js')
  const version = read(path.join(packageFolder, 'package.json')) ?? ''
  if (version === '') return { missing: 'the electron package is not installed (npm ci)' }
  const retry = 'npx install-electron'
  const wanted = /** @type {{ version: string }} */ (JSON.parse(version)).version
  if (read(FAILED_FILE) === wanted) {
    return {
      missing: `Electron’s binary is missing and could not be downloaded last time; to try again: ${retry}`,
    }
  }
  process.stderr.write(`Downloading Electron ${wanted}, for at most ${DOWNLOAD_LIMIT_MS / 1000} s\n`)
  const ok = await download(installer, DOWNLOAD_LIMIT_MS)
  const file = ok ? findElectron() : undefined
  if (file !== undefined) {
    await rm(FAILED_FILE, { force: true })
    return { file }
  }
  await mkdir(path.dirname(FAILED_FILE), { recursive: true })
  await writeFile(FAILED_FILE, wanted)
  return { missing: `Electron’s binary is missing and could not be downloaded; to try again: ${retry}` }
}

/**
 * Why the binary could not start its sandbox, as the end of a sentence.
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
