/** Electron's entry: reads the command line and runs the desktop, or with `--headless` the service alone. */
import { app, dialog } from 'electron'
import { readCommandLine } from './desktop/lifecycle/command-line.ts'
import { electronStoreWriter } from './desktop/system/config-writer.ts'
import { openLog } from './desktop/system/log-file.ts'
import { APP_NAME } from './desktop/system/names.ts'
import { Notifications } from './desktop/system/notifications.ts'
import { prepareApp } from './desktop/lifecycle/prepare.ts'
import { runDesktop } from './desktop/run.ts'
import { errorText } from './platform/errors.ts'
import type { Flags } from './platform/flags.ts'
import { resetMessage, runHeadless } from './app/headless.ts'
import { createLogger, type Logger } from './platform/log.ts'
import { createService } from './app/service.ts'

const EXIT_CANNOT_START = 1

async function openDesktopLog({ logLevel }: Flags): Promise<Logger> {
  try {
    return await openLog(app.getPath('logs'), logLevel)
  } catch (error) {
    const log = await createLogger(logLevel)
    log.warn({ error: errorText(error) }, 'the log file cannot be written')
    return log
  }
}

/** A notification as well as a line: on Windows a desktop app has no terminal. */
function tellReset(message: string, notifications: Notifications): void {
  process.stdout.write(message)
  notifications.show(APP_NAME, message.trim(), () => undefined)
}

async function startDesktop(flags: Flags, foreign: readonly string[]): Promise<void> {
  await app.whenReady()
  const log = await openDesktopLog(flags)
  if (foreign.length > 0) log.info({ foreign }, 'these arguments are left to Electron')
  if (app.commandLine.hasSwitch('no-sandbox')) {
    log.warn(
      'the pages run without a sandbox: this system allows none to the app; the README tells what helps',
    )
  }
  const notifications = new Notifications()
  const service = await createService({
    userDataDir: app.getPath('userData'),
    host: flags.host,
    port: flags.port,
    debug: flags.debug,
    log,
    writer: electronStoreWriter,
    desktop: true,
  })
  // Before it listens, so that no request comes in between. An error keeps the app from starting, as without a desktop.
  if (flags.resetPassword) tellReset(resetMessage(service.resetPassword()), notifications)
  await runDesktop(flags, service, log, notifications)
}

function cannotStart(error: unknown): void {
  dialog.showErrorBox(`${APP_NAME} cannot start`, errorText(error))
  app.exit(EXIT_CANNOT_START)
}

/** Ends the process: one that serves nothing must not keep running. */
function cannotServe(error: unknown): void {
  process.stderr.write(`immich-ml-proxy: ${errorText(error)}\n`)
  app.exit(EXIT_CANNOT_START)
}

/** Ends the headless run on a quit too: Chromium may receive a signal before Node does, and quits the app. */
function endOnQuit(): void {
  app.on('before-quit', (event) => {
    event.preventDefault()
    process.emit('SIGTERM')
  })
}

function main(): void {
  const line = readCommandLine(process.argv, app.isPackaged)
  if (line.kind === 'done') return app.exit(line.exitCode)
  const { flags, foreign } = line
  prepareApp(flags)
  // Nothing is awaited at the top level: Electron gets ready only after this module was loaded.
  if (flags.headless) {
    endOnQuit()
    runHeadless({ ...flags, userDataDir: app.getPath('userData') })
      .then((code) => app.exit(code))
      .catch(cannotServe)
  } else if (app.requestSingleInstanceLock()) {
    void startDesktop(flags, foreign).catch(cannotStart)
  } else {
    // Electron has told the app that runs already. It shows its window, and asks before it removes a password.
    if (flags.resetPassword) process.stdout.write('The app is running already; answer its question there\n')
    app.quit()
  }
}

main()
