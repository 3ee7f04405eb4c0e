import { describe, expect, test } from 'vitest'
import { startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { browserWindow, startAgain, tray } from '../../support/electron-stand-in/control.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import type { StandInBrowserWindow } from '../../support/electron-stand-in/windows.ts'

const poll = expect.poll

useDesktops()

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
