/** Settings that Electron accepts only before the app is ready. */
import path from 'node:path'
import { app } from 'electron'
import type { Flags } from '../../platform/flags.ts'
import { APP_ID, TOAST_ACTIVATOR_CLSID } from '../system/names.ts'
import { canUseToasts } from '../system/toasts.ts'

/** Folder of the window's cookies and caches, inside the user data folder but apart from the files users edit. */
const BROWSER_FOLDER = 'browser'
const LOGS_FOLDER = 'logs'

/**
 * Sets folders, names and the sandbox. The user data folder is set first because the single-instance lock is bound to
 * it: two instances with different folders may run side by side.
 */
export function prepareApp(flags: Flags): void {
  if (flags.userDataDir !== undefined) app.setPath('userData', path.resolve(flags.userDataDir))
  app.setPath('sessionData', path.join(app.getPath('userData'), BROWSER_FOLDER))
  // The default on macOS is ~/Library/Logs, which all instances would share.
  app.setAppLogsPath(
    flags.userDataDir === undefined ? undefined : path.join(app.getPath('userData'), LOGS_FOLDER),
  )
  // Windows shows notifications only of apps whose id it knows.
  app.setAppUserModelId(APP_ID)
  // Without it Electron registers another COM class at each start.
  if (process.platform === 'win32' && canUseToasts()) app.setToastActivatorCLSID(TOAST_ACTIVATOR_CLSID)
  // app.enableSandbox() would remove --no-sandbox, which the starter of an AppImage adds if the system allows no sandbox.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  // The GPU process takes hundreds of MB of video memory, which machine learning on the same computer needs. If it fails
  // repeatedly, Chromium ends the whole app. Electron 38 to 41 also wanted --disable-gpu (electron#51363, #51817).
  app.disableHardwareAcceleration()
  // No Dock icon without a window, also in development; the packaged app has LSUIElement in its Info.plist.
  if (process.platform === 'darwin') app.setActivationPolicy('accessory')
}
