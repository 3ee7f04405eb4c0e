import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { DOCK_HIDE_AFTER_MS } from '../../../src-main/desktop/limits.ts'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, tray } from '../../support/electron-stand-in/control.ts'

useDesktops()

describe('on macOS', () => {
  test('the app has a Dock icon while its window is open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      await startTestDesktop({ platform: 'darwin', config: ONE_BACKEND })
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
    const { folder } = await startTestDesktop({ platform: 'darwin', config: ONE_BACKEND })
    expect(app.getPath('logs')).toBe(path.join(folder, 'logs'))
  })
})
