/** Has servers of a test listen on loopback. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/**
 * Has a server listen.
 * @param port any free one by default
 * @returns the port
 * @throws {Error} where it cannot listen there
 */
export async function listening(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Has a server listen, and returns its URL for HTTP. */
export async function urlOf(server: Server): Promise<string> {
  return `http://127.0.0.1:${await listening(server)}`
}
