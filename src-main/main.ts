/** Electron's entry: parses the command line and runs the desktop app, or the headless service. */
import { app, dialog } from 'electron'
import { resetMessage } from './app/headless.ts'
import { createService } from './app/service.ts'
import { readCommandLine } from './desktop/lifecycle/command-line.ts'
import { serveHeadless } from './desktop/lifecycle/headless.ts'
import { prepareApp } from './desktop/lifecycle/prepare.ts'
import { runDesktop } from './desktop/run.ts'
import { electronStoreWriter } from './desktop/system/config-writer.ts'
import { openLog } from './desktop/system/log-file.ts'
import { forkUtilityLookupChild } from './desktop/system/lookup-child.ts'
import { APP_NAME } from './desktop/system/names.ts'
import { Notifications } from './desktop/system/notifications.ts'
import { errorText } from './platform/errors.ts'
import { EXIT_CANNOT_START } from './platform/exit-codes.ts'
import type { Flags } from './platform/flags.ts'
import { ownStandardStreams } from './platform/log-output.ts'
import { createLogger, type Logger } from './platform/log.ts'

async function openDesktopLog({ logLevel }: Flags): Promise<Logger> {
  try {
    return openLog(app.getPath('logs'), logLevel)
  } catch (error) {
    const log = await createLogger(logLevel)
    log.warn({ error: errorText(error) }, 'the log file cannot be written')
    return log
  }
}

/** Reports the result of `--reset-password`. A desktop app on Windows has no terminal, hence the notification. */
function reportReset(message: string, notifications: Notifications): void {
  process.stdout.write(message)
  notifications.show(APP_NAME, message.trim(), () => undefined)
}

async function startDesktop(flags: Flags, foreign: readonly string[]): Promise<void> {
  await app.whenReady()
  const log = await openDesktopLog(flags)
  if (foreign.length > 0)
    log.info({ foreign }, 'arguments that are not flags of this app are left to Electron')
  if (app.commandLine.hasSwitch('no-sandbox')) {
    log.warn(
      'pages run without a sandbox because this system does not allow one; docs/packaging.md says what helps',
    )
  }
  const notifications = new Notifications(log)
  const service = await createService({
    userDataDir: app.getPath('userData'),
    host: flags.host,
    port: flags.port,
    debug: flags.debug,
    firstConfig: flags.firstConfig,
    follower: flags.follower,
    log,
    writer: electronStoreWriter,
    forkLookupChild: forkUtilityLookupChild,
    desktop: true,
  })
  // The password is removed before the service listens. An error ends the start, as in the headless service.
  if (flags.resetPassword) reportReset(resetMessage(service.resetPassword()), notifications)
  await runDesktop({ flags, service, log, notifications })
}

function failDesktopStart(error: unknown): void {
  dialog.showErrorBox(`${APP_NAME} cannot start`, errorText(error))
  app.exit(EXIT_CANNOT_START)
}

/**
 * Electron becomes ready only after this module has loaded. So the headless service, which needs no toolkit, is awaited
 * at the top level, and the start of the desktop is not.
 */
async function main(): Promise<void> {
  const line = readCommandLine(process.argv, app.isPackaged)
  if (line.kind === 'done') {
    app.exit(line.exitCode)
    return
  }
  const { flags, foreign } = line
  if (flags.headless || flags.resumeQueues) return serveHeadless(flags)
  prepareApp(flags)
  if (app.requestSingleInstanceLock()) {
    void startDesktop(flags, foreign).catch(failDesktopStart)
  } else {
    // Another instance runs. It has received the arguments, shows itself, and asks before it removes a password.
    if (flags.resetPassword) process.stdout.write('The app is running already; answer its question there\n')
    app.quit()
  }
}

ownStandardStreams()
await main()
