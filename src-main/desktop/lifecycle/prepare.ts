/** What must be said to Electron before it is ready. */
import path from 'node:path'
import { app, Menu } from 'electron'
import type { Flags } from '../../platform/flags.ts'
import { APP_ID } from '../system/names.ts'

/** Cookies and caches of the window, apart from the files that people look for. */
const BROWSER_FOLDER = 'browser'

/** Names, folders and the sandbox. The folder comes first: the single-instance lock hangs on it. */
export function prepareApp(flags: Flags): void {
  if (flags.userDataDir !== undefined) app.setPath('userData', path.resolve(flags.userDataDir))
  app.setPath('sessionData', path.join(app.getPath('userData'), BROWSER_FOLDER))
  app.setAppLogsPath()
  // Windows shows notifications only for an id that it knows.
  app.setAppUserModelId(APP_ID)
  app.enableSandbox()
  if (flags.headless && process.platform === 'linux') {
    // Chromium would look for a display, which a server has not, and end.
    app.commandLine.appendSwitch('ozone-platform', 'headless')
    app.commandLine.appendSwitch('disable-gpu')
  }
  // A tray app has no place in the Dock; the packaged one says so in its Info.plist.
  if (process.platform === 'darwin') app.setActivationPolicy('accessory')
}

/** On macOS the shortcuts for copy, paste and closing the window hang on a menu; elsewhere there would only be an empty bar. */
export function setApplicationMenu(): void {
  const roles = ['appMenu', 'fileMenu', 'editMenu', 'windowMenu'] as const
  const menu = process.platform === 'darwin' ? Menu.buildFromTemplate(roles.map((role) => ({ role }))) : null
  Menu.setApplicationMenu(menu)
}
