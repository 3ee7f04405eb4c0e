/** The desktop of a test: the real one, around a real service, on the stand-in of Electron. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, vi } from 'vitest'
import { runDesktop } from '../../src-main/desktop/run.ts'
import { prepareApp } from '../../src-main/desktop/lifecycle/prepare.ts'
import { Notifications } from '../../src-main/desktop/system/notifications.ts'
import { electronStoreWriter } from '../../src-main/desktop/system/config-writer.ts'
import { parseFlags } from '../../src-main/platform/flags.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import { createService, type Service } from '../../src-main/app/service.ts'
import { app } from './electron-stand-in/app.ts'
import { browserWindow, reset, tray } from './electron-stand-in/control.ts'
import { wrongUses } from './electron-stand-in/strict.ts'
import type { StandInWebContents } from './electron-stand-in/web-contents.ts'
import { onPlatform, onRealPlatform } from './platform.ts'

/** A port of this computer that nobody listens on. */
export const NOWHERE = 'http://127.0.0.1:9'
/** A configuration with one backend, `nas`, which is down. */
export const ONE_BACKEND = { defaultBackend: 'nas', backends: [{ name: 'nas', url: NOWHERE }] }

const PROCESS_EVENTS = ['uncaughtException', 'unhandledRejection', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface TestDesktop {
  readonly service: Service
  readonly folder: string
  readonly base: () => string
  /** The listeners that the app put on the process. */
  listeners(name: (typeof PROCESS_EVENTS)[number]): ((argument: unknown) => void)[]
}

export interface DesktopOptions {
  readonly platform?: NodeJS.Platform
  readonly config?: object
  readonly args?: readonly string[]
  /** Called before the app is ready. */
  readonly before?: () => void
}

const undo: (() => Promise<void> | void)[] = []

type AnyListener = (...args: unknown[]) => void

function untilExit(): Promise<void> {
  return new Promise((resolve) => {
    if (app.exitCode === undefined) app.onExit = () => resolve()
    else resolve()
  })
}

/** Starts the desktop; without a port in the configuration on any free one. */
export async function startTestDesktop(options: DesktopOptions = {}): Promise<TestDesktop> {
  const folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-desktop-'))
  reset(folder)
  // An autostart entry that a test writes by mistake must not start anything on this computer.
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  onPlatform(options.platform ?? 'linux')
  options.before?.()
  const before = new Map(PROCESS_EVENTS.map((name) => [name, process.listeners(name as 'SIGTERM')]))
  const added = (name: (typeof PROCESS_EVENTS)[number]): AnyListener[] =>
    (process.listeners(name as 'SIGTERM') as AnyListener[]).filter(
      (listener) => !(before.get(name) as AnyListener[] | undefined)?.includes(listener),
    )
  const flags = parseFlags([`--user-data-dir=${folder}`, '--host=127.0.0.1', ...(options.args ?? [])])
  prepareApp(flags)
  app.becomeReady()
  if (options.config !== undefined)
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(options.config))
  const service = await createService({
    userDataDir: folder,
    host: flags.host,
    port: flags.port ?? (options.config !== undefined && 'server' in options.config ? undefined : 0),
    log: silentLogger(),
    writer: electronStoreWriter,
    desktop: true,
  })
  undo.push(async () => {
    for (const name of PROCESS_EVENTS) for (const listener of added(name)) process.off(name, listener)
    const ended = untilExit()
    app.quit()
    await service.stop(0)
    // A late end would be mistaken for the end of the next test's app.
    await ended
    onRealPlatform()
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
  const { log } = service
  await runDesktop({ flags, service, log, notifications: new Notifications(log) })
  return { service, folder, base: () => `http://127.0.0.1:${service.address?.port ?? 0}`, listeners: added }
}

/** Stops all desktops. Throws if one has used Electron in a wrong way, also where it has caught the error. */
/** Starts the desktop with a password set and its window open on the configuration. */
export async function startWithPassword(
  config: object = ONE_BACKEND,
): Promise<TestDesktop & { contents: StandInWebContents }> {
  const desktop = await startTestDesktop({ config })
  await desktop.service.auth.setPassword('correct horse', undefined, { address: 'test' })
  tray().item('Open configuration').click()
  await expect.poll(() => browserWindow()?.contents.status).toBe(200)
  const contents = browserWindow()?.contents
  if (contents === undefined) throw new Error('no window')
  return { ...desktop, contents }
}

/** Stops the desktops that are running. */
export async function stopTestDesktops(): Promise<void> {
  for (const stop of undo.splice(0)) await stop()
  const [wrongUse] = wrongUses.splice(0)
  if (wrongUse !== undefined) throw new Error(`a wrong use of Electron: ${wrongUse}`)
}

/** Takes back the spies of each test of a file, and stops the desktops that it started. */
export function useDesktops(): void {
  afterEach(async () => {
    vi.restoreAllMocks()
    await stopTestDesktops()
  })
}
