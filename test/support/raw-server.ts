/** A server that answers byte by byte what a test says: for what Node's own servers do not send. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What is done with a connection once a request has arrived on it whole. */
export type Respond = (socket: Socket, request: string) => void

export class RawServer {
  /** Connections ever opened to it. */
  accepted = 0
  /** The requests, bodies included, in order. */
  readonly requests: string[] = []
  respond: Respond
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(respond: Respond) {
    this.respond = respond
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(respond: Respond): Promise<RawServer> {
    const server = new RawServer(respond)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #serve(socket: Socket): void {
    this.accepted++
    this.#sockets.add(socket)
    let received = ''
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      const head = received.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
      if (head === -1 || received.length < head + 4 + length) return
      this.requests.push(received)
      this.respond(socket, received)
      received = ''
    })
  }
}

/** The bytes of an answer. */
export function httpAnswer(
  status: string,
  body: Buffer | string = '',
  headers: readonly string[] = [],
): Buffer {
  const content = Buffer.from(body)
  const lines = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${content.length}`]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), content])
}

/** Writes some bytes in chunks, each in a packet of its own. */
export async function writeApart(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  socket.setNoDelay(true)
  for (const chunk of chunks) {
    await new Promise((resolve) => socket.write(chunk, resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
