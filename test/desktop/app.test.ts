/** The desktop as a whole, in this process: life cycle, lock-down and the ways of each system. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WORK_POLL_MS } from '../../src-main/defaults.ts'
import { freePort } from '../support/boot.ts'
import { startTestDesktop, stopTestDesktops } from '../support/desktop.ts'
import { app } from '../support/electron-stand-in/app.ts'
import {
  browserWindow,
  endSession,
  querySessionEnd,
  startAgain,
  tray,
} from '../support/electron-stand-in/control.ts'
import { StandInMenu } from '../support/electron-stand-in/menu.ts'
import {
  dialog,
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
    expect(browserWindow()?.visible).toBe(true)
  })
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

test('unsaved changes are lost only on purpose', async () => {
  await startTestDesktop()
  dialog.answer = 'Stay'
  expect(browserWindow()?.contents.leaveUnsaved()).toBe(false)
  dialog.answer = 'Leave'
  expect(browserWindow()?.contents.leaveUnsaved()).toBe(true)
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

  test('an exception that nobody caught is told, and ends the app', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    for (const listener of desktop.listeners('unhandledRejection')) listener(new Error('forgotten'))
    expect(StandInNotification.shown.at(-1)?.options.body).toBe('forgotten')
    expect(app.exitCode).toBeUndefined()
    for (const listener of desktop.listeners('uncaughtException')) listener(new Error('broken'))
    expect(dialog.errors[0]?.content).toContain('broken')
    expect(app.exitCode).toBe(1)
  })
})

describe('launch at login', () => {
  test.each(['win32', 'darwin'] as const)('is a login item on %s', async (platform) => {
    const { service } = await startTestDesktop({ platform, config: CONFIG })
    tray().item('Launch at login').click()
    await poll(() => tray().item('Launch at login').checked).toBe(true)
    expect(app.loginItem.openAtLogin).toBe(true)
    if (platform === 'win32') expect(app.loginItem.args).toContain('--hidden')
    // The view saves the same setting.
    await service.saveConfig({ ...CONFIG, app: { launchAtLogin: false } })
    expect(app.loginItem.openAtLogin).toBe(false)
    await poll(() => tray().item('Launch at login').checked).toBe(false)
  })

  test('can be chosen before any backend', async () => {
    const { service } = await startTestDesktop({ platform: 'win32' })
    tray().item('Launch at login').click()
    expect(service.parts.store.config).toMatchObject({ backends: [], app: { launchAtLogin: true } })
  })

  // Its paths are those of Linux, whatever system the code believes to run on.
  test.skipIf(process.platform === 'win32')('follows an AppImage that has moved', async () => {
    const { folder } = await (async () => {
      vi.stubEnv('XDG_CONFIG_HOME', '/nowhere/to/write')
      return startTestDesktop({ config: { ...CONFIG, app: { launchAtLogin: true } } })
    })()
    // The folder cannot be written: the app runs all the same.
    expect(tray().tooltip).not.toBe('')
    vi.stubEnv('XDG_CONFIG_HOME', folder)
    vi.stubEnv('APPIMAGE', '/home/me/Apps/proxy.AppImage')
    await startTestDesktop({ config: { ...CONFIG, app: { launchAtLogin: true } } })
    const entry = path.join(folder, 'autostart/immich-ml-proxy.desktop')
    expect(existsSync(entry) && readFileSync(entry, 'utf8')).toContain('Exec="/home/me/Apps/proxy.AppImage"')
    vi.unstubAllEnvs()
  })
})

test('copy and paste have their shortcuts on macOS, and no empty bar elsewhere', async () => {
  await startTestDesktop({ platform: 'darwin' })
  expect(StandInMenu.application).toBeInstanceOf(StandInMenu)
  await stopTestDesktops()
  await startTestDesktop()
  expect(StandInMenu.application).toBeNull()
})

test('the menu is set anew only when it changes', async () => {
  const { service } = await startTestDesktop({ config: CONFIG })
  await poll(() => tray().tooltip).toContain('nas: ')
  await new Promise((resolve) => setTimeout(resolve, 400))
  const { menus } = tray()
  for (let count = 0; count < 5; count++) service.parts.monitor.emit('update')
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
  await startTestDesktop({ config: CONFIG })
  await poll(() => StandInNotification.shown.length).toBe(1)
  expect(StandInNotification.shown[0]?.options.body).toContain('nas: ')
  StandInNotification.shown[0]?.emit('click')
  expect(browserWindow()?.visible).toBe(true)
})
