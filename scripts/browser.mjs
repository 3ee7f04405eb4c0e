// Finds an installed Chrome, Chromium or Edge for the tests and the screenshots, or gets one.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { tool } from './lib.mjs'

const DOWNLOAD_TIMEOUT_MS = 120_000
const APT_TIMEOUT_MS = 300_000

/** The flags without which a browser asks its maker for things, or does not start as root. */
export const BROWSER_ARGS = ['--no-sandbox', '--disable-quic', '--disable-background-networking']

const { env, platform } = process

/** @type {Record<string, readonly string[]>} */
const PATHS = {
  linux: [
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/opt/google/chrome/chrome',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/snap/bin/chromium',
    '/usr/bin/microsoft-edge',
    '/opt/microsoft/msedge/msedge',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].flatMap((folder) =>
    folder === undefined
      ? []
      : [
          path.join(folder, 'Google/Chrome/Application/chrome.exe'),
          path.join(folder, 'Chromium/Application/chrome.exe'),
          path.join(folder, 'Microsoft/Edge/Application/msedge.exe'),
        ],
  ),
}

const COMMANDS = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  'chrome',
  'msedge',
]

/** @param {string} file */
function canRun(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath() {
  const endings = platform === 'win32' ? ['.exe'] : ['']
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    for (const name of COMMANDS) {
      const file = endings.map((ending) => path.join(folder, name + ending)).find(canRun)
      if (folder !== '' && file !== undefined) return file
    }
  }
  return undefined
}

/** The browser that is installed on this computer, or undefined. */
export function installedBrowser() {
  const wanted = env['BROWSER_PATH']
  if (wanted !== undefined && wanted !== '') {
    if (canRun(wanted)) return wanted
    throw new Error(`BROWSER_PATH is ${wanted}, which cannot be run; name a Chrome, Chromium or Edge`)
  }
  return (PATHS[platform] ?? []).find(canRun) ?? onPath()
}

/** The browser that Playwright has downloaded for itself, or undefined. */
async function downloadedBrowser() {
  const { chromium } = await import('@playwright/test')
  const file = chromium.executablePath()
  return file !== '' && existsSync(file) ? file : undefined
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {number} timeout milliseconds
 */
function succeeds(command, args, timeout) {
  console.log(`browser: ${path.basename(command)} ${args.join(' ')}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', timeout, shell: command.endsWith('.cmd') })
  return status === 0
}

function isDebianRoot() {
  if (platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/**
 * The path of a browser, which is got where there is none.
 * @throws {Error} where there is none and none can be got
 */
export async function ensureBrowser() {
  const found = installedBrowser() ?? (await downloadedBrowser())
  if (found !== undefined) return found
  console.log('browser: no Chrome, Chromium or Edge is installed; getting one')
  if (succeeds(tool('playwright'), ['install', 'chromium'], DOWNLOAD_TIMEOUT_MS)) {
    const downloaded = await downloadedBrowser()
    if (downloaded !== undefined) return downloaded
  }
  if (isDebianRoot()) {
    const got =
      succeeds('apt-get', ['update'], APT_TIMEOUT_MS) &&
      succeeds('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], APT_TIMEOUT_MS)
    const installed = got ? installedBrowser() : undefined
    if (installed !== undefined) return installed
  }
  throw new Error(
    'There is no browser for the tests of the views and none could be got. Install Chrome, Chromium or Edge, ' +
      'or name one with the environment variable BROWSER_PATH',
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(`browser: ${await ensureBrowser()}`)
}
