/** An error of an action ends neither the app nor the service. */
import { describe, expect, test, vi } from 'vitest'
import { ONE_BACKEND, startTestDesktop, type TestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, startAgain, tray } from '../../support/electron-stand-in/control.ts'
import { clipboard, screen, StandInNotification } from '../../support/electron-stand-in/system.ts'
import { StandInTray } from '../../support/electron-stand-in/tray.ts'

const poll = expect.poll

useDesktops()

const lastNotification = (): string => StandInNotification.shown.at(-1)?.options.body ?? ''

describe('an error ends neither the app nor the service', () => {
  const stillServes = async ({ base }: TestDesktop): Promise<void> => {
    expect(app.exitCode).toBeUndefined()
    expect((await fetch(`${base()}/api/status`)).status).toBe(200)
  }

  test.each([
    ['of a tray action', () => tray().item('Open configuration').click()],
    ['of a click on the tray', () => void tray().emit('click')],
    ['of a second start', () => startAgain()],
  ])('%s that opens the window', async (_what, open) => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    vi.spyOn(screen, 'getAllDisplays').mockImplementation(() => {
      throw new Error('no displays')
    })
    open()
    expect(browserWindow()).toBeUndefined()
    await stillServes(desktop)
  })

  test('of a tray action, which is shown', async () => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    vi.spyOn(clipboard, 'writeText').mockRejectedValue(new Error('no clipboard'))
    tray().item('Copy address for Immich').click()
    await poll(lastNotification).toBe('no clipboard')
    await stillServes(desktop)
  })

  test('of the tray and of a notification', async () => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    const refresh = vi.spyOn(StandInTray.prototype, 'setContextMenu').mockImplementation(() => {
      throw new Error('no panel')
    })
    vi.spyOn(StandInNotification.prototype, 'show').mockImplementation(() => {
      throw new Error('no notification service')
    })
    tray().item('Debug mode').click()
    await poll(() => refresh.mock.calls.length).toBeGreaterThan(0)
    desktop.service.emit('overall', 'down')
    await stillServes(desktop)
  })
})
