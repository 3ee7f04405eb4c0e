/** The password at the computer itself: the window needs none, and the tray removes a forgotten one. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../src-main/platform/errors.ts'
import { freePort } from '../support/ports.ts'
import { startTestDesktop, stopTestDesktops, type TestDesktop } from '../support/desktop.ts'
import { app } from '../support/electron-stand-in/app.ts'
import { browserWindow, startAgain, tray } from '../support/electron-stand-in/control.ts'
import { dialog } from '../support/electron-stand-in/dialog.ts'
import { clipboard, shell } from '../support/electron-stand-in/system.ts'
import type { StandInWebContents } from '../support/electron-stand-in/web-contents.ts'

const NOWHERE = 'http://127.0.0.1:9'
const CONFIG = { defaultBackend: 'nas', backends: [{ name: 'nas', url: NOWHERE }] }
const poll = expect.poll

afterEach(async () => {
  await stopTestDesktops()
})

/** The desktop with a password that nobody knows, and with its window open. */
async function withPassword(
  config: object = CONFIG,
): Promise<TestDesktop & { contents: StandInWebContents }> {
  const desktop = await startTestDesktop({ config })
  await desktop.service.auth.setPassword('correct horse', undefined, { address: 'test' })
  tray().item('Open configuration').click()
  await poll(() => browserWindow()?.contents.status).toBe(200)
  const contents = browserWindow()?.contents
  if (contents === undefined) throw new Error('no window')
  return { ...desktop, contents }
}

const statusOf = async (contents: StandInWebContents): Promise<number> =>
  (await contents.call('/api/status')).status

describe('the window', () => {
  test('gets in by the token, which nobody else is given and no file holds', async () => {
    const { service, base, contents, folder } = await withPassword()
    const { windowToken } = service
    expect(contents.loaded).toEqual([`${base()}/config?token=${windowToken}`])
    expect(contents.getURL()).toBe(`${base()}/config`)
    expect(await statusOf(contents)).toBe(200)
    expect((await fetch(`${base()}/api/status`)).status).toBe(401)
    tray().item('Open in browser').click()
    tray().item('Copy address for Immich').click()
    expect([...shell.urls, clipboard.text].join()).not.toContain('token')
    browserWindow()?.close()
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
    expect(files).toContain('window.json')
    for (const name of files) expect(readFileSync(path.join(folder, name), 'utf8')).not.toContain(windowToken)
  })

  test.each([
    ['the tray', () => tray().item('Open configuration').click()],
    ['a click on the icon', () => void tray().emit('click')],
    ['a second start', () => startAgain()],
    ['a reload', () => browserWindow()?.contents.reload()],
  ])('comes in again after a logout: %s', async (_way, open) => {
    const { contents } = await withPassword()
    await contents.call('/api/auth/logout', 'POST')
    expect(await statusOf(contents)).toBe(401)
    open()
    await poll(() => statusOf(contents)).toBe(200)
    expect(contents.loaded).toHaveLength(2)
  })

  test('is not loaded anew while it is in', async () => {
    const { contents } = await withPassword()
    tray().item('Open configuration').click()
    startAgain()
    contents.reload()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(contents.loaded).toHaveLength(1)
  })

  test('crowds out nobody, however often it is opened', async () => {
    const { service, base, contents } = await withPassword()
    const login = await service.auth.login('correct horse', { address: 'test' })
    for (let count = 0; count < 120; count++) service.auth.enterWindow(service.windowToken)
    const cookie = `${service.cookieName}=${login}`
    expect((await fetch(`${base()}/api/status`, { headers: { cookie } })).status).toBe(200)
    expect(await statusOf(contents)).toBe(401)
  })

  test('brings the token to another port', async () => {
    const [one, two] = [await freePort(), await freePort()]
    const { service, contents } = await withPassword({ ...CONFIG, server: { port: one } })
    await service.saveConfig({ ...CONFIG, server: { port: two } })
    await poll(() => contents.getURL()).toBe(`http://127.0.0.1:${two}/config`)
    expect(contents.loaded.at(-1)).toBe(`http://127.0.0.1:${two}/config?token=${service.windowToken}`)
    expect(await statusOf(contents)).toBe(200)
  })

  test('a page that cannot be loaded is told without its address', async () => {
    const { service, contents } = await withPassword()
    const warn = vi.spyOn(service.log, 'warn')
    vi.spyOn(service, 'status').mockReturnValue({ ...service.status(), addresses: [NOWHERE] })
    tray().item('Open debug view').click()
    await poll(() => warn.mock.calls.length).toBeGreaterThan(0)
    expect(contents.loaded.at(-1)).toBe(`${NOWHERE}/debug?token=${service.windowToken}`)
    expect(JSON.stringify(warn.mock.calls)).toContain('ERR_CONNECTION_REFUSED')
    expect(JSON.stringify(warn.mock.calls)).not.toContain(service.windowToken)
  })
})

describe('the tray removes a forgotten password', () => {
  const labels = (): string[] => tray().items.map(({ label }) => label)
  const ask = async (): Promise<void> => {
    await poll(labels).toContain('Remove password…')
    tray().item('Remove password…').click()
    expect(dialog.open).toHaveLength(1)
  }

  test('after a question, and the item goes', async () => {
    const { service, base } = await withPassword()
    await ask()
    tray().item('Remove password…').click()
    expect(dialog.open).toHaveLength(1)
    expect(dialog.open[0]?.options.detail).toContain('Everyone on the home network')
    dialog.open[0]?.press('Remove password')
    await poll(() => service.auth.passwordSet).toBe(false)
    await poll(labels).not.toContain('Remove password…')
    expect((await fetch(`${base()}/api/status`)).status).toBe(200)
  })

  test('not without a yes', async () => {
    const { service } = await withPassword()
    await ask()
    expect(dialog.open[0]?.options.defaultId).toBe(dialog.open[0]?.options.cancelId)
    dialog.open[0]?.press('Cancel')
    await poll(() => dialog.open.length).toBe(0)
    expect(service.auth.passwordSet).toBe(true)
  })

  test('and says when it could not', async () => {
    const { service } = await withPassword()
    vi.spyOn(service, 'resetPassword').mockImplementation(() => {
      throw new AppError('CONFIG_UNWRITABLE', 500, 'config.json cannot be written')
    })
    await ask()
    dialog.open[0]?.press('Remove password')
    await poll(() => dialog.open[0]?.options.detail).toBe('config.json cannot be written')
    dialog.open[0]?.press('OK')
    expect(app.exitCode).toBeUndefined()
  })

  test('a second start with --reset-password asks the same', async () => {
    const { service } = await withPassword()
    startAgain('--reset-password')
    expect(service.auth.passwordSet).toBe(true)
    dialog.open[0]?.press('Remove password')
    await poll(() => service.auth.passwordSet).toBe(false)
    await poll(() => dialog.open.length).toBe(0)
    startAgain('--reset-password')
    expect(dialog.open[0]?.options.message).toBe('No password is set')
    dialog.open[0]?.press('OK')
  })
})
