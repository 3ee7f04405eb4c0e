/** Opens folders in the file manager of the system. */
import { app, shell } from 'electron'
import type { Logger } from '../../platform/log.ts'

/** Opens a folder in the file manager; a failure is logged. */
export function openFolder(folder: string, log: Logger): void {
  void shell.openPath(folder).then((problem) => {
    if (problem !== '') log.warn({ folder, problem }, 'the folder could not be opened')
  })
}

export function openLogs(log: Logger): void {
  openFolder(app.getPath('logs'), log)
}
