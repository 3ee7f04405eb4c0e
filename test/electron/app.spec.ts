/** The app on the real Electron, unpacked: Playwright attaches a debugger, which the fuses of a package forbid. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron as electron, expect, test, type ElectronApplication } from '@playwright/test'

const root = path.resolve(import.meta.dirname, '../..')

let folder = ''
let port = 0
let app: ElectronApplication | undefined

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port: free } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return free
}

function launch(...more: string[]): Promise<ElectronApplication> {
  const flags = [`--port=${port}`, '--host=127.0.0.1', `--user-data-dir=${folder}`]
  return electron.launch({ args: [root, ...flags, ...more], cwd: root })
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
  await app.evaluate(({ shell }) => {
    // The suite opens no browser.
    shell.openExternal = () => Promise.resolve()
  })
  await window.evaluate(() => location.assign('https://example.invalid/'))
  await window.waitForTimeout(500)
  expect(new URL(window.url()).port).toBe(String(port))
})

test('the app lives on in the tray when its window is closed, and remembers its place', async () => {
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
