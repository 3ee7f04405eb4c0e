/** Errors in the desktop: actions that fail, and what follows an uncaught exception. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { restartArguments, takeRestart } from '../../src-main/desktop/lifecycle/restart.ts'
import { RESTART_EVERY_MS } from '../../src-main/desktop/limits.ts'
import { startTestDesktop, stopTestDesktops, type TestDesktop } from '../support/desktop.ts'
import { app } from '../support/electron-stand-in/app.ts'
import { browserWindow, startAgain, tray } from '../support/electron-stand-in/control.ts'
import { dialog } from '../support/electron-stand-in/dialog.ts'
import { clipboard, screen, StandInNotification } from '../support/electron-stand-in/system.ts'
import { StandInTray } from '../support/electron-stand-in/tray.ts'

const CONFIG = { defaultBackend: 'nas', backends: [{ name: 'nas', url: 'http://127.0.0.1:9' }] }
const poll = expect.poll

afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await stopTestDesktops()
})

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
    const desktop = await startTestDesktop({ config: CONFIG })
    vi.spyOn(screen, 'getAllDisplays').mockImplementation(() => {
      throw new Error('no displays')
    })
    open()
    expect(browserWindow()).toBeUndefined()
    await stillServes(desktop)
  })

  test('of a tray action, which is shown', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    vi.spyOn(clipboard, 'writeText').mockRejectedValue(new Error('no clipboard'))
    tray().item('Copy address for Immich').click()
    await poll(lastNotification).toBe('no clipboard')
    await stillServes(desktop)
  })

  test('of the tray and of a notification', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
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

describe('after an uncaught exception', () => {
  const crash = (desktop: TestDesktop, text = 'broken'): void => {
    for (const listener of desktop.listeners('uncaughtException')) listener(new Error(text))
  }
  const restartedAt = (desktop: TestDesktop, at: number): void => {
    writeFileSync(path.join(desktop.folder, 'restart.json'), JSON.stringify({ at }))
  }

  test('the app starts again without a window, once the service is closed', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    crash(desktop)
    await poll(() => app.exitCode).toBe(1)
    expect(app.relaunches).toEqual([{ args: restartArguments(process.argv.slice(1)) }])
    expect(dialog.open).toEqual([])
    expect(lastNotification()).toContain('broken')
    expect(desktop.service.address).toBeUndefined()
  })

  test.each([[[]], [['--hidden']]])('it asks if it has restarted before, with the flags %j', async (args) => {
    const desktop = await startTestDesktop({ config: CONFIG, args })
    restartedAt(desktop, Date.now() - RESTART_EVERY_MS / 2)
    crash(desktop)
    await poll(() => dialog.open.length).toBe(1)
    expect(dialog.open[0]?.options.detail).toContain('broken')
    // An error while the question is open changes nothing.
    crash(desktop, 'once more')
    expect(dialog.open).toHaveLength(1)
    expect(app.exitCode).toBeUndefined()
    expect(() => tray()).toThrow('no tray')
    dialog.open[0]?.press(args.length === 0 ? 'Restart' : 'Quit')
    await poll(() => app.exitCode).toBe(1)
    expect(app.relaunches).toHaveLength(args.length === 0 ? 1 : 0)
  })

  test('a restart long ago does not count, whatever the clock says', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-restart-'))
    expect(takeRestart(folder, 1_000_000)).toBe(true)
    expect(takeRestart(folder, 1_000_000 + RESTART_EVERY_MS - 1)).toBe(false)
    expect(takeRestart(folder, 1_000_000 + RESTART_EVERY_MS)).toBe(true)
    expect(takeRestart(folder, 0)).toBe(true)
    rmSync(folder, { recursive: true })
  })

  test('a restart that cannot be noted could be repeated without end, so the app asks', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    vi.spyOn(app, 'getPath').mockReturnValue(path.join(desktop.folder, 'config.json'))
    crash(desktop)
    await poll(() => dialog.open.length).toBe(1)
    dialog.open[0]?.press('Quit')
    await poll(() => app.exitCode).toBe(1)
    expect(app.relaunches).toEqual([])
  })

  // The program is a shell script.
  test.skipIf(process.platform === 'win32')('an AppImage is started by its own file', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    const started = path.join(desktop.folder, 'started')
    const image = path.join(desktop.folder, 'proxy.AppImage')
    writeFileSync(image, `#!/bin/sh\necho "$@" > '${started}.new' && mv '${started}.new' '${started}'\n`)
    chmodSync(image, 0o755)
    vi.stubEnv('APPIMAGE', image)
    vi.stubEnv('APPDIR', path.dirname(process.execPath))
    app.requestSingleInstanceLock()
    crash(desktop)
    await poll(() => app.exitCode).toBe(1)
    await poll(() => readFileSync(started, 'utf8')).toMatch(/--hidden\n$/)
    // The new process could not start beside one that holds the lock.
    expect(app.isLocked).toBe(false)
  })

  test('an unhandled rejection is shown, and the app goes on', async () => {
    const desktop = await startTestDesktop({ config: CONFIG })
    for (const listener of desktop.listeners('unhandledRejection')) listener(new Error('forgotten'))
    expect(lastNotification()).toBe('forgotten')
    expect(app.exitCode).toBeUndefined()
  })
})

test('the arguments of a restart', () => {
  expect(restartArguments(['--reset-password', '--port=1', '--hidden'])).toEqual(['--port=1', '--hidden'])
})
