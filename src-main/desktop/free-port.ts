/** Looks for a port that nobody listens on. */
import { createServer } from 'node:net'
import { PORTS_TO_TRY } from '../defaults.ts'

const MAX_PORT = 65_535

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** The next free port after one, or undefined where there is none near. */
export async function nextFreePort(after: number, host: string): Promise<number | undefined> {
  const last = Math.min(after + PORTS_TO_TRY, MAX_PORT)
  for (let port = after + 1; port <= last; port++) {
    if (await isFree(port, host)) return port
  }
  return undefined
}
