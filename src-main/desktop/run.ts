/** The desktop around a service: every part is set up here, in this order. */
import { existsSync } from 'node:fs'
import type { Service } from '../app/service.ts'
import type { Flags } from '../platform/flags.ts'
import type { Logger } from '../platform/log.ts'
import { Cleanup, type Desktop } from './desktop.ts'
import { setupCrashHandling } from './lifecycle/crash.ts'
import { PasswordRemoval } from './lifecycle/password-removal.ts'
import { Pausing } from './lifecycle/pausing.ts'
import { setupQuit } from './lifecycle/quit.ts'
import { runSafely } from './lifecycle/run-safely.ts'
import { setupSecondInstance } from './lifecycle/second-instance.ts'
import { setupStartup, type Startup } from './lifecycle/startup.ts'
import { setupLaunchAtLogin, wasOpenedAtLogin } from './system/launch-at-login.ts'
import { setupHealthNotifications, type Notifications } from './system/notifications.ts'
import { setupPower } from './system/power.ts'
import { setupUpdateCheck } from './system/update-check.ts'
import { trayActions } from './tray/actions.ts'
import { setupTray } from './tray/tray.ts'
import { setupApplicationMenu } from './window/application-menu.ts'
import { setupWebSecurity } from './window/security.ts'
import { setupWindow, type AppWindow } from './window/window.ts'

export interface DesktopOptions {
  readonly flags: Flags
  /** Does not listen yet. */
  readonly service: Service
  readonly log: Logger
  readonly notifications: Notifications
}

/** Shows the window, or the question why the service could not be started. */
function showApp({ service }: Desktop, startup: Startup, window: AppWindow): void | Promise<void> {
  if (startup.problem !== undefined) return startup.ask()
  if (service.address !== undefined) window.bringForward()
  else startup.once('started', () => window.bringForward())
}

/** Sets up the desktop and starts the service. The app must be ready. */
export async function runDesktop(options: DesktopOptions): Promise<void> {
  const openedAtLogin = wasOpenedAtLogin(options.flags.hidden)
  const desktop: Desktop = { ...options, openedAtLogin, cleanup: new Cleanup() }
  const { service, log } = desktop
  const isFirstRun = !existsSync(service.store.file)

  setupCrashHandling(desktop)
  setupWebSecurity(desktop)
  const startup = setupStartup(service)
  const window = setupWindow(desktop)
  const passwordRemoval = new PasswordRemoval(service)
  const pausing = new Pausing(service)
  const launchAtLogin = setupLaunchAtLogin(desktop)
  const updateCheck = setupUpdateCheck(desktop)
  const parts = { startup, window, passwordRemoval, pausing, launchAtLogin, updateCheck }
  const actions = trayActions(desktop, parts)
  setupApplicationMenu(desktop, actions)
  const show = (): void => runSafely(log, 'showing the app', () => showApp(desktop, startup, window))
  setupTray(desktop, parts, actions, show)
  setupHealthNotifications(desktop, show)
  setupPower(desktop)
  setupSecondInstance({
    showApp: show,
    askToRemovePassword: () => runSafely(log, 'removing the password', () => passwordRemoval.ask()),
  })
  setupQuit(desktop)

  if (isFirstRun && !openedAtLogin) startup.once('started', show)
  await startup.attempt()
}
