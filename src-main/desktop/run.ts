/** Puts the desktop on the service; wiring only. */
import { existsSync } from 'node:fs'
import { app } from 'electron'
import type { Flags } from '../flags.ts'
import type { Logger } from '../log.ts'
import type { Service } from '../service.ts'
import { tidyAfterWork } from '../tidy.ts'
import { openLogs, ownBase, trayActions } from './actions.ts'
import { onTrayChange, trayState } from './gather.ts'
import { followLaunchAtLogin, startedAtLogin } from './launch-at-login.ts'
import { lockDown } from './lock-down.ts'
import { tellHealth } from './notifications.ts'
import { PasswordRemoval } from './password-removal.ts'
import { followPower } from './power.ts'
import { setApplicationMenu } from './prepare.ts'
import { Quitter } from './quit.ts'
import { followStarts } from './second-start.ts'
import { Startup } from './startup.ts'
import { AppTray } from './tray.ts'
import { tellUncaught } from './uncaught.ts'
import { windowEntry } from './window-entry.ts'
import { AppWindow } from './window.ts'

/** Brings the app forward in whatever state it is: its window, or the question why it cannot serve. */
function comeForward(service: Service, startup: Startup, window: AppWindow): void {
  if (startup.problem !== undefined) void startup.ask()
  else if (service.address !== undefined) window.bringForward()
  else startup.once('started', () => window.bringForward())
}

/** Runs the desktop around a service that does not listen yet; once the app is ready. */
export async function runDesktop(flags: Flags, service: Service, log: Logger): Promise<void> {
  const { store } = service.parts
  const firstRun = !existsSync(store.file)
  const base = (): string | undefined => ownBase(service)
  tellUncaught(log, () => openLogs(log))
  lockDown(base, log)
  setApplicationMenu()

  const startup = new Startup({ service, quit: () => app.quit() })
  const window = new AppWindow({
    userDataDir: app.getPath('userData'),
    log,
    base,
    entry: windowEntry(service),
  })
  const passwordRemoval = new PasswordRemoval(service)
  const deps = { service, startup, window, passwordRemoval }
  const tray = new AppTray(() => trayState(service, startup), trayActions(deps))
  const forward = (): void => comeForward(service, startup, window)
  const stops = [
    onTrayChange(service, startup, tray.refresh),
    tellHealth(service, forward),
    followPower(service),
    tidyAfterWork(() => service.work),
    () => window.destroy(),
    () => tray.destroy(),
  ]
  const close = async (graceMs: number): Promise<void> => {
    for (const stop of stops) stop()
    await service.stop(graceMs)
  }
  new Quitter({ log, close, isBusy: () => service.work.inFlight > 0 }).listen()

  // Only a folder that was named has to be named at login too; by then another folder may be the current one.
  const userDataDir = flags.userDataDir === undefined ? undefined : app.getPath('userData')
  followLaunchAtLogin({ store, log, userDataDir })
  followStarts({ comeForward: forward, askForReset: () => void passwordRemoval.ask() })
  tray.onClick(forward)
  service.on('moved', () => window.follow())
  if (firstRun && !startedAtLogin(flags.hidden)) startup.once('started', forward)
  await startup.attempt()
}
