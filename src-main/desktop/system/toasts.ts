/** Whether the notifications of the system may be used. */
import { app } from 'electron'
import { programFile } from './program.ts'

/**
 * On Windows Electron writes a Start menu shortcut and a COM class into the registry as soon as an app uses
 * notifications, even if it only asks whether they are supported. Only the installed app does: its uninstaller removes
 * both, while a portable program and a development build would leave them behind, naming a file that is gone.
 */
export function canUseToasts(): boolean {
  if (process.platform !== 'win32') return true
  return app.isPackaged && programFile() === process.execPath
}
