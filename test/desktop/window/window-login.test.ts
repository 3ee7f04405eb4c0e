/** The window needs no password: whoever sits at the computer is let in. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { freePort } from '../../support/ports.ts'
import { browserWindow, startAgain, tray } from '../../support/electron-stand-in/control.ts'
import { clipboard, shell } from '../../support/electron-stand-in/system.ts'
import type { StandInWebContents } from '../../support/electron-stand-in/web-contents.ts'
import { NOWHERE, ONE_BACKEND, startWithPassword, useDesktops } from '../../support/desktop.ts'

const poll = expect.poll

useDesktops()

const statusOf = async (contents: StandInWebContents): Promise<number> =>
  (await contents.call('/api/status')).status

describe('the window', () => {
  test('gets in by the token, which nobody else is given and no file holds', async () => {
    const { service, base, contents, folder } = await startWithPassword()
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
    const { contents } = await startWithPassword()
    await contents.call('/api/auth/logout', 'POST')
    expect(await statusOf(contents)).toBe(401)
    open()
    await poll(() => statusOf(contents)).toBe(200)
    expect(contents.loaded).toHaveLength(2)
  })

  test('is not loaded anew while it is in', async () => {
    const { service, contents } = await startWithPassword()
    const asked = vi.spyOn(service.auth, 'authenticate')
    const look = vi.spyOn(service, 'foreignListenerAnswers')
    tray().item('Open configuration').click()
    startAgain()
    contents.reload()
    await poll(() => asked.mock.calls.length).toBe(3)
    await Promise.all(asked.mock.results.map(({ value }) => value as Promise<unknown>))
    await nextTurn()
    expect(look).not.toHaveBeenCalled()
    expect(contents.loaded).toHaveLength(1)
  })

  test('crowds out nobody, however often it is opened', async () => {
    const { service, base, contents } = await startWithPassword()
    const login = await service.auth.login('correct horse', { address: 'test' })
    for (let count = 0; count < 120; count++) {
      const entered = await fetch(`${base()}/config?token=${service.windowToken}`, { redirect: 'manual' })
      expect(entered.headers.get('set-cookie')).toContain(service.cookieName)
    }
    const cookie = `${service.cookieName}=${login}`
    expect((await fetch(`${base()}/api/status`, { headers: { cookie } })).status).toBe(200)
    expect(await statusOf(contents)).toBe(401)
  })

  test('brings the token to another port', async () => {
    const [one, two] = [await freePort(), await freePort()]
    const { service, contents } = await startWithPassword({ ...ONE_BACKEND, server: { port: one } })
    await service.saveConfig({ ...ONE_BACKEND, server: { port: two } })
    await poll(() => contents.getURL()).toBe(`http://127.0.0.1:${two}/config`)
    expect(contents.loaded.at(-1)).toBe(`http://127.0.0.1:${two}/config?token=${service.windowToken}`)
    expect(await statusOf(contents)).toBe(200)
  })

  test('a page that cannot be loaded is told without its address', async () => {
    const { service, contents } = await startWithPassword()
    const warn = vi.spyOn(service.log, 'warn')
    vi.spyOn(service, 'status').mockReturnValue({ ...service.status(), addresses: [NOWHERE] })
    tray().item('Open debug view').click()
    await poll(() => warn.mock.calls.length).toBeGreaterThan(0)
    expect(contents.loaded.at(-1)).toBe(`${NOWHERE}/debug?token=${service.windowToken}`)
    expect(JSON.stringify(warn.mock.calls)).toContain('ERR_CONNECTION_REFUSED')
    expect(JSON.stringify(warn.mock.calls)).not.toContain(service.windowToken)
  })
})
