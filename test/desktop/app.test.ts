/** The desktop as a whole, in this process: life cycle, web security and the differences between systems. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Notifications } from '../../src-main/desktop/system/notifications.ts'
import { Startup } from '../../src-main/desktop/lifecycle/startup.ts'
import { AppError } from '../../src-main/platform/errors.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import {
  NOTIFICATIONS_HELD,
  NOTIFY_SETTLE_MS,
  QUIT_GRACE_MS,
  TRAY_DEBOUNCE_MS,
  WORK_POLL_MS,
} from '../../src-main/desktop/limits.ts'
import { freePort } from '../support/ports.ts'
import { startTestDesktop, stopTestDesktops } from '../support/desktop.ts'
import { app } from '../support/electron-stand-in/app.ts'
import {
  browserWindow,
  endSession,
  pressKeys,
  querySessionEnd,
  reset,
  startAgain,
  tray,
} from '../support/electron-stand-in/control.ts'
import { wrongUses } from '../support/electron-stand-in/strict.ts'
import { StandInMenu } from '../support/electron-stand-in/menu.ts'
import { dialog } from '../support/electron-stand-in/dialog.ts'
import {
  powerMonitor,
  powerSaveBlocker,
  session,
  shell,
  StandInNotification,
} from '../support/electron-stand-in/system.ts'
import { StandInBaseWindow } from '../support/electron-stand-in/windows.ts'

const NOWHERE = 'http://127.0.0.1:9'
const CONFIG = { defaultBackend: 'nas', backends: [{ name: 'nas', url: NOWHERE }] }
const poll = expect.poll

/** Somebody else's server on a port. */
function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nnot yours')).listen(
      port,
      '127.0.0.1',
      () => resolve(server),
    )
  })
}

afterEach(async () => {
  vi.restoreAllMocks()
  await stopTestDesktops()
})

test('a field has the menu of the right mouse button', async () => {
  await startTestDesktop()
  const editFlags = { canCut: false, canCopy: false, canPaste: true, canSelectAll: true }
  browserWindow()?.contents.emit('context-menu', {}, { editFlags, isEditable: true, selectionText: '' })
  expect(StandInMenu.popped?.shownItems.map(({ label, enabled }) => [label, enabled])).toEqual([
    ['cut', false],
    ['copy', false],
    ['paste', true],
    ['selectAll', true],
  ])
})

describe('locked down', () => {
  test('the page stays at home; web links go to the browser, others nowhere', async () => {
    const { base } = await startTestDesktop()
    const contents = browserWindow()?.contents
    if (contents === undefined) throw new Error('no window')
    expect(contents.navigate(`${base()}/debug`)).toBe(true)
    expect(contents.navigate('https://immich.app/docs')).toBe(false)
    expect(contents.navigate('file:///etc/passwd')).toBe(false)
    expect(contents.navigate('https://tracker.example/', false)).toBe(false)
    expect(contents.redirect('https://evil.example/')).toBe(false)
    expect(contents.requestWindow('https://immich.app/')).toEqual({ action: 'deny' })
    expect(contents.requestWindow('smb://server/share')).toEqual({ action: 'deny' })
    expect(shell.urls).toEqual(['https://immich.app/docs', 'https://immich.app/'])
    expect(contents.requestWindow(`${base()}/debug`)).toEqual({ action: 'deny' })
    expect(contents.getURL()).toBe(`${base()}/debug`)
  })

  test('no permission is given', async () => {
    await startTestDesktop()
    const { requestHandler, checkHandler, deviceHandler } = session.defaultSession
    const answer = vi.fn()
    const details = {} as never
    requestHandler?.(details, 'media', answer, details)
    expect(answer).toHaveBeenCalledExactlyOnceWith(false)
    expect(checkHandler?.(null, 'geolocation', '', details)).toBe(false)
    expect(deviceHandler?.(details)).toBe(false)
    expect(app.sandboxed).toBe(true)
  })
})

