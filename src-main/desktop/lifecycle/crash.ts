/** Uncaught errors: after an uncaught exception the app starts again, or asks if that happens repeatedly. */
import { setTimeout as sleep } from 'node:timers/promises'
import { app, dialog } from 'electron'
import type { Desktop } from '../desktop.ts'
import { CRASH_CLOSE_MS, CRASH_NOTIFY_MS } from '../limits.ts'
import { errorText } from '../../platform/errors.ts'
import { EXIT_CRASHED } from '../../platform/exit-codes.ts'
import { openLogs } from '../system/folders.ts'
import { APP_NAME } from '../system/names.ts'
import { ask } from './ask.ts'
import { restartApp, takeRestart } from './restart.ts'

const RESTART = 0

/** Closes everything, for a limited time: whatever has failed may keep it from closing. */
async function closeAll({ log, service, cleanup }: Desktop): Promise<void> {
  cleanup.run(log)
  const closed = service.stop(0).catch((problem: unknown) => {
    log.error({ error: errorText(problem) }, 'not everything could be closed')
  })
  await Promise.race([closed, sleep(CRASH_CLOSE_MS)])
}

function mayRestart({ log }: Desktop): boolean {
  try {
    return takeRestart(app.getPath('userData'), Date.now())
  } catch (error) {
    log.error({ error: errorText(error) }, 'no restart, as it could not be noted')
    return false
  }
}

/** Resolves with whether the user wants the app to start again. */
async function askToRestart(error: unknown): Promise<boolean> {
  const answer = await ask({
    type: 'error',
    title: APP_NAME,
    message: `${APP_NAME} has stopped after an error`,
    detail: `${errorText(error)}\n\nPredictions are not served. The log has more: ${app.getPath('logs')}`,
    buttons: ['Restart', 'Quit'],
    defaultId: RESTART,
    cancelId: 1,
    noLink: true,
  })
  return answer === RESTART
}

async function recover(error: unknown, desktop: Desktop): Promise<void> {
  await closeAll(desktop)
  if (mayRestart(desktop)) {
    const body = `It starts again after an error: ${errorText(error)}`
    desktop.notifications.show(APP_NAME, body, () => undefined)
    await sleep(CRASH_NOTIFY_MS)
    restartApp()
  } else if (await askToRestart(error)) {
    restartApp()
  }
}

/**
 * Handles errors that no code caught.
 *
 * After an uncaught exception the state of the program is unknown, so the service is closed and the app starts again
 * without a window. If it crashes again within ten minutes, it asks the user and stays as it is until the answer. An
 * unhandled rejection is logged and shown, and the app goes on: only the operation that was awaited has failed.
 */
export function setupCrashHandling(desktop: Desktop): void {
  const { log, notifications } = desktop
  let isEnding = false
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception')
    if (isEnding) return
    isEnding = true
    void recover(error, desktop)
      .catch((problem: unknown) => {
        log.fatal({ error: errorText(problem) }, 'the app could not be restarted')
        dialog.showErrorBox(APP_NAME, `The app must end after an error: ${errorText(error)}`)
      })
      .finally(() => app.exit(EXIT_CRASHED))
  })
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled rejection')
    notifications.show(`${APP_NAME}: something went wrong`, errorText(error), () => openLogs(log))
  })
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    log.error({ type, reason, exitCode }, 'a helper process of Electron ended unexpectedly')
  })
}
