/** Names of the app that users and systems see. */
import { APP_FOLDER } from '../../platform/folders.ts'

export const APP_NAME = APP_FOLDER
/** Connects windows and notifications to the installed app on Windows. Equals `appId` in electron-builder.yml. */
export const APP_ID = 'io.github.immich-ml-proxy'
/** Name of files that other programs read, such as the autostart entry. */
export const FILE_NAME = 'immich-ml-proxy'
/**
 * COM class that Windows calls when a notification is clicked. Electron registers it under HKCU\Software\Classes\CLSID and
 * in a Start menu shortcut; the uninstaller removes both by this id.
 */
export const TOAST_ACTIVATOR_CLSID = '{2F6C81CD-8F71-4AC0-918E-BD170B7D2024}'
