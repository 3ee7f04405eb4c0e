/** Notifications of Windows, and what they leave behind there. */
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { TOAST_ACTIVATOR_CLSID } from '../../../src-main/desktop/system/names.ts'
import { type DesktopOptions, ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, tray } from '../../support/electron-stand-in/control.ts'
import { StandInNotification } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

const { execPath } = process

const runAs = (program: string): void => {
  Object.defineProperty(process, 'execPath', { value: program })
}

useDesktops()

afterEach(() => {
  vi.unstubAllEnvs()
  runAs(execPath)
})

/** Starts the desktop and lets a notification of another program at our address come. */
async function conflict(options: DesktopOptions): Promise<void> {
  const { service } = await startTestDesktop({ config: ONE_BACKEND, ...options })
  vi.spyOn(service, 'foreignListenerAnswers').mockResolvedValue(true)
  tray().item('Open configuration').click()
  await poll(() => browserWindow()).toBeUndefined()
}

test('the installed app on Windows has one COM class for its notifications', async () => {
  await conflict({ platform: 'win32' })
  expect(app.toastActivator).toBe(TOAST_ACTIVATOR_CLSID)
  expect(StandInNotification.shown.at(-1)?.options.body).toContain('Another program')
})

describe.each([
  [
    'the portable program',
    (): void => {
      vi.stubEnv('PORTABLE_EXECUTABLE_FILE', 'C:\\proxy.exe')
      runAs(path.join(tmpdir(), 'unpacked', 'proxy.exe'))
    },
  ],
  [
    'an app that is not packaged',
    (): void => {
      app.isPackaged = false
    },
  ],
])('%s on Windows', (_what, before) => {
  test('leaves nothing behind: its notifications are balloons of the tray', async () => {
    await conflict({ platform: 'win32', before })
    expect(app.toastActivator).toBeUndefined()
    expect(StandInNotification.shown).toEqual([])
    expect(tray().balloon?.content).toContain('Another program')
  })

  test('a click on the balloon does what the notification is for', async () => {
    const { service } = await startTestDesktop({ platform: 'win32', config: ONE_BACKEND, before })
    await poll(() => service.status().overall).toBe('down')
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000)
    service.emit('overall', 'down')
    expect(tray().balloon?.content).toContain('nas: ')
    tray().emit('balloon-click')
    await poll(() => browserWindow()?.visible).toBe(true)
  })
})
