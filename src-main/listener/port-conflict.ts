/**
 * Detects a foreign listener: another program that answers at our address. On macOS and Windows a program may hold
 * 127.0.0.1:PORT while this service holds 0.0.0.0:PORT. The system reports no conflict, and connections from this
 * computer reach the other program.
 */
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { PORT_PROBE_MS } from './limits.ts'

const LOOPBACK = '127.0.0.1'
const WILDCARDS = new Set(['0.0.0.0', '::'])

/**
 * Whether a host stands for all addresses. Only then can another program listen on a single address of the same port.
 */
export function isWildcard(host: string): boolean {
  return WILDCARDS.has(host)
}

/**
 * Connects to a port of this computer and waits until `server` reports that very connection.
 * @param limitMs how long the server may take to report it, milliseconds
 * @returns true where a connection was made that the server did not report. False where nothing accepts connections
 */
export function foreignListenerAnswers(
  server: Server,
  port: number,
  limitMs = PORT_PROBE_MS,
): Promise<boolean> {
  return new Promise((resolve) => {
    /** The client ports of the connections that the server reported. */
    const reported = new Set<number | undefined>()
    const probe = connect({ host: LOOPBACK, port })
    const end = (answer: boolean): void => {
      clearTimeout(limit)
      server.off('connection', onConnection)
      probe.destroy()
      resolve(answer)
    }
    const check = (): void => {
      if (probe.localPort !== undefined && reported.has(probe.localPort)) end(false)
    }
    const onConnection = ({ remotePort }: Socket): void => {
      reported.add(remotePort)
      check()
    }
    // Two turns of the event loop: connections that arrived while the process was busy are reported first.
    const limit = setTimeout(() => setImmediate(() => setImmediate(() => end(!probe.connecting))), limitMs)
    server.on('connection', onConnection)
    probe.once('connect', check)
    // Refused: nothing listens on the loopback address.
    probe.on('error', () => end(false))
  })
}
