import { expect, test, vi } from 'vitest'
import { Notifications } from '../../../src-main/desktop/system/notifications.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { NOTIFICATIONS_HELD, NOTIFY_SETTLE_MS } from '../../../src-main/desktop/limits.ts'
import { ONE_BACKEND, startTestDesktop, stopTestDesktops, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, reset } from '../../support/electron-stand-in/control.ts'
import { powerMonitor, StandInNotification } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

useDesktops()

test('a notification is held until it is clicked or gone', () => {
  reset('/nowhere')
  app.becomeReady()
  const notifications = new Notifications(silentLogger())
  const clicked = vi.fn()
  for (const how of ['click', 'close', 'failed']) {
    notifications.show('title', how, clicked)
    expect(notifications.held).toBe(1)
    StandInNotification.shown.at(-1)?.emit(how)
    expect(notifications.held).toBe(0)
  }
  expect(clicked).toHaveBeenCalledTimes(1)
  for (let count = 0; count < 100; count++) notifications.show('title', 'never gone', clicked)
  expect(notifications.held).toBe(NOTIFICATIONS_HELD)
})

test('down is told, unless that is switched off', async () => {
  const { service } = await startTestDesktop({ config: { ...ONE_BACKEND, app: { notifications: false } } })
  await poll(() => service.status().overall).toBe('down')
  expect(StandInNotification.shown).toEqual([])
  await stopTestDesktops()
})

test.each(['a start', 'a sleep'])('down is told only when it lasts after %s', async (after) => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { service } = await startTestDesktop({ config: ONE_BACKEND })
    await poll(() => service.status().overall).toBe('down')
    if (after === 'a sleep') {
      vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
      powerMonitor.emit('resume')
    }
    service.emit('overall', 'down')
    expect(StandInNotification.shown).toEqual([])
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    service.emit('overall', 'down')
    expect(StandInNotification.shown[0]?.options.body).toContain('nas: ')
    StandInNotification.shown[0]?.emit('click')
    await poll(() => browserWindow()?.visible).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})