test('the app takes no memory of the GPU, which is there for machine learning', async () => {
  await startTestDesktop()
  expect(app.hasGpuProcess).toBe(false)
})

describe('the port is taken', () => {
  const taken = async (): Promise<{ port: number; other: Server }> => {
    const port = await freePort()
    return { port, other: await occupy(port) }
  }

  test('the tray and a dialog say so, and no window opens onto the other server', async () => {
    const { port, other } = await taken()
    const { service } = await startTestDesktop({ config: { ...CONFIG, server: { port } } })
    await poll(() => dialog.open.length).toBe(1)
    expect(dialog.open[0]?.options.message).toContain(String(port))
    expect(dialog.open[0]?.options.buttons).toEqual(['Retry', 'Change port', 'Quit'])
    await poll(() => tray().image).toMatch(/error/)
    expect(tray().tooltip).toContain(String(port))
    startAgain()
    tray().item('Retry').click()
    await poll(() => dialog.open.length).toBe(1)
    expect(browserWindow()).toBeUndefined()

    other.close()
    dialog.open[0]?.press('Retry')
    await poll(() => service.address?.port).toBe(port)
    await poll(() => tray().image).not.toMatch(/error/)
    expect(dialog.open).toEqual([])
  })

  test.each([
    ['linux', true],
    ['darwin', true],
    ['win32', false],
  ] as const)('the question on %s hangs on a window: %s', async (platform, hasWindow) => {
    const { port, other } = await taken()
    const { service } = await startTestDesktop({ platform, config: { ...CONFIG, server: { port } } })
    await poll(() => dialog.open.length).toBe(1)
    const parent = dialog.open[0]?.parent
    expect(parent?.visible ?? false).toBe(hasWindow)
    expect(parent?.hasMenuBar ?? false).toBe(false)
    other.close()
    dialog.open[0]?.press('Retry')
    await poll(() => service.address?.port).toBe(port)
    expect(parent?.isDestroyed() ?? true).toBe(true)
  })

  test('a port that the system keeps for itself is no other program’s', async () => {
    const { service } = await startTestDesktop({ config: CONFIG })
    await service.stop(0)
    const denied = new AppError('PORT_DENIED', 409, 'Port 5000 is reserved by this system')
    vi.spyOn(service, 'start').mockRejectedValueOnce(denied)
    const choosePort = vi.spyOn(service, 'choosePort').mockReturnValue(undefined)
    const startup = new Startup({ service, quit: () => undefined })
    await startup.attempt()
    await poll(() => dialog.open.length).toBe(1)
    const { detail = '' } = dialog.open[0]?.options ?? {}
    expect(detail).not.toContain('other program')
    dialog.open[0]?.press('Change port')
    await poll(() => choosePort.mock.calls.length).toBe(1)
    expect(detail).toContain(`port ${choosePort.mock.calls[0]?.[0] ?? 0} from now on`)
  })

  test('a retry that fails asks again', async () => {
    const { port, other } = await taken()
    await startTestDesktop({ config: { ...CONFIG, server: { port } } })
    await poll(() => dialog.open.length).toBe(1)
    const [first] = dialog.open
    first?.press('Retry')
    await poll(() => dialog.open.length === 1 && dialog.open[0] !== first).toBe(true)
    other.close()
    await poll(() => tray().image).toMatch(/error/)
    tray().item('Retry').click()
    // It listens now: the question is answered by itself.
    await poll(() => dialog.open.length).toBe(0)
    expect(app.exitCode).toBeUndefined()
  })

  test('another port is taken, saved and kept, also over the command line', async () => {
    const { port, other } = await taken()
    const { service, folder } = await startTestDesktop({ config: CONFIG, args: [`--port=${port}`] })
    await poll(() => dialog.open.length).toBe(1)
    dialog.open[0]?.press('Change port')
    await poll(() => service.address?.port).toBeGreaterThan(port)
    const saved: unknown = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'))
    expect(saved).toMatchObject({ ...CONFIG, server: { port: service.address?.port } })
    other.close()
  })

  test('or the app ends', async () => {
    const { port, other } = await taken()
    await startTestDesktop({ args: [`--port=${port}`] })
    await poll(() => dialog.open.length).toBe(1)
    dialog.open[0]?.press('Quit')
    await poll(() => app.exitCode).toBe(0)
    other.close()
  })
})

