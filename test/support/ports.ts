/** Ports for tests that must name one before anybody listens on it. */
import { createServer } from 'node:net'

/** Below the ports that systems give to whoever asks for any, so that no connection and no other test takes one. */
const FIRST_PORT = 20_000
const PORTS = 10_000

const handedOut = new Set<number>()

/** Whether nobody listens on a port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A port that is free now, and that nobody else in this process is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await isFree(port)) return port
  }
}
