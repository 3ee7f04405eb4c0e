/** Runs the service without a desktop, until a signal ends it. */
import { homedir } from 'node:os'
import path from 'node:path'
import type { ServiceOptions } from './service-options.ts'
import { KEEP_ALIVE_MS, SIGNAL_ECHO_MS } from './limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import { EXIT_CANNOT_START, EXIT_STILL_PAUSED } from '../platform/exit-codes.ts'
import { isInContainer } from '../platform/container.ts'
import type { Flags } from '../platform/flags.ts'
import { userDataFolder } from '../platform/folders.ts'
import { createLogger, type Logger } from '../platform/log.ts'
import { createService, type Service } from './service.ts'
import { NO_PASSWORD_IN_CONTAINER } from './status-report.ts'
import { version } from '../platform/package-info.ts'

/** The addresses above it are those of the container, unless it uses the network of its host. */
const CONTAINER_NOTE =
  '                 from outside this container: the address of its host, with the port that is published'

/** The text that is printed when the service listens: where its configuration is, and which URLs to open. */
export function banner(service: Service): string {
  const { addresses, configFile, container } = service.status()
  const [local = '', ...others] = addresses
  return [
    `Immich ML Proxy ${version}`,
    `  configuration  ${path.dirname(configFile)}`,
    `  open           ${local}/config`,
    ...others.map((address) => `                 ${address}/config`),
    `  for Immich     ${others[0] ?? local}`,
    ...(container ? [CONTAINER_NOTE] : []),
    '',
  ].join('\n')
}

/** The line that is printed for `--reset-password`. */
export function resetMessage(removed: boolean): string {
  return removed ? 'The password was removed; set a new one on the page /config\n' : 'No password was set\n'
}

/** Resumes what the queue guard has paused. Returns the exit code: 1 where something may still be paused. */
async function resumeQueues(service: Service): Promise<number> {
  // The guard's timers keep no process alive, and nothing listens.
  const alive = setInterval(() => undefined, KEEP_ALIVE_MS)
  const left = await service.resumeQueues().finally(() => clearInterval(alive))
  await service.stop(0)
  const text = left.length === 0 ? 'No queue of Immich is paused by this program' : left.join('\n')
  process.stdout.write(`${text}\n`)
  return left.length === 0 ? 0 : EXIT_STILL_PAUSED
}

/**
 * Resolves with the next SIGINT or SIGTERM.
 * @param echoOf a signal that has just come. The same one within SIGNAL_ECHO_MS is ignored: a dependency of conf
 *   sends each signal a second time
 */
function nextSignal(echoOf?: NodeJS.Signals): Promise<NodeJS.Signals> {
  const since = performance.now()
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        const isEcho = signal === echoOf && performance.now() - since < SIGNAL_ECHO_MS
        if (!isEcho) resolve(signal)
      })
    }
  })
}

/** Lets requests in flight finish; a second signal drops them. */
async function stop(service: Service, signal: NodeJS.Signals): Promise<void> {
  const { inFlight } = service.work
  if (inFlight > 0) {
    const requests = inFlight === 1 ? '1 request' : `${inFlight} requests`
    process.stderr.write(`immich-ml-proxy: waiting for ${requests} to finish; once more to end now\n`)
  }
  const impatient = nextSignal(signal).then(() => service.stop(0))
  await Promise.race([service.stop(), impatient])
}

/** Logs the facts about this start that a reader of the log needs. */
function tellAtStart(service: Service, { follower }: Flags, log: Logger): void {
  if (service.status().container && !service.auth.passwordSet) log.warn(NO_PASSWORD_IN_CONTAINER)
  if (follower) log.info('a follower: this copy guards no queues, wakes, starts and pauses nothing')
}

/**
 * Serves until a signal ends it, or resumes Immich's queues and ends by itself (`--resume-queues`).
 * @param forkLookupChild as in {@link ServiceOptions}
 * @returns the exit code: 1 where the service cannot start
 */
export async function runHeadless(
  flags: Flags,
  forkLookupChild?: ServiceOptions['forkLookupChild'],
): Promise<number> {
  const log = await createLogger(flags.logLevel)
  const folder = flags.userDataDir ?? userDataFolder(process.platform, process.env, homedir())
  const container = isInContainer(process.env)
  const ended = nextSignal()
  let service: Service
  try {
    service = await createService({
      userDataDir: path.resolve(folder),
      host: flags.host,
      port: flags.port,
      debug: flags.debug,
      firstConfig: flags.firstConfig,
      follower: flags.follower,
      container,
      ...(forkLookupChild === undefined ? {} : { forkLookupChild }),
      log,
    })
    if (flags.resumeQueues) return await resumeQueues(service)
    if (flags.resetPassword) process.stdout.write(resetMessage(service.resetPassword()))
    await service.start()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`immich-ml-proxy: ${error.message}\n`)
    return EXIT_CANNOT_START
  }
  process.stdout.write(banner(service))
  tellAtStart(service, flags, log)
  const signal = await ended
  log.info({ signal }, 'stopping')
  try {
    await stop(service, signal)
  } catch (error) {
    log.error({ error: errorText(error) }, 'not everything could be closed')
  }
  return 0
}
