/**
 * Whether another program answers in our place. On macOS and Windows it may hold 127.0.0.1:PORT beside our own
 * 0.0.0.0:PORT: the system reports no conflict, and whoever connects to this computer from within meets the other one.
 */
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { PORT_PROBE_MS } from './limits.ts'

const LOOPBACK = '127.0.0.1'
const WILDCARDS = new Set(['0.0.0.0', '::'])

/** Whether a host stands for all addresses, which leaves room for a program with a nearer one. */
export function isWildcard(host: string): boolean {
  return WILDCARDS.has(host)
}

/**
 * Connects to a port of this computer and looks whether our own server hears of that very connection.
 * @param limitMs how long our server may take to hear of it
 */
export function foreignListenerAnswers(
  server: Server,
  port: number,
  limitMs = PORT_PROBE_MS,
): Promise<boolean> {
  return new Promise((resolve) => {
    const heard = new Set<number | undefined>()
    const probe = connect({ host: LOOPBACK, port })
    const end = (answer: boolean): void => {
      clearTimeout(limit)
      server.off('connection', onConnection)
      probe.destroy()
      resolve(answer)
    }
    const check = (): void => {
      if (probe.localPort !== undefined && heard.has(probe.localPort)) end(false)
    }
    const onConnection = ({ remotePort }: Socket): void => {
      heard.add(remotePort)
      check()
    }
    // What waited while the process was busy is heard before the answer is given.
    const limit = setTimeout(() => setImmediate(() => setImmediate(() => end(!probe.connecting))), limitMs)
    server.on('connection', onConnection)
    probe.once('connect', check)
    // Where nobody takes the connection, nobody answers in our place.
    probe.on('error', () => end(false))
  })
}
