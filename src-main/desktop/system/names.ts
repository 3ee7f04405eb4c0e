/** Names of the app that users and systems see. */
import { APP_FOLDER } from '../../platform/folders.ts'

export const APP_NAME = APP_FOLDER
/** Connects windows and notifications to the installed app on Windows. Equals `appId` in electron-builder.yml. */
export const APP_ID = 'io.github.immich-ml-proxy'
/** Name of files that other programs read, such as the autostart entry. */
export const FILE_NAME = 'immich-ml-proxy'
