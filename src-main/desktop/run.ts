/** Puts the desktop on the service; wiring only. */
import { existsSync } from 'node:fs'
import { app } from 'electron'
import { errorText } from '../platform/errors.ts'
import type { Flags } from '../platform/flags.ts'
import type { Logger } from '../platform/log.ts'
import type { Service } from '../app/service.ts'
import { openLogs, ownBase, trayActions } from './tray/actions.ts'
import { onTrayChange, trayState } from './tray/gather.ts'
import { LaunchAtLogin, startedAtLogin } from './system/launch-at-login.ts'
import { lockDown } from './window/lock-down.ts'
import { APP_NAME } from './system/names.ts'
import { Notifications, tellHealth } from './system/notifications.ts'
import { PasswordRemoval } from './lifecycle/password-removal.ts'
import { followPower } from './system/power.ts'
import { setApplicationMenu } from './lifecycle/prepare.ts'
import { Quitter } from './lifecycle/quit.ts'
import { followStarts } from './lifecycle/second-start.ts'
import { Startup } from './lifecycle/startup.ts'
import { AppTray } from './tray/tray.ts'
import { tellUncaught } from './lifecycle/uncaught.ts'
import { windowEntry } from './window/window-entry.ts'
import { AppWindow } from './window/window.ts'

/** Brings the app forward in whatever state it is: its window, or the question why it cannot serve. */
function comeForward(service: Service, startup: Startup, window: AppWindow): void {
  if (startup.problem !== undefined) void startup.ask()
  else if (service.address !== undefined) window.bringForward()
  else startup.once('started', () => window.bringForward())
}

/** Takes the parts down; one that fails keeps no other from ending, least of all the service. */
function stopAll(stops: readonly (() => void)[], log: Logger): void {
  for (const stop of stops) {
    try {
      stop()
    } catch (error) {
      log.error({ error: errorText(error) }, 'a part of the desktop could not be stopped')
    }
  }
}

function createWindow(service: Service, notifications: Notifications): AppWindow {
  return new AppWindow({
    userDataDir: app.getPath('userData'),
    log: service.log,
    base: () => ownBase(service),
    entry: windowEntry(service),
    foreignListenerAnswers: () => service.foreignListenerAnswers(),
    tellPortConflict: () => {
      const words =
        'Another program on this computer has taken the port of the app: end it or choose another port.'
      notifications.show(APP_NAME, words, () => undefined)
    },
  })
}

/** Runs the desktop around a service that does not listen yet; once the app is ready. */
export async function runDesktop(
  flags: Flags,
  service: Service,
  log: Logger,
  notifications = new Notifications(),
): Promise<void> {
  const { store } = service
  const firstRun = !existsSync(store.file)
  const atLogin = startedAtLogin(flags.hidden)
  tellUncaught({
    log,
    notifications,
    showLogs: () => openLogs(log),
    close: () => service.stop(0),
    isQuiet: atLogin,
  })
  lockDown(() => ownBase(service), log)
  setApplicationMenu()

  const startup = new Startup({ service, quit: () => app.quit() })
  const window = createWindow(service, notifications)
  const passwordRemoval = new PasswordRemoval(service)
  // Only a folder that was named has to be named at login too; by then another folder may be the current one.
  const userDataDir = flags.userDataDir === undefined ? undefined : app.getPath('userData')
  const launchAtLogin = new LaunchAtLogin({ store, log, userDataDir })
  const deps = { service, startup, window, passwordRemoval, launchAtLogin, notifications }
  const tray = new AppTray(() => trayState(service, startup, launchAtLogin), trayActions(deps))
  const forward = (): void => comeForward(service, startup, window)
  const stops = [
    onTrayChange(service, startup, tray.refresh),
    tellHealth(service, notifications, forward),
    followPower(service),
    () => window.destroy(),
    () => tray.destroy(),
  ]
  const close = async (graceMs: number): Promise<void> => {
    stopAll(stops, log)
    await service.stop(graceMs)
  }
  new Quitter({ log, close, isBusy: () => service.work.inFlight > 0 }).listen()

  launchAtLogin.follow()
  followStarts({ comeForward: forward, askForReset: () => void passwordRemoval.ask() })
  tray.onClick(forward)
  service.on('moved', () => window.follow())
  if (firstRun && !atLogin) startup.once('started', forward)
  await startup.attempt()
}
