/** A TCP relay between a client and the proxy that can be cut. Bytes go through unchanged. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class Relay {
  readonly #target: () => number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port: number
  /** Connections whose request begins like this are reset, as `GET /api/events`. */
  refused: string | undefined

  /**
   * @param target the port of the proxy on 127.0.0.1, at each connection
   * @param port any free one by default
   */
  constructor(target: () => number, port = 0) {
    this.#target = target
    this.#port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens, after a cut on the same port again; nothing happens where it listens already. */
  async start(): Promise<this> {
    if (this.#server !== undefined) return this
    const server = createServer((client) => this.#join(client))
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this
  }

  /** Resets every connection and refuses new ones. */
  async cut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await once(server, 'close')
  }

  #join(client: Socket): void {
    const proxy = connect(this.#target(), '127.0.0.1')
    for (const [socket, other] of [
      [client, proxy],
      [proxy, client],
    ] as const) {
      this.#sockets.add(socket)
      // An error of one side ends the other; the test sees it at the side that it holds.
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (this.refused !== undefined && chunk.toString('latin1').startsWith(this.refused))
        client.resetAndDestroy()
      else proxy.write(chunk)
    })
    proxy.pipe(client)
  }
}
