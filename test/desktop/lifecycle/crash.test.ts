/** What follows an uncaught exception: a restart, or a question if that was tried before. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { restartArguments } from '../../../src-main/desktop/lifecycle/restart.ts'
import { RESTART_EVERY_MS } from '../../../src-main/desktop/limits.ts'
import { ONE_BACKEND, startTestDesktop, type TestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { tray } from '../../support/electron-stand-in/control.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { StandInNotification } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

useDesktops()

afterEach(() => void vi.unstubAllEnvs())

const lastNotification = (): string => StandInNotification.shown.at(-1)?.options.body ?? ''

describe('after an uncaught exception', () => {
  const crash = (desktop: TestDesktop, text = 'broken'): void => {
    for (const listener of desktop.listeners('uncaughtException')) listener(new Error(text))
  }
  const restartedAt = (desktop: TestDesktop, at: number): void => {
    writeFileSync(path.join(desktop.folder, 'restart.json'), JSON.stringify({ at }))
  }

  test('the app starts again without a window, once the service is closed', async () => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    crash(desktop)
    await poll(() => app.exitCode).toBe(1)
    expect(app.relaunches).toEqual([{ args: restartArguments(process.argv.slice(1)) }])
    expect(dialog.open).toEqual([])
    expect(lastNotification()).toContain('broken')
    expect(desktop.service.address).toBeUndefined()
  })

  test.each([[[]], [['--hidden']]])('it asks if it has restarted before, with the flags %j', async (args) => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND, args })
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

  test('a restart that cannot be noted could be repeated without end, so the app asks', async () => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    vi.spyOn(app, 'getPath').mockReturnValue(path.join(desktop.folder, 'config.json'))
    crash(desktop)
    await poll(() => dialog.open.length).toBe(1)
    dialog.open[0]?.press('Quit')
    await poll(() => app.exitCode).toBe(1)
    expect(app.relaunches).toEqual([])
  })

  // The program is a shell script.
  test.skipIf(process.platform === 'win32')('an AppImage is started by its own file', async () => {
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
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
    const desktop = await startTestDesktop({ config: ONE_BACKEND })
    for (const listener of desktop.listeners('unhandledRejection')) listener(new Error('forgotten'))
    expect(lastNotification()).toBe('forgotten')
    expect(app.exitCode).toBeUndefined()
  })
})
