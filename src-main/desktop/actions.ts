/** What the items of the tray's menu do. */
import path from 'node:path'
import { app, clipboard, shell } from 'electron'
import { errorText } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Service } from '../service.ts'
import { openOutside } from './lock-down.ts'
import { notify } from './notifications.ts'
import { APP_NAME } from './names.ts'
import type { PasswordRemoval } from './password-removal.ts'
import type { Startup } from './startup.ts'
import type { TrayActions } from './tray.ts'
import { viewUrl } from './view-url.ts'
import type { AppWindow } from './window.ts'

export interface ActionDeps {
  readonly service: Service
  readonly startup: Startup
  readonly window: AppWindow
  readonly passwordRemoval: PasswordRemoval
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

function saveLaunchAtLogin({ parts }: Service, launchAtLogin: boolean): void {
  const { store, log } = parts
  try {
    // Not by way of a posted configuration: that must hold a backend, and this setting may come first.
    store.replace({ ...store.config, app: { ...store.config.app, launchAtLogin } })
  } catch (error) {
    log.error({ error: errorText(error) }, 'launch at login was not saved')
    notify(APP_NAME, errorText(error), () => undefined)
  }
}

export function trayActions({ service, startup, window, passwordRemoval }: ActionDeps): TrayActions {
  const { recorder, store, log } = service.parts
  return {
    open: ({ page }) => window.show(page),
    browse: () => {
      const base = ownBase(service)
      if (base !== undefined) openOutside(viewUrl(base, 'config'), log)
    },
    copy: ({ text }) => void clipboard.writeText(text),
    debug: ({ on }) => recorder.setEnabled(on),
    'launch-at-login': ({ on }) => saveLaunchAtLogin(service, on),
    'remove-password': () => void passwordRemoval.ask(),
    'config-folder': () => openFolder(path.dirname(store.file), log),
    logs: () => openLogs(log),
    retry: () => void startup.attempt(),
    'change-port': () => void startup.changePort(),
    quit: () => app.quit(),
  }
}
