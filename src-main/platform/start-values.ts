/** The values of a start, from the command line or the environment: where and how to serve. Pure. */
import { isIP } from 'node:net'
import { LOG_LEVELS, type LogLevel } from './log.ts'

/**
 * A command line or an environment that cannot be used. The message names the flag or the variable; the program prints
 * it and ends with exit code 2.
 */
export class FlagError extends Error {}

const MAX_PORT = 65_535

/**
 * @param name what the value was given as: `--port` or `IMP_PORT`
 * @throws {FlagError}
 */
export function parsePort(name: string, text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > MAX_PORT) {
    throw new FlagError(`${name}=${text}: must be a whole number from 0 to ${MAX_PORT} (0: any free port)`)
  }
  return port
}

/** @throws {FlagError} */
export function parseLogLevel(name: string, text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) throw new FlagError(`${name}=${text}: must be one of ${LOG_LEVELS.join(', ')}`)
  return level
}

/**
 * A host without the brackets of an IPv6 address, which URLs need and `listen` refuses. Whether it is one of this computer
 * shows when it is listened on.
 * @param name as for {@link parsePort}
 * @throws {FlagError} for what no host can be, as a URL or an address with a port
 */
export function parseHost(name: string, text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 || /^[^\s/:@]+$/.test(host)) return host
  throw new FlagError(
    `${name}=${text}: must be an address of this computer such as 0.0.0.0, without http:// and without a port`,
  )
}
