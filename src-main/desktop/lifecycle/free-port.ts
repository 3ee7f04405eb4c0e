/** Finds a port that no program listens on. */
import { createServer, type AddressInfo } from 'node:net'
import { LAST_PRIVILEGED_PORT } from '../../listener/limits.ts'
import { PORTS_TO_TRY } from '../limits.ts'
import { portProblem } from '../../../src-shared/config/ports.ts'
import { isWildcard } from '../../listener/port-conflict.ts'

const MAX_PORT = 65_535
const LOOPBACK = '127.0.0.1'

/** Listens on a port for a moment. Resolves with the port, or with undefined if it cannot be listened on. */
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

/**
 * Whether a port is free. macOS and Windows let a program listen on a wildcard address while another one listens on
 * 127.0.0.1 with the same port, so loopback is tried as well.
 */
async function isFree(port: number, host: string, attempt: TryPort): Promise<boolean> {
  if ((await attempt(port, host)) === undefined) return false
  return !isWildcard(host) || (await attempt(port, LOOPBACK)) !== undefined
}

/**
 * Finds the next free port above `after` that needs no special rights. If none of the next {@link PORTS_TO_TRY} is
 * free, takes any port that the system offers.
 * @returns undefined if the host itself cannot be listened on
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
