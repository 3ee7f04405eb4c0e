/** The run without a desktop. */
import { homedir } from 'node:os'
import path from 'node:path'
import { AppError, errorText } from './errors.ts'
import type { Flags } from './flags.ts'
import { userDataFolder } from './folders.ts'
import { createLogger } from './log.ts'
import { createService, type Service } from './service.ts'
import { version } from './package-info.ts'

/** The exit code when the service cannot start, as with a port that is taken. */
const EXIT_CANNOT_START = 1

/** What is printed when the service listens. */
export function banner(service: Service): string {
  const { addresses, configFile } = service.status()
  const [local = '', ...others] = addresses
  return [
    `Immich ML Proxy ${version}`,
    `  configuration  ${path.dirname(configFile)}`,
    `  open           ${local}/config`,
    ...others.map((address) => `                 ${address}/config`),
    `  for Immich     ${others[0] ?? local}`,
    '',
  ].join('\n')
}

/** What is printed for `--reset-password`. */
export function resetMessage(removed: boolean): string {
  return removed ? 'The password was removed; set a new one on the page /config\n' : 'No password was set\n'
}

/** Resolves with the first signal that asks the program to end. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => resolve(signal))
    }
  })
}

/**
 * Serves until a signal ends it.
 * @returns the exit code
 */
export async function runHeadless(flags: Flags): Promise<number> {
  const log = await createLogger(flags.logLevel)
  const folder = flags.userDataDir ?? userDataFolder(process.platform, process.env, homedir())
  const ended = untilSignal()
  let service: Service
  try {
    service = await createService({
      userDataDir: path.resolve(folder),
      host: flags.host,
      port: flags.port,
      debug: flags.debug,
      log,
    })
    if (flags.resetPassword) process.stdout.write(resetMessage(service.resetPassword()))
    await service.start()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`immich-ml-proxy: ${error.message}\n`)
    return EXIT_CANNOT_START
  }
  process.stdout.write(banner(service))
  const signal = await ended
  log.info({ signal }, 'stopping')
  try {
    await service.stop()
  } catch (error) {
    log.error({ error: errorText(error) }, 'not everything could be closed')
  }
  return 0
}
