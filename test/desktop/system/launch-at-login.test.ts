/** Launch at login on the three systems: what is registered, and that the system has the say. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { autostartEntry } from '../../../src-main/desktop/system/autostart.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { LaunchAtLogin } from '../../../src-main/desktop/system/launch-at-login.ts'
import { APP_ID } from '../../../src-main/desktop/system/names.ts'
import { ONE_BACKEND, startTestDesktop, type TestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { tray } from '../../support/electron-stand-in/control.ts'
import { splitLine } from '../../support/electron-stand-in/login-items.ts'

const ON = { ...ONE_BACKEND, app: { launchAtLogin: true } }

const poll = expect.poll

const { execPath } = process

function runAs(program: string): void {
  Object.defineProperty(process, 'execPath', { value: program })
}

useDesktops()

afterEach(() => {
  vi.unstubAllEnvs()
  runAs(execPath)
})

const tick = (): boolean => tray().item('Launch at login').checked

describe.each(['win32', 'darwin'] as const)('the login item of %s', (platform) => {
  test('follows the tray and the view', async () => {
    const { service } = await startTestDesktop({ platform, config: ONE_BACKEND })
    tray().item('Launch at login').click()
    await poll(tick).toBe(true)
    expect(app.loginItems.lines.has(APP_ID)).toBe(true)
    // The view saves the same setting.
    await service.saveConfig({ ...ONE_BACKEND, app: { launchAtLogin: false } })
    expect(app.loginItems.lines.size).toBe(0)
    await poll(tick).toBe(false)
  })

  test('is left alone at a start, whatever the setting says', async () => {
    const { service } = await startTestDesktop({ platform, config: ON })
    expect(app.loginItems.changes).toBe(0)
    expect(tick()).toBe(false)
    // Another setting is saved: no reason to register anything either.
    await service.saveConfig({ ...ON, app: { ...ON.app, notifications: false } })
    expect(app.loginItems.changes).toBe(0)
    // A click means what it shows.
    tray().item('Launch at login').click()
    expect(app.loginItems.lines.size).toBe(1)
    await poll(tick).toBe(true)
  })
})

describe('on Windows', () => {
  const PROGRAM = 'C:\\Program Files\\Immich ML Proxy\\Immich ML Proxy.exe'
  /** One with a setting of its own: that of the app would follow the app's setting as well. */
  const launch = (desktop: TestDesktop, userDataDir: string): LaunchAtLogin => {
    let config = desktop.service.store.config
    const store = {
      get config() {
        return config
      },
      edit: (edit: (before: Config) => Config) => void (config = edit(config)),
    }
    return new LaunchAtLogin({ store, log: desktop.service.log, userDataDir })
  }

  test.each(['D:\\my data', 'D:\\my data\\', 'D:\\data\\'])(
    'the line in the registry holds the program and %s whole',
    async (folder) => {
      const desktop = await startTestDesktop({ platform: 'win32', config: ONE_BACKEND })
      runAs(PROGRAM)
      const login = launch(desktop, folder)
      login.set(true)
      expect(login.isOn).toBe(true)
      const line = app.loginItems.lines.get(APP_ID) ?? ''
      expect(line.startsWith(`"${PROGRAM}" --hidden `)).toBe(true)
      expect(splitLine(line)).toEqual([PROGRAM, '--hidden', `--user-data-dir=${folder}`])
      login.set(false)
      expect(login.isOn).toBe(false)
    },
  )

  test('what was switched off in the settings of Windows is shown as off', async () => {
    await startTestDesktop({ platform: 'win32', config: ONE_BACKEND })
    tray().item('Launch at login').click()
    await poll(tick).toBe(true)
    app.loginItems.switchedOff.add(APP_ID)
    tray().item('Debug mode').click()
    await poll(tick).toBe(false)
    tray().item('Launch at login').click()
    await poll(tick).toBe(true)
    expect(app.loginItems.switchedOff.size).toBe(0)
  })

  test('can be chosen before any backend', async () => {
    const { service } = await startTestDesktop({ platform: 'win32' })
    tray().item('Launch at login').click()
    expect(service.store.config).toMatchObject({ backends: [], app: { launchAtLogin: true } })
  })
})

// Its paths are those of Linux, whatever system the code believes to run on.
describe.skipIf(process.platform === 'win32')('the autostart entry', () => {
  /** An entry that was there before the start; returns how to read it. */
  function prepare(folder: string, entry?: string): () => string {
    const file = path.join(folder, 'autostart/immich-ml-proxy.desktop')
    vi.stubEnv('XDG_CONFIG_HOME', folder)
    if (entry !== undefined) {
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, entry)
    }
    return () => readFileSync(file, 'utf8')
  }
  const start = async (entry?: string, config: object = ON): Promise<() => string> => {
    let read = (): string => ''
    const before = (): void => {
      read = prepare(app.getPath('home'), entry)
    }
    await startTestDesktop({ config, before })
    return read
  }
  /** As in an AppImage: its file stays, the folder that this process runs from does not. */
  const inAppImage = (folder = path.dirname(execPath)): void => {
    vi.stubEnv('APPIMAGE', '/home/me/Apps/proxy.AppImage')
    vi.stubEnv('APPDIR', folder)
  }
  const GONE = autostartEntry([
    '/home/me/Downloads/proxy $1.AppImage',
    '--hidden',
    '--user-data-dir=/my data',
  ])

  test('follows an AppImage that has moved, and keeps its arguments', async () => {
    inAppImage()
    const read = await start(GONE)
    expect(read()).toBe(
      autostartEntry(['/home/me/Apps/proxy.AppImage', '--hidden', '--user-data-dir=/my data']),
    )
    expect(tick()).toBe(true)
  })

  test('of a program that is still there stays as it is', async () => {
    inAppImage()
    const entry = autostartEntry([execPath, '--hidden'])
    expect((await start(entry))()).toBe(entry)
  })

  test.each([
    ['Hidden=true', `${GONE}Hidden=true\n`],
    ['X-GNOME-Autostart-enabled=false', GONE.replace('enabled=true', 'enabled=false')],
  ])('that was switched off by %s stays so, until it is chosen again', async (_line, entry) => {
    const read = await start(entry)
    expect(read()).toBe(entry)
    expect(tick()).toBe(false)
    tray().item('Launch at login').click()
    await poll(tick).toBe(true)
    expect(read()).toContain(`Exec="${execPath}" "--hidden"`)
  })

  test('that was taken away is not written again', async () => {
    const read = await start()
    expect(read).toThrow('ENOENT')
    expect(tick()).toBe(false)
  })

  test('names no AppImage that only started the terminal this program was started from', async () => {
    inAppImage('/tmp/.mount_terminal')
    const read = await start(undefined, ONE_BACKEND)
    tray().item('Launch at login').click()
    expect(read()).toContain(`Exec="${execPath}"`)
  })

  test('that cannot be written keeps the app from nothing', async () => {
    const { folder } = await startTestDesktop({ config: ONE_BACKEND })
    // Below a file no folder can be made, whoever asks.
    vi.stubEnv('XDG_CONFIG_HOME', path.join(folder, 'config.json'))
    tray().item('Launch at login').click()
    await poll(tick).toBe(false)
    await poll(() => tray().tooltip).toContain('nas: ')
  })
})