describe('the end', () => {
  test('the end of the session of Windows is heard without a window', async () => {
    await startTestDesktop({ platform: 'win32', config: CONFIG })
    expect(StandInBaseWindow.open.every((window) => !window.visible)).toBe(true)
    // Others may still call it off.
    expect(querySessionEnd()).toBe(true)
    expect(app.exitCode).toBeUndefined()
    endSession()
    await poll(() => app.exitCode).toBe(0)
  })

  test('work in flight holds the end of the session up, and no longer than it takes', async () => {
    const { service } = await startTestDesktop({ platform: 'win32', config: CONFIG })
    vi.spyOn(service, 'work', 'get').mockReturnValue({ inFlight: 1, begun: 1 })
    expect(querySessionEnd()).toBe(false)
    await poll(() => app.exitCode).toBe(0)
  })

  test.each(['linux', 'darwin'] as const)('%s tells of the shutdown', async (platform) => {
    const { service } = await startTestDesktop({ platform, config: CONFIG })
    const preventDefault = vi.fn()
    powerMonitor.emit('shutdown', { preventDefault })
    expect(preventDefault).toHaveBeenCalled()
    await poll(() => app.exitCode).toBe(0)
    expect(service.address).toBeUndefined()
    expect(() => tray()).toThrow('no tray')
  })

  test('a signal ends it, and asking twice changes nothing', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    for (const listener of desktop.listeners('SIGTERM')) listener('SIGTERM')
    app.quit()
    await poll(() => app.exitCode).toBe(0)
  })

  test('a part that cannot be stopped keeps nothing else from ending', async () => {
    const { service } = await startTestDesktop({ platform: 'win32', config: CONFIG })
    tray().destroy()
    // Windows has taken the hidden window away at the end of the session.
    for (const window of StandInBaseWindow.open) window.destroy()
    const begun = performance.now()
    app.quit()
    await poll(() => app.exitCode).toBe(0)
    // The test has destroyed the tray, and the app has destroyed it once more.
    wrongUses.length = 0
    // Not only because the time was over.
    expect(performance.now() - begun).toBeLessThan(QUIT_GRACE_MS)
    expect(service.address).toBeUndefined()
  })
})

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

describe('the application menu', () => {
  const menu = (): StandInMenu => StandInMenu.application as unknown as StandInMenu

  test.each([
    ['darwin', ['appMenu', 'File', 'editMenu', 'View', 'windowMenu']],
    ['win32', ['File', 'editMenu', 'View']],
    ['linux', ['File', 'editMenu', 'View']],
  ] as const)('on %s', async (platform, labels) => {
    await startTestDesktop({ platform })
    expect(menu().shownItems.map(({ label }) => label)).toEqual(labels)
    // On Windows and Linux it is hidden until Alt is pressed.
    expect(browserWindow()?.hasMenuBar).toBe(false)
    expect(menu().some(({ role }) => role === 'toggleDevTools')).toBe(false)
  })

  test.each(['linux', 'win32', 'darwin'] as const)(
    'has the shortcuts of a browser on %s',
    async (platform) => {
      await startTestDesktop({ platform })
      for (const keys of ['0', 'Plus', '=', '-', 'R'])
        expect(pressKeys(`CommandOrControl+${keys}`), keys).toBe(true)
      expect(pressKeys('CommandOrControl+W')).toBe(true)
      expect(browserWindow()).toBeUndefined()
      expect(app.exitCode).toBeUndefined()
    },
  )

  test('does what the tray does, for a desktop without one', async () => {
    const { folder } = await startTestDesktop()
    mkdirSync(path.join(folder, 'logs'), { recursive: true })
    menu().find('Show logs')?.click()
    await poll(() => shell.paths).toEqual([path.join(folder, 'logs')])
    menu().find('Remove password…')?.click()
    await poll(() => dialog.open[0]?.options.message).toBe('No password is set')
    dialog.open[0]?.press('OK')
    menu().find('Quit')?.click()
    await poll(() => app.exitCode).toBe(0)
  })
})

