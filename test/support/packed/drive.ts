/**
 * Boots the packed app on the stand-in and uses it as people and systems do. Runs as a program of its own:
 * `node --import register.js drive.js <app folder> <data folder> <port> [until-signal | headless]`; the app ends it,
 * with its exit code.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from '../electron-stand-in/app.ts'
import { browserWindow, reset, startAgain, startEntry, tray } from '../electron-stand-in/control.ts'
import { clipboard, powerMonitor, shell, StandInNotification } from '../electron-stand-in/system.ts'
import { password } from './password.ts'
import { until } from './until.ts'

const [, , appFolder = '', dataFolder = '', portText = '', mode = ''] = process.argv
const base = `http://127.0.0.1:${portText}`
const step = (name: string): void => void process.stdout.write(`step: ${name}\n`)

/** How long after a sleep "down" is not told. */
const NOTIFY_SETTLE_MS = 20_000

/** A machine-learning server that answers `/predict` once it is told to. */
const backend = { pings: 0, predictions: 0, answer: (): void => undefined }
const server = createServer((request, response) => {
  if (request.url === '/ping') {
    backend.pings++
    response.end('pong')
    return
  }
  request.resume().once('end', () => {
    backend.answer = () => {
      response.setHeader('content-type', 'application/json')
      response.end('{"clip":"[0.5]"}')
    }
    backend.predictions++
  })
})
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})
server.unref()
const backendUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const call = async (name: string, body?: unknown): Promise<unknown> => {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`${base}${name}`, body === undefined ? {} : post)
  assert.equal(response.status, 200, `${name} answered ${response.status}`)
  return response.json()
}
const debugIsOn = async (): Promise<boolean> =>
  ((await call('/api/debug/status')) as { enabled: boolean }).enabled
const savedConfig = (): { app?: { launchAtLogin?: boolean }; backends: unknown[] } =>
  JSON.parse(readFileSync(path.join(dataFolder, 'config.json'), 'utf8')) as ReturnType<typeof savedConfig>

/** Loads the packed app as Electron does. Resolves once the app is ready, which a headless one never is. */
async function load(...flags: string[]): Promise<void> {
  app.onExit = (code) => process.exit(code)
  process.argv = [
    '/opt/app',
    `--port=${portText}`,
    '--host=127.0.0.1',
    `--user-data-dir=${dataFolder}`,
    ...flags,
  ]
  const main = (JSON.parse(readFileSync(path.join(appFolder, 'package.json'), 'utf8')) as { main: string })
    .main
  await startEntry(() => import(pathToFileURL(path.join(appFolder, main)).href))
}

/** Never resolves: the app ends the process. Where it does not, the test ends both after its time. */
const theAppEnds = (): Promise<never> => new Promise(() => undefined)

async function boot(): Promise<void> {
  step('boot')
  reset(dataFolder)
  await load()
  assert.ok(app.sandboxed && app.userModelId !== '', 'not locked down before ready')
  await until('the first run shows the configuration', () => browserWindow()?.contents.status === 200)
  assert.equal(browserWindow()?.contents.getURL(), `${base}/config`)
  assert.match(tray().tooltip, /no backends configured/)
}

async function health(): Promise<void> {
  step('health')
  await call('/api/config', { defaultBackend: 'nas', backends: [{ name: 'nas', url: backendUrl }] })
  await until('the tray is healthy', () => tray().tooltip.includes('1 of 1 backend healthy'))
  assert.match(tray().image, /healthy/)
  assert.equal(tray().item('✓ nas: healthy').enabled, false)
}

async function debugMode(): Promise<void> {
  step('debug mode, both ways')
  tray().item('Debug mode').click()
  await until('the API says that debug mode is on', debugIsOn)
  await until(
    'the menu and the icon follow',
    () => tray().item('Debug mode').checked && /-debug/.test(tray().image),
  )
  await call('/api/debug/toggle', { enabled: false })
  await until('the menu follows the API', () => !tray().item('Debug mode').checked)
}

