/** The end of the app, whatever asks for it. */
import { describe, expect, test, vi } from 'vitest'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { endSession, querySessionEnd, tray } from '../../support/electron-stand-in/control.ts'
import { wrongUses } from '../../support/electron-stand-in/strict.ts'
import { powerMonitor } from '../../support/electron-stand-in/system.ts'
import { turnsUntil } from '../../support/turns.ts'
import { StandInBaseWindow } from '../../support/electron-stand-in/windows.ts'

const poll = expect.poll

useDesktops()

describe('the end', () => {
  test('the end of the session of Windows is heard without a window', async () => {
    await startTestDesktop({ platform: 'win32', config: ONE_BACKEND })
    expect(StandInBaseWindow.open.every((window) => !window.visible)).toBe(true)
    // Others may still call it off.
    expect(querySessionEnd()).toBe(true)
    expect(app.exitCode).toBeUndefined()
    endSession()
    await poll(() => app.exitCode).toBe(0)
  })

  test('work in flight holds the end of the session up, and no longer than it takes', async () => {
    const { service } = await startTestDesktop({ platform: 'win32', config: ONE_BACKEND })
    vi.spyOn(service, 'work', 'get').mockReturnValue({ inFlight: 1, begun: 1, atWork: 1, ended: 0 })
    expect(querySessionEnd()).toBe(false)
    await poll(() => app.exitCode).toBe(0)
  })

  test.each(['linux', 'darwin'] as const)('%s tells of the shutdown', async (platform) => {
    const { service } = await startTestDesktop({ platform, config: ONE_BACKEND })
    const preventDefault = vi.fn()
    powerMonitor.emit('shutdown', { preventDefault })
    expect(preventDefault).toHaveBeenCalled()
    await poll(() => app.exitCode).toBe(0)
    expect(service.address).toBeUndefined()
    expect(() => tray()).toThrow('no tray')
  })

  test('a signal ends it, and asking twice changes nothing', async () => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    for (const listener of desktop.listeners('SIGTERM')) listener('SIGTERM')
    app.quit()
    await poll(() => app.exitCode).toBe(0)
  })

  test('a part that cannot be stopped keeps nothing else from ending', async () => {
    const { service } = await startTestDesktop({ platform: 'win32', config: ONE_BACKEND })
    tray().destroy()
    // Windows has taken the hidden window away at the end of the session.
    for (const window of StandInBaseWindow.open) window.destroy()
    // Not because the time for the end is over: it does not pass here.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      app.quit()
      await turnsUntil(() => app.exitCode === 0)
    } finally {
      vi.useRealTimers()
    }
    // The test has destroyed the tray, and the app has destroyed it once more.
    wrongUses.length = 0
    expect(service.address).toBeUndefined()
  })
})

describe('Immich’s queues while the app is closed', () => {
  /** The desktop with a guard that is on, as far as it is asked. */
  async function guarded(pauseQueuesOnQuit?: boolean) {
    const app = pauseQueuesOnQuit === undefined ? {} : { app: { pauseQueuesOnQuit } }
    const { service } = await startTestDesktop({ config: { ...ONE_BACKEND, ...app } })
    vi.spyOn(service.immich, 'status').mockReturnValue({ ...service.immich.status(), guard: 'on' })
    const suspend = vi.spyOn(service.immich, 'suspend').mockResolvedValue()
    return { service, suspend }
  }

  test.each([
    ['Pause them', true],
    ['Leave them running', false],
  ])('the user is asked once: %s', async (label, isPaused) => {
    const { service, suspend } = await guarded()
    app.quit()
    await poll(() => dialog.open[0]?.options.message).toBe('Pause Immich’s queues while this app is closed?')
    expect(app.exitCode).toBeUndefined()
    dialog.open[0]?.press(label)
    await poll(() => app.exitCode).toBe(0)
    expect(suspend.mock.calls).toEqual(isPaused ? [['quit']] : [])
    expect(service.store.config.app?.pauseQueuesOnQuit).toBe(isPaused)
  })

  test('the answer holds', async () => {
    const { suspend } = await guarded(true)
    app.quit()
    await poll(() => app.exitCode).toBe(0)
    expect(dialog.open).toEqual([])
    expect(suspend.mock.calls).toEqual([['quit']])
  })

  test('the end of a session waits for no answer', async () => {
    const { suspend } = await guarded()
    powerMonitor.emit('shutdown', { preventDefault: () => undefined })
    await poll(() => app.exitCode).toBe(0)
    expect(suspend).not.toHaveBeenCalled()
  })
})
