import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { SHOW_WINDOW_AFTER_MS } from '../../../src-main/desktop/limits.ts'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { browserWindow, tray } from '../../support/electron-stand-in/control.ts'
import { nativeTheme } from '../../support/electron-stand-in/system.ts'
import type { StandInBrowserWindow } from '../../support/electron-stand-in/windows.ts'
import { root } from '../../support/packing.ts'

const poll = expect.poll

useDesktops()

describe('the window does not flash white', () => {
  const open = async (saved?: object): Promise<StandInBrowserWindow> => {
    const { folder } = await startTestDesktop({ config: ONE_BACKEND })
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
      const { service } = await startTestDesktop({ config: ONE_BACKEND })
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
      config: ONE_BACKEND,
      before: () => {
        nativeTheme.shouldUseDarkColors = isDark
      },
    })
    tray().item('Open configuration').click()
    expect(browserWindow()?.options.backgroundColor).toBe(colours?.[index])
  })
})
