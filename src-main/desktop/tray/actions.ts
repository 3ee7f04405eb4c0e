/** What the items of the tray menu do. */
import path from 'node:path'
import { app, clipboard } from 'electron'
import { ownBase, type Desktop } from '../desktop.ts'
import { errorText } from '../../platform/errors.ts'
import type { PasswordRemoval } from '../lifecycle/password-removal.ts'
import type { Startup } from '../lifecycle/startup.ts'
import { openFolder, openLogs } from '../system/folders.ts'
import type { LaunchAtLogin } from '../system/launch-at-login.ts'
import { APP_NAME } from '../system/names.ts'
import { openExternal } from '../window/security.ts'
import { viewUrl } from '../window/view-url.ts'
import type { AppWindow } from '../window/window.ts'
import type { TrayActions } from './tray-model.ts'

/** The parts of the desktop that the menu acts on. */
export interface TrayParts {
  readonly startup: Startup
  readonly window: AppWindow
  readonly passwordRemoval: PasswordRemoval
  readonly launchAtLogin: LaunchAtLogin
}

function setLaunchAtLogin({ log, notifications }: Desktop, launchAtLogin: LaunchAtLogin, on: boolean): void {
  try {
    launchAtLogin.set(on)
  } catch (error) {
    log.error({ error: errorText(error) }, 'launch at login could not be saved')
    notifications.show(APP_NAME, errorText(error), () => undefined)
  }
}

export function trayActions(desktop: Desktop, parts: TrayParts): TrayActions {
  const { service, log } = desktop
  const { startup, window, passwordRemoval, launchAtLogin } = parts
  const { recorder, store } = service.parts
  return {
    open: ({ page }) => window.show(page),
    browse: () => {
      const base = ownBase(service)
      if (base !== undefined) openExternal(viewUrl(base, 'config'), log)
    },
    copy: ({ text }) => void clipboard.writeText(text),
    debug: ({ on }) => recorder.setEnabled(on),
    'launch-at-login': ({ on }) => setLaunchAtLogin(desktop, launchAtLogin, on),
    'remove-password': () => void passwordRemoval.ask(),
    'config-folder': () => openFolder(path.dirname(store.file), log),
    logs: () => openLogs(log),
    retry: () => void startup.attempt(),
    'change-port': () => void startup.changePort(),
    quit: () => app.quit(),
  }
}
