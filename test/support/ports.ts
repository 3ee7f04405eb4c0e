/** Free ports, for tests that must name one before anything listens on it. */
import { createServer } from 'node:net'

/** Systems give any free port from higher ranges, so no connection and no server of another test takes one of these. */
const FIRST_PORT = 20_000
const PORTS = 10_000

const handedOut = new Set<number>()

/** Whether nothing listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A port that is free now, and that this process is not given again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await isFree(port)) return port
  }
}
