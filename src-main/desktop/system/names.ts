/** What the app is called where people and systems read it. */
import { APP_FOLDER } from '../../platform/folders.ts'

export const APP_NAME = APP_FOLDER
/** Ties windows and notifications to the installed app on Windows; the `appId` of electron-builder.yml. */
export const APP_ID = 'io.github.immich-ml-proxy'
/** The name of files that other programs see, such as the autostart entry. */
export const FILE_NAME = 'immich-ml-proxy'
