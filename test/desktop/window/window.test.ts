/** The one window: when it opens and what it loads. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { freePort } from '../../support/ports.ts'
import { NOWHERE, ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, startAgain, tray } from '../../support/electron-stand-in/control.ts'
import { StandInNotification } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

useDesktops()

describe('the window', () => {
  test('shows the configuration on the very first run', async () => {
    const { base } = await startTestDesktop()
    await poll(() => browserWindow()?.contents.status).toBe(200)
    expect(browserWindow()?.contents.getURL()).toBe(`${base()}/config`)
  })

  test.each([
    ['a configuration is there', { config: ONE_BACKEND }],
    ['started at login', { args: ['--hidden'] }],
    [
      'opened at login by macOS',
      {
        platform: 'darwin' as const,
        before: () => {
          app.wasOpenedAtLogin = true
        },
      },
    ],
  ])('stays away: %s', async (_why, options) => {
    await startTestDesktop(options)
    expect(browserWindow()).toBeUndefined()
    expect(tray().tooltip).toContain('Immich ML Proxy')
  })

  test('comes back where it was, restored from the task bar', async () => {
    const { folder } = await startTestDesktop()
    await poll(() => browserWindow()?.visible).toBe(true)
    const first = browserWindow()
    if (first === undefined) throw new Error('no window')
    first.bounds = { x: 30, y: 40, width: 700, height: 500 }
    first.minimized = true
    startAgain()
    expect(browserWindow()).toBe(first)
    expect(first.minimized).toBe(false)
    first.close()
    expect(app.exitCode).toBeUndefined()
    expect(JSON.parse(readFileSync(path.join(folder, 'window.json'), 'utf8'))).toMatchObject({
      x: 30,
      width: 700,
    })
    startAgain()
    expect(browserWindow()?.bounds).toEqual({ x: 30, y: 40, width: 700, height: 500 })
  })

  test('follows the service to another port, and so does what is its own', async () => {
    const [one, two] = [await freePort(), await freePort()]
    const { service } = await startTestDesktop({ config: { ...ONE_BACKEND, server: { port: one } } })
    tray().item('Open debug view').click()
    await service.saveConfig({ ...ONE_BACKEND, server: { port: two } })
    await poll(() => browserWindow()?.contents.getURL()).toBe(`http://127.0.0.1:${two}/debug`)
    expect(browserWindow()?.contents.navigate(`http://127.0.0.1:${two}/config`)).toBe(true)
    expect(browserWindow()?.contents.navigate(`http://127.0.0.1:${one}/config`)).toBe(false)
  })

  test('is closed when its page breaks down, and the app lives on', async () => {
    await startTestDesktop()
    browserWindow()?.contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 })
    expect(browserWindow()).toBeUndefined()
    tray().item('Open configuration').click()
    await poll(() => browserWindow()?.visible).toBe(true)
  })
})

describe('somebody else answers at our own address', () => {
  test('no page is loaded, the token stays here, and it is told', async () => {
    const { service } = await startTestDesktop({ config: ONE_BACKEND })
    const asked = vi.spyOn(service, 'foreignListenerAnswers').mockResolvedValue(true)
    tray().item('Open configuration').click()
    const contents = browserWindow()?.contents
    await poll(() => browserWindow()).toBeUndefined()
    expect(contents?.loaded).toEqual([])
    expect(StandInNotification.shown.at(-1)?.options.body).toContain('Another program')
    asked.mockResolvedValue(false)
    tray().item('Open configuration').click()
    await poll(() => browserWindow()?.contents.status).toBe(200)
    asked.mockResolvedValue(true)
    tray().item('Open debug view').click()
    await poll(() => asked.mock.calls.length).toBe(3)
    expect(browserWindow()?.contents.loaded).toHaveLength(1)
  })
})

test('a page that could not be loaded is loaded anew when it is opened again', async () => {
  const { service, base } = await startTestDesktop({ config: ONE_BACKEND })
  const status = vi.spyOn(service, 'status').mockReturnValue({ ...service.status(), addresses: [NOWHERE] })
  tray().item('Open configuration').click()
  const contents = browserWindow()?.contents
  if (contents === undefined) throw new Error('no window')
  await new Promise((resolve) => contents.once('did-fail-load', resolve))
  expect(contents.loaded).toHaveLength(1)
  status.mockRestore()
  tray().item('Open configuration').click()
  await poll(() => browserWindow()?.contents.status).toBe(200)
  expect(browserWindow()?.contents.getURL()).toBe(`${base()}/config`)
})
