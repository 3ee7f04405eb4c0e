/** Uncaught errors: they are logged and shown, and an uncaught exception ends the app. */
import { setTimeout as sleep } from 'node:timers/promises'
import { app, dialog } from 'electron'
import type { Desktop } from '../desktop.ts'
import { CRASH_CLOSE_MS, CRASH_NOTIFY_MS } from '../limits.ts'
import { errorText } from '../../platform/errors.ts'
import { APP_NAME } from '../system/names.ts'
import { openLogs } from '../system/folders.ts'

const EXIT_CRASHED = 1

async function closeAndTell(error: unknown, desktop: Desktop): Promise<void> {
  const { log, notifications, service, openedAtLogin } = desktop
  const closed = service.stop(0).catch((problem: unknown) => {
    log.error({ error: errorText(problem) }, 'not everything could be closed')
  })
  // The service is closed first: the error box blocks the process, and clients would wait for answers meanwhile.
  await Promise.race([closed, sleep(CRASH_CLOSE_MS)])
  const title = `${APP_NAME} must end`
  const text = `Something went wrong: ${errorText(error)}`
  if (openedAtLogin) {
    notifications.show(title, text, () => openLogs(log))
    await sleep(CRASH_NOTIFY_MS)
  } else {
    dialog.showErrorBox(title, `${text}\n\nThe log says more: ${app.getPath('logs')}`)
  }
}

/**
 * Handles errors that no code caught.
 *
 * After an uncaught exception the state of the program is unknown, so the app ends. An unhandled rejection is logged
 * and shown, and the app goes on: only the operation that was awaited has failed.
 */
export function setupCrashHandling(desktop: Desktop): void {
  const { log, notifications } = desktop
  let isEnding = false
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception, the app ends')
    if (isEnding) return
    isEnding = true
    void closeAndTell(error, desktop).finally(() => app.exit(EXIT_CRASHED))
  })
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection')
    if (app.isReady())
      notifications.show(`${APP_NAME}: something went wrong`, errorText(error), () => openLogs(log))
  })
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    log.error({ type, reason, exitCode }, 'a helper process of Electron ended unexpectedly')
  })
}
