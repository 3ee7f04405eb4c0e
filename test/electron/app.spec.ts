/** The app on the real Electron, unpacked: Playwright attaches a debugger, which the fuses of a package forbid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron as electron, expect, test, type ElectronApplication } from '@playwright/test'
import { findElectron } from '../../scripts/electron-binary.mjs'
import { freePort } from '../support/ports.ts'

const root = path.resolve(import.meta.dirname, '../..')

let folder = ''
let port = 0
let app: ElectronApplication | undefined

/** As `npm start` does it. */
function argumentsOf(more: readonly string[]): string[] {
  return [root, '--', `--port=${port}`, '--host=127.0.0.1', `--user-data-dir=${folder}`, ...more]
}

function launch(...more: string[]): Promise<ElectronApplication> {
  return electron.launch({ args: argumentsOf(more), cwd: root })
}

/** A process of its own, without a debugger. */
function startProcess(
  env: NodeJS.ProcessEnv,
  ...more: string[]
): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(findElectron() ?? '', argumentsOf(more), { cwd: root, env, stdio: 'inherit' })
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  return { child, ended }
}

/** Presses a button in the next question, by its number; resolves when it was asked. */
function answerWith(inside: ElectronApplication, response: number): Promise<void> {
  return inside.evaluate(
    ({ dialog }, pressed) =>
      new Promise<void>((resolve) => {
        dialog.showMessageBox = () => {
          resolve()
          return Promise.resolve({ response: pressed, checkboxChecked: false })
        }
      }),
    response,
  )
}

const answers = (): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/api/status`).then(
    (response) => response.ok,
    () => false,
  )

test.beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-electron-'))
  port = await freePort()
})

test.afterEach(async () => {
  await app?.close().catch(() => undefined)
  app = undefined
  rmSync(folder, { recursive: true, force: true })
})

test('the first run shows the configuration in a window that is locked down', async () => {
  app = await launch()
  const window = await app.firstWindow()
  await expect(window).toHaveURL(`http://127.0.0.1:${port}/config`)
  expect(await window.evaluate(() => 'require' in globalThis || 'process' in globalThis)).toBe(false)
  const permission = await window.evaluate(() =>
    navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state),
  )
  expect(permission).toBe('denied')
})

test('a page cannot leave home', async () => {
  app = await launch()
  const window = await app.firstWindow()
  // The suite opens no browser; what would have been opened is what the page was kept from.
  const opened = app.evaluate(
    ({ shell }) =>
      new Promise<string>((resolve) => {
        shell.openExternal = (url) => {
          resolve(url)
          return Promise.resolve()
        }
      }),
  )
  await window.evaluate(() => location.assign('https://example.invalid/'))
  expect(await opened).toBe('https://example.invalid/')
  expect(new URL(window.url()).port).toBe(String(port))
})

test('the app lives on in the tray when its window is closed, and remembers its bounds', async () => {
  app = await launch()
  const window = await app.firstWindow()
  await window.close()
  expect(await answers()).toBe(true)
  expect(existsSync(path.join(folder, 'window.json'))).toBe(true)
  const again = app.waitForEvent('window')
  await app.evaluate(({ app: inside }) => {
    inside.emit('second-instance', {}, ['again'], '/')
  })
  await expect(await again).toHaveURL(`http://127.0.0.1:${port}/config`)
})

test('a start at login shows no window', async () => {
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ backends: [] }))
  app = await launch('--hidden')
  await expect.poll(answers).toBe(true)
  expect(app.windows()).toEqual([])
})

test('it ends in order', async () => {
  app = await launch()
  await app.firstWindow()
  const ended = new Promise<number | null>((resolve) => app?.process().once('exit', resolve))
  await app.evaluate(({ app: inside }) => inside.quit()).catch(() => undefined)
  expect(await ended).toBe(0)
  expect(await answers()).toBe(false)
})

test('a page with unsaved changes is left only on purpose, and serves meanwhile', async () => {
  app = await launch()
  const window = await app.firstWindow()
  // Playwright would agree to leaving by itself.
  window.on('dialog', () => undefined)
  await window.getByRole('button', { name: 'Add backend' }).first().click()
  await window.getByLabel('Name').first().fill('changed')
  const close = (): Promise<void> =>
    app?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()) ?? Promise.resolve()
  const [leave, stay] = [0, 1]
  const askedToStay = answerWith(app, stay)
  await close()
  expect(await answers()).toBe(true)
  await askedToStay
  // A window that was closed all the same has no page left to ask.
  expect(await window.title()).not.toBe('')
  expect(window.isClosed()).toBe(false)
  const askedToLeave = answerWith(app, leave)
  await close()
  await askedToLeave
  await expect.poll(() => window.isClosed()).toBe(true)
})

test('a second process brings the first one forward, and ends', async () => {
  app = await launch('--hidden')
  await expect.poll(answers).toBe(true)
  const shown = app.waitForEvent('window')
  expect(await startProcess(process.env).ended).toBe(0)
  await expect(await shown).toHaveURL(`http://127.0.0.1:${port}/config`)
})

test('a signal ends it in order', async () => {
  test.skip(process.platform === 'win32', 'Windows knows no signals')
  const { child, ended } = startProcess(process.env)
  await expect.poll(answers).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('no window opens onto a server that has the port already', async () => {
  const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nnot yours'))
  await new Promise<void>((resolve) => {
    other.listen(port, '127.0.0.1', resolve)
  })
  app = await launch()
  // The question hangs on a window of its own, which shows no page.
  await expect
    .poll(() => app?.evaluate(({ BaseWindow }) => BaseWindow.getAllWindows().length))
    .toBeGreaterThan(process.platform === 'win32' ? -1 : 0)
  expect(app.windows()).toEqual([])
  other.close()
})

test('--debug is ours, not Node’s', async () => {
  app = await launch('--debug', '--hidden')
  await expect.poll(answers).toBe(true)
  const status = await fetch(`http://127.0.0.1:${port}/api/debug/status`)
  expect(await status.json()).toMatchObject({ enabled: true })
})

test('--headless serves without a display', async () => {
  test.skip(process.platform !== 'linux', 'only Linux can be without one')
  const env = { ...process.env }
  delete env['DISPLAY']
  delete env['WAYLAND_DISPLAY']
  const { child, ended } = startProcess(env, '--headless')
  await expect.poll(answers, { timeout: 20_000 }).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})
