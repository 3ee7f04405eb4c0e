/** The headless service inside Electron: it serves without the desktop and without a display. */
import path from 'node:path'
import { app } from 'electron'
import { runHeadless } from '../../app/headless.ts'
import { errorText } from '../../platform/errors.ts'
import { EXIT_CRASHED } from '../../platform/exit-codes.ts'
import type { Flags } from '../../platform/flags.ts'
import { forkUtilityLookupChild } from '../system/lookup-child.ts'

function fail(error: unknown): void {
  process.stderr.write(`immich-ml-proxy: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`)
  app.exit(EXIT_CRASHED)
}

/**
 * Serves until a signal ends the service, then ends the process.
 *
 * The entry module must await this at its top level. Electron starts its toolkit, which needs a display on Linux, only
 * after that module has loaded; until then it runs Node's event loop (`NodeBindings::JoinAppCode` in Electron's
 * `PostEarlyInitialization`). Switches for a headless display cannot be set from here, because Chromium reads them
 * before any JavaScript runs.
 *
 * An uncaught error ends the process with code 1, as in plain Node, so that systemd or a container restarts it. Without
 * these listeners Electron would open an error box, and would only print a rejection.
 */
export async function serveHeadless(flags: Flags): Promise<void> {
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  try {
    const userDataDir = path.resolve(flags.userDataDir ?? app.getPath('userData'))
    app.exit(await runHeadless({ ...flags, userDataDir }, forkUtilityLookupChild))
  } catch (error) {
    process.stderr.write(`immich-ml-proxy: ${errorText(error)}\n`)
    app.exit(EXIT_CRASHED)
  } finally {
    process.off('uncaughtException', fail)
    process.off('unhandledRejection', fail)
  }
}
