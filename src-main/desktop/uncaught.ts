/** Errors that nobody caught: logged and told. */
import { app, dialog } from 'electron'
import { errorText } from '../errors.ts'
import type { Logger } from '../log.ts'
import { APP_NAME } from './names.ts'
import { notify } from './notifications.ts'

const EXIT_CRASHED = 1

/**
 * An exception that nobody caught leaves the program in a state that nobody knows: it is told and the app ends.
 * A promise that nobody waited for is told too, but what it belonged to has ended by itself.
 */
export function tellUncaught(log: Logger, showLogs: () => void): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the app ends after an error that was not caught')
    dialog.showErrorBox(
      `${APP_NAME} must end`,
      `Something went wrong: ${errorText(error)}\n\nThe log says more: ${app.getPath('logs')}`,
    )
    app.exit(EXIT_CRASHED)
  })
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'an error was not caught')
    if (app.isReady()) notify(`${APP_NAME}: something went wrong`, errorText(error), showLogs)
  })
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    log.error({ type, reason, exitCode }, 'a helper process of Electron broke down')
  })
}
