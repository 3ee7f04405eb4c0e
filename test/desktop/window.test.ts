/** The one window: when it opens, what it loads, and how its page is left. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { DOCK_HIDE_AFTER_MS, SHOW_WINDOW_AFTER_MS } from '../../src-main/desktop/limits.ts'
import { freePort } from '../support/ports.ts'
import { startTestDesktop, stopTestDesktops } from '../support/desktop.ts'
import { app } from '../support/electron-stand-in/app.ts'
import { browserWindow, startAgain, tray } from '../support/electron-stand-in/control.ts'
import { dialog } from '../support/electron-stand-in/dialog.ts'
import { nativeTheme, StandInNotification } from '../support/electron-stand-in/system.ts'
import type { StandInBrowserWindow } from '../support/electron-stand-in/windows.ts'
import { root } from '../support/packing.ts'

const NOWHERE = 'http://127.0.0.1:9'
const CONFIG = { defaultBackend: 'nas', backends: [{ name: 'nas', url: NOWHERE }] }
const poll = expect.poll

afterEach(async () => {
  vi.restoreAllMocks()
  await stopTestDesktops()
})

describe('the window', () => {
  test('shows the configuration on the very first run', async () => {
    const { base } = await startTestDesktop()
    await poll(() => browserWindow()?.contents.status).toBe(200)
    expect(browserWindow()?.contents.getURL()).toBe(`${base()}/config`)
  })

  test.each([
    ['a configuration is there', { config: CONFIG }],
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
    const { service } = await startTestDesktop({ config: { ...CONFIG, server: { port: one } } })
    tray().item('Open debug view').click()
    await service.saveConfig({ ...CONFIG, server: { port: two } })
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

describe('the window does not flash white', () => {
  const open = async (saved?: object): Promise<StandInBrowserWindow> => {
    const { folder } = await startTestDesktop({ config: CONFIG })
    if (saved !== undefined) writeFileSync(path.join(folder, 'window.json'), JSON.stringify(saved))
    tray().item('Open configuration').click()
    const window = browserWindow()
    if (window === undefined) throw new Error('no window')
    return window
  }

  test.each([
    ['', undefined],
    [', also maximized', { x: 0, y: 0, width: 800, height: 600, maximized: true }],
  ])('it is shown once it has something to show%s', async (_how, saved) => {
    const window = await open(saved)
    expect(window.visible).toBe(false)
    await poll(() => window.visible).toBe(true)
    expect(window.flashed).toBe(false)
    expect(window.isMaximized()).toBe(saved !== undefined)
    expect(window.focused).toBe(1)
  })

  test('a page that takes long is not waited for longer than a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { service } = await startTestDesktop({ config: CONFIG })
      vi.spyOn(service, 'foreignListenerAnswers').mockReturnValue(new Promise(() => undefined))
      tray().item('Open configuration').click()
      vi.advanceTimersByTime(SHOW_WINDOW_AFTER_MS - 1)
      expect(browserWindow()?.visible).toBe(false)
      vi.advanceTimersByTime(1)
      expect(browserWindow()?.visible).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    [false, 0],
    [true, 1],
  ])('its background is the one of the page; dark: %s', async (isDark, index) => {
    const tokens = readFileSync(path.join(root, 'src-renderer/styles/tokens.css'), 'utf8')
    const colours = /--page: light-dark\((.*), (.*)\)/.exec(tokens)?.slice(1)
    await startTestDesktop({
      config: CONFIG,
      before: () => {
        nativeTheme.shouldUseDarkColors = isDark
      },
    })
    tray().item('Open configuration').click()
    expect(browserWindow()?.options.backgroundColor).toBe(colours?.[index])
  })
})

describe('unsaved changes are lost only on purpose', () => {
  const withChanges = async (): Promise<{ window: StandInBrowserWindow; base: string }> => {
    const { base } = await startTestDesktop()
    await poll(() => browserWindow()?.contents.status).toBe(200)
    const window = browserWindow()
    if (window === undefined) throw new Error('no window')
    window.contents.unsaved = true
    return { window, base: base() }
  }
  const answer = async (label: string): Promise<void> => {
    await poll(() => dialog.open.length).toBe(1)
    expect(dialog.open[0]?.options.message).toBe('Leave without saving?')
    dialog.open[0]?.press(label)
    await poll(() => dialog.open.length).toBe(0)
  }

  test('when the window is closed; predictions are served while somebody thinks', async () => {
    const { window, base } = await withChanges()
    window.close()
    expect(window.isDestroyed()).toBe(false)
    expect(dialog.open[0]?.parent).toBe(window)
    expect((await fetch(`${base}/api/status`)).status).toBe(200)
    // Asked once, however often the cross is pressed.
    window.close()
    await answer('Stay')
    expect(browserWindow()).toBe(window)
    window.close()
    await answer('Leave')
    await poll(() => browserWindow()).toBeUndefined()
  })

  test('when another page is opened from the tray', async () => {
    const { window, base } = await withChanges()
    tray().item('Open debug view').click()
    await answer('Stay')
    expect(window.contents.getURL()).toBe(`${base}/config`)
    tray().item('Open debug view').click()
    await answer('Leave')
    await poll(() => window.contents.getURL()).toBe(`${base}/debug`)
    expect(window.contents.unsaved).toBe(false)
    // The next page is asked about again.
    window.contents.unsaved = true
    window.close()
    await answer('Stay')
    expect(browserWindow()).toBe(window)
  })

  test('when the page loads itself anew', async () => {
    const { window } = await withChanges()
    window.contents.reload()
    await answer('Leave')
    await poll(() => window.contents.unsaved).toBe(false)
  })

  test('and a window that goes meanwhile ends the question', async () => {
    const { window } = await withChanges()
    window.close()
    window.contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 })
    expect(dialog.open).toEqual([])
    startAgain()
    await poll(() => browserWindow()?.contents.status).toBe(200)
  })
})

describe('somebody else answers at our own address', () => {
  test('no page is loaded, the token stays here, and it is told', async () => {
    const { service } = await startTestDesktop({ config: CONFIG })
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
  const { service, base } = await startTestDesktop({ config: CONFIG })
  const status = vi.spyOn(service, 'status').mockReturnValue({ ...service.status(), addresses: [NOWHERE] })
  tray().item('Open configuration').click()
  await poll(() => browserWindow()?.contents.loaded.length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  status.mockRestore()
  tray().item('Open configuration').click()
  await poll(() => browserWindow()?.contents.status).toBe(200)
  expect(browserWindow()?.contents.getURL()).toBe(`${base()}/config`)
})

describe('on macOS', () => {
  test('the app has a Dock icon while its window is open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      await startTestDesktop({ platform: 'darwin', config: CONFIG })
      expect(app.dock?.isVisible()).toBe(false)
      tray().item('Open configuration').click()
      expect(app.dock?.isVisible()).toBe(true)
      // Closed within the second in which macOS ignores it, and opened once more meanwhile.
      browserWindow()?.destroy()
      tray().item('Open configuration').click()
      vi.advanceTimersByTime(DOCK_HIDE_AFTER_MS)
      expect(app.dock?.isVisible()).toBe(true)
      tray().item('Open configuration').click()
      browserWindow()?.destroy()
      vi.advanceTimersByTime(DOCK_HIDE_AFTER_MS)
      expect(app.dock?.isVisible()).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })

  test('the logs are in the folder of --user-data-dir', async () => {
    const { folder } = await startTestDesktop({ platform: 'darwin', config: CONFIG })
    expect(app.getPath('logs')).toBe(path.join(folder, 'logs'))
  })
})
