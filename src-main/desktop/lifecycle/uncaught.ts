/** Errors that nobody caught: logged and told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { app, dialog } from 'electron'
import { CRASH_CLOSE_MS, CRASH_NOTIFY_MS } from '../limits.ts'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { APP_NAME } from '../system/names.ts'
import type { Notifications } from '../system/notifications.ts'

const EXIT_CRASHED = 1

export interface UncaughtOptions {
  readonly log: Logger
  readonly notifications: Notifications
  readonly showLogs: () => void
  /** Closes the listener and its connections at once. */
  readonly close: () => Promise<void>
  /** Nobody asked for the app just now, as after a start at login: no dialog stands in the way. */
  readonly isQuiet: boolean
}

async function endAfter(error: unknown, options: UncaughtOptions): Promise<void> {
  const { log, notifications, showLogs, close, isQuiet } = options
  const closed = close().catch((problem: unknown) => {
    log.error({ error: errorText(problem) }, 'not everything could be closed')
  })
  // The dialog stops the process until somebody presses its button; by then nobody may wait for an answer of ours.
  await Promise.race([closed, sleep(CRASH_CLOSE_MS)])
  const title = `${APP_NAME} must end`
  const words = `Something went wrong: ${errorText(error)}`
  if (isQuiet) {
    notifications.show(title, words, showLogs)
    await sleep(CRASH_NOTIFY_MS)
  } else {
    dialog.showErrorBox(title, `${words}\n\nThe log says more: ${app.getPath('logs')}`)
  }
}

/**
 * An exception that nobody caught leaves the program in a state that nobody knows: it is told and the app ends.
 * A promise that nobody waited for is told too, but what it belonged to has ended by itself.
 */
export function tellUncaught(options: UncaughtOptions): void {
  const { log, notifications, showLogs } = options
  let isEnding = false
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the app ends after an error that was not caught')
    if (isEnding) return
    isEnding = true
    void endAfter(error, options).finally(() => app.exit(EXIT_CRASHED))
  })
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'an error was not caught')
    if (app.isReady()) notifications.show(`${APP_NAME}: something went wrong`, errorText(error), showLogs)
  })
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    log.error({ type, reason, exitCode }, 'a helper process of Electron broke down')
  })
}
