/** What the items of the tray menu do. */
import path from 'node:path'
import { app, clipboard } from 'electron'
import { REPOSITORY } from '../../../src-shared/project.ts'
import { ownBase, type Desktop } from '../desktop.ts'
import { errorText } from '../../platform/errors.ts'
import type { PasswordRemoval } from '../lifecycle/password-removal.ts'
import type { Pausing } from '../lifecycle/pausing.ts'
import { runSafely } from '../lifecycle/run-safely.ts'
import type { Startup } from '../lifecycle/startup.ts'
import { openFolder, openLogs } from '../system/folders.ts'
import type { LaunchAtLogin } from '../system/launch-at-login.ts'
import { APP_NAME } from '../system/names.ts'
import { releasePage } from '../system/releases.ts'
import { saveReport } from '../system/report.ts'
import type { UpdateCheck } from '../system/update-check.ts'
import { openExternal } from '../window/security.ts'
import { viewUrl } from '../window/view-url.ts'
import type { AppWindow } from '../window/window.ts'
import type { TrayAction, TrayActions } from './tray-model.ts'

/** The parts of the desktop that the menu acts on. */
export interface TrayParts {
  readonly startup: Startup
  readonly window: AppWindow
  readonly passwordRemoval: PasswordRemoval
  readonly pausing: Pausing
  readonly launchAtLogin: LaunchAtLogin
  readonly updateCheck: UpdateCheck
}

/** The actions of the menu. An error in one of them is thrown; {@link runTrayAction} handles it. */
export function trayActions(desktop: Desktop, parts: TrayParts): TrayActions {
  const { service, log } = desktop
  const { startup, window, passwordRemoval, pausing, launchAtLogin } = parts
  const { recorder, store } = service
  return {
    open: ({ page }) => window.show(page),
    browse: () => {
      const base = ownBase(service)
      if (base !== undefined) openExternal(viewUrl(base, 'config'), log)
    },
    copy: ({ text }) => clipboard.writeText(text),
    pause: ({ until }) => pausing.pause(until),
    resume: () => service.courtesy.resumeThisComputer(),
    debug: ({ on }) => recorder.setEnabled(on),
    'launch-at-login': ({ on }) => launchAtLogin.set(on),
    'remove-password': () => passwordRemoval.ask(),
    'config-folder': () => openFolder(path.dirname(store.file), log),
    logs: () => openLogs(log),
    report: () => saveReport(desktop),
    retry: () => startup.attempt(),
    'change-port': () => startup.changePort(),
    release: () => openExternal(releasePage(REPOSITORY), log),
    quit: () => app.quit(),
  }
}

/** Runs an action of the menu. An error is logged and shown, and ends neither the app nor the service. */
export function runTrayAction(
  { log, notifications }: Desktop,
  actions: TrayActions,
  action: TrayAction,
): void {
  // The handler accepts this action because it is stored under the action's name; TypeScript cannot derive that.
  const handler = actions[action.do] as (action: TrayAction) => void | Promise<void>
  runSafely(
    log,
    `the menu action "${action.do}"`,
    () => handler(action),
    (error) => {
      notifications.show(APP_NAME, errorText(error), () => openLogs(log))
    },
  )
}
