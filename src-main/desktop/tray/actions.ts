/** What the items of the tray's menu do. */
import path from 'node:path'
import { app, clipboard, shell } from 'electron'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import type { Service } from '../../app/service.ts'
import type { LaunchAtLogin } from '../system/launch-at-login.ts'
import { openOutside } from '../window/lock-down.ts'
import { APP_NAME } from '../system/names.ts'
import type { Notifications } from '../system/notifications.ts'
import type { PasswordRemoval } from '../lifecycle/password-removal.ts'
import type { Startup } from '../lifecycle/startup.ts'
import type { TrayActions } from './tray.ts'
import { viewUrl } from '../window/view-url.ts'
import type { AppWindow } from '../window/window.ts'

export interface ActionDeps {
  readonly service: Service
  readonly startup: Startup
  readonly window: AppWindow
  readonly passwordRemoval: PasswordRemoval
  readonly launchAtLogin: LaunchAtLogin
  readonly notifications: Notifications
}

function openFolder(folder: string, log: Logger): void {
  void shell.openPath(folder).then((problem) => {
    if (problem !== '') log.warn({ folder, problem }, 'the folder could not be opened')
  })
}

/** Opens the folder of the logs in the system's file manager. */
export function openLogs(log: Logger): void {
  openFolder(app.getPath('logs'), log)
}

/** Where our own service is reached from this computer; undefined while it does not listen. */
export function ownBase(service: Service): string | undefined {
  return service.address === undefined ? undefined : service.status().addresses[0]
}

function setLaunchAtLogin({ service, launchAtLogin, notifications }: ActionDeps, on: boolean): void {
  try {
    launchAtLogin.set(on)
  } catch (error) {
    service.log.error({ error: errorText(error) }, 'launch at login was not saved')
    notifications.show(APP_NAME, errorText(error), () => undefined)
  }
}

export function trayActions(deps: ActionDeps): TrayActions {
  const { service, startup, window, passwordRemoval } = deps
  const { recorder, store, log } = service
  return {
    open: ({ page }) => window.show(page),
    browse: () => {
      const base = ownBase(service)
      if (base !== undefined) openOutside(viewUrl(base, 'config'), log)
    },
    copy: ({ text }) => void clipboard.writeText(text),
    debug: ({ on }) => recorder.setEnabled(on),
    'launch-at-login': ({ on }) => setLaunchAtLogin(deps, on),
    'remove-password': () => void passwordRemoval.ask(),
    'config-folder': () => openFolder(path.dirname(store.file), log),
    logs: () => openLogs(log),
    retry: () => void startup.attempt(),
    'change-port': () => void startup.changePort(),
    quit: () => app.quit(),
  }
}