test('the menu is set anew only when it changes', async () => {
  const { service } = await startTestDesktop({ config: CONFIG })
  await poll(() => tray().tooltip).toContain('nas: ')
  await new Promise((resolve) => setTimeout(resolve, 400))
  const { menus } = tray()
  for (let count = 0; count < 5; count++) service.monitor.emit('update')
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(tray().menus).toBe(menus)
})

test('the computer stays awake while predictions run, unless that is switched off', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  try {
    const { service } = await startTestDesktop({ config: CONFIG })
    vi.advanceTimersByTime(WORK_POLL_MS)
    expect(powerSaveBlocker.count).toBe(0)
    vi.spyOn(service, 'work', 'get').mockReturnValue({ inFlight: 1, begun: 1 })
    vi.advanceTimersByTime(2 * WORK_POLL_MS)
    expect(powerSaveBlocker.count).toBe(1)
    await service.saveConfig({ ...CONFIG, app: { preventSleep: false } })
    vi.advanceTimersByTime(WORK_POLL_MS)
    expect(powerSaveBlocker.count).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('down is told, unless that is switched off', async () => {
  const { service } = await startTestDesktop({ config: { ...CONFIG, app: { notifications: false } } })
  await poll(() => service.status().overall).toBe('down')
  expect(StandInNotification.shown).toEqual([])
  await stopTestDesktops()
})

test.each(['a start', 'a sleep'])('down is told only when it lasts after %s', async (after) => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { service } = await startTestDesktop({ config: CONFIG })
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

describe('an open tray menu', () => {
  const line = (): string | undefined => tray().items.find(({ label }) => /running/.test(label))?.label

  test.each(['darwin', 'win32', 'linux'] as const)('on %s is replaced only on Linux', async (platform) => {
    const { service } = await startTestDesktop({ platform, config: CONFIG })
    await poll(() => tray().tooltip).toContain('nas: ')
    tray().open()
    service.recorder.setEnabled(true)
    // The icon and the tooltip follow at once.
    await poll(() => tray().image).toMatch(/-debug/)
    expect(tray().item('Debug mode').checked).toBe(platform === 'linux')
    tray().close()
    await poll(() => tray().item('Debug mode').checked).toBe(true)
  })

  test.each(['darwin', 'win32'] as const)(
    'says on %s what runs at the time it is opened',
    async (platform) => {
      const { service } = await startTestDesktop({ platform, config: CONFIG })
      await poll(() => tray().tooltip).toContain('nas: ')
      const { menus } = tray()
      const states = service.monitor.states()
      const [nas] = Object.values(states)
      if (nas === undefined) throw new Error('no backend')
      const spy = vi.spyOn(service.monitor, 'states')
      spy.mockReturnValue({ nas: { ...nas, inFlight: 3, waiting: 2 } })
      expect(line()).toBe('3 running, 2 waiting')
      spy.mockReturnValue({ nas: { ...nas, inFlight: 4, waiting: 0 } })
      // Nothing is set while nobody looks.
      service.monitor.emit('update')
      await new Promise((resolve) => setTimeout(resolve, 2 * TRAY_DEBOUNCE_MS))
      expect(tray().menus).toBe(platform === 'darwin' ? menus + 1 : 0)
      expect(line()).toBe('4 running')
    },
  )
})