async function menu(): Promise<void> {
  step('menu')
  tray().item('Open debug view').click()
  await until('the debug view', () => browserWindow()?.contents.getURL() === `${base}/debug`)
  tray().item('Open configuration').click()
  await until('the configuration', () => browserWindow()?.contents.getURL() === `${base}/config`)
  tray().item('Open in browser').click()
  assert.deepEqual(shell.urls, [`${base}/config`])
  tray().item('Copy address for Immich').click()
  assert.equal(clipboard.text, base)
  tray().item('Open config folder').click()
  tray().item('Show logs').click()
  await until('two folders are open', () => shell.paths.length === 2)
  assert.deepEqual(shell.paths, [dataFolder, path.join(dataFolder, 'logs')])
}

async function launchAtLogin(): Promise<void> {
  step('launch at login')
  const entry = path.join(process.env['XDG_CONFIG_HOME'] ?? '', 'autostart/immich-ml-proxy.desktop')
  const isSet = (): boolean =>
    process.platform === 'linux' ? existsSync(entry) : app.loginItems.lines.size > 0
  tray().item('Launch at login').click()
  await until('the system knows of it', isSet)
  if (process.platform === 'linux') assert.match(readFileSync(entry, 'utf8'), /^Exec=.*"--hidden"/m)
  assert.equal(savedConfig().app?.launchAtLogin, true)
  assert.equal(savedConfig().backends.length, 1)
  await call('/api/config', { ...savedConfig(), app: { launchAtLogin: false } })
  await until('the view took it away', () => !isSet() && !tray().item('Launch at login').checked)
}

async function windowLife(): Promise<void> {
  step('window: close, second start')
  browserWindow()?.close()
  assert.equal(browserWindow(), undefined)
  assert.ok(existsSync(path.join(dataFolder, 'window.json')), 'the place of the window is not remembered')
  startAgain('--hidden')
  assert.equal(browserWindow(), undefined, 'a start at login shows a window')
  startAgain()
  await until('the second start shows the window', () => browserWindow()?.visible)
  await call('/api/status')
}

async function passwordIsSet(): Promise<void> {
  step('a password, for everybody but the window')
  await password(base, dataFolder)
}

async function sleepAndWake(): Promise<void> {
  step('suspend and resume')
  powerMonitor.emit('suspend')
  const before = backend.pings
  powerMonitor.emit('resume')
  await until('the backend is checked at once', () => backend.pings > before)
  await until('it is still healthy', () => tray().tooltip.includes('1 of 1 backend healthy'))
}

async function down(): Promise<void> {
  step('down is told')
  const config = savedConfig()
  // A computer that has just woken up is given time before anything is told: here that time is over.
  const now = performance.now.bind(performance)
  performance.now = () => now() + NOTIFY_SETTLE_MS
  const before = StandInNotification.shown.length
  await call('/api/config', {
    defaultBackend: 'gone',
    backends: [{ name: 'gone', url: 'http://127.0.0.1:9' }],
  })
  await until('the tray is down', () => /down,.*gone: /.test(tray().tooltip))
  assert.equal(StandInNotification.shown.length, before + 1)
  await call('/api/config', config)
  await until('the tray is healthy again', () => tray().tooltip.includes('1 of 1 backend healthy'))
}

/** A client as Immich is one: in a process of its own, which the app's end leaves alone. */
const CLIENT = `
  const form = new FormData()
  form.set('entries', '{"clip":{"textual":{"modelName":"m"}}}')
  form.set('text', 'a boat')
  const response = await fetch('${base}/predict', { method: 'POST', body: form })
  console.log('answered: ' + response.status + ' ' + await response.text())
`

async function quit(): Promise<void> {
  step('quit with a prediction in flight')
  const seen = backend.predictions
  spawn(process.execPath, ['--input-type=module', '--eval', CLIENT], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await until('the prediction is in flight', () => backend.predictions > seen)
  tray()
    .item(process.platform === 'darwin' ? 'Quit Immich ML Proxy' : 'Quit')
    .click()
  backend.answer()
  await theAppEnds()
}

try {
  if (mode === 'headless') {
    reset(dataFolder)
    app.hasDisplay = false
    await load('--headless')
    throw new Error('the app became ready, for which Electron needs a display')
  }
  if (mode === 'until-signal') {
    await boot()
    step('waiting')
    // The app keeps the process alive; the test sends the signal.
    await theAppEnds()
  }
  for (const part of [
    boot,
    health,
    debugMode,
    menu,
    launchAtLogin,
    windowLife,
    passwordIsSet,
    sleepAndWake,
    down,
  ])
    await part()
  await quit()
} catch (error) {
  console.error(error)
  process.exit(99)
}
