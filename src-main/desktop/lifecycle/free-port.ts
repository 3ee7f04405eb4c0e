/** Looks for a port that nobody listens on. */
import { createServer, type AddressInfo } from 'node:net'
import { LAST_PRIVILEGED_PORT } from '../../listener/limits.ts'
import { PORTS_TO_TRY } from '../limits.ts'
import { portProblem } from '../../../src-shared/config/ports.ts'
import { isWildcard } from '../../listener/port-conflict.ts'

const MAX_PORT = 65_535
const LOOPBACK = '127.0.0.1'

/** Listens for a moment; resolves with the port, or with undefined where it cannot be had. */
export type TryPort = (port: number, host: string) => Promise<number | undefined>

const tryPort: TryPort = (port, host) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host, exclusive: true }, () => {
      const { port: given } = server.address() as AddressInfo
      server.close(() => resolve(given))
    })
  })

/** A wildcard may be had on macOS and Windows although another program holds the port on 127.0.0.1. */
async function isFree(port: number, host: string, attempt: TryPort): Promise<boolean> {
  if ((await attempt(port, host)) === undefined) return false
  return !isWildcard(host) || (await attempt(port, LOOPBACK)) !== undefined
}

/**
 * The next free port after one that every user may have; where there is none near, any that the system gives.
 * Undefined where the host itself cannot be used.
 */
export async function nextFreePort(
  after: number,
  host: string,
  attempt: TryPort = tryPort,
): Promise<number | undefined> {
  const first = Math.max(after, LAST_PRIVILEGED_PORT) + 1
  const last = Math.min(first + PORTS_TO_TRY - 1, MAX_PORT)
  for (let port = first; port <= last; port++) {
    if (portProblem(port) === undefined && (await isFree(port, host, attempt))) return port
  }
  return attempt(0, host)
}
