/**
 * A backend that answers a prediction as soon as the proxy has written it, and reads nothing before it is told to. It
 * learns of a prediction from undici in the proxy, which must run in the same process.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { listening } from './listening.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"clip":"[1]"}'
const PONG = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\npong'
/** Enough to tell a ping from a prediction. */
const BEGINNING_BYTES = 16
/** undici publishes on it before it writes a request to its connection. */
const CHANNEL = 'undici:client:sendHeaders'

interface Sent {
  readonly request: { readonly method: string }
  readonly socket: Socket
}

/** A connection that carries predictions. */
interface Connection {
  readonly socket: Socket
  readonly beginning: Buffer
}

export class HastyBackend {
  readonly name = 'hasty'
  readonly #server: Server
  #port = 0
  /** By the port of the other side, in the order in which they came. */
  readonly #connections = new Map<number, Connection>()
  readonly #events = new EventEmitter<{ connection: [] }>()

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async start(): Promise<HastyBackend> {
    const backend = new HastyBackend()
    backend.#port = await listening(backend.#server)
    subscribe(CHANNEL, backend.#onSent)
    return backend
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** How many connections have carried predictions. */
  get connections(): number {
    return this.#connections.size
  }

  /** Everything that came on each connection, read until the proxy has closed it. */
  readToTheEnd(): Promise<Buffer[]> {
    return Promise.all(
      Array.from(this.#connections.values(), async ({ socket, beginning }) => {
        const chunks = [beginning]
        socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume()
        if (!socket.closed) await once(socket, 'close')
        return Buffer.concat(chunks)
      }),
    )
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#onSent)
    for (const { socket } of this.#connections.values()) socket.destroy()
    this.#server.close()
  }

  #accept(socket: Socket): void {
    // The proxy may close a connection in the middle of a body.
    socket.on('error', () => undefined)
    const onReadable = (): void => {
      const beginning = socket.read(BEGINNING_BYTES) as Buffer | null
      if (beginning === null) return
      socket.off('readable', onReadable)
      if (beginning.toString('latin1').startsWith('GET /ping')) {
        socket.resume().end(PONG)
        return
      }
      this.#connections.set(socket.remotePort ?? 0, { socket, beginning })
      this.#events.emit('connection')
    }
    socket.on('readable', onReadable)
  }

  readonly #onSent = (message: unknown): void => {
    const { request, socket } = message as Sent
    if (request.method === 'POST' && socket.remotePort === this.#port)
      void this.#answer(socket.localPort ?? 0)
  }

  async #answer(port: number): Promise<void> {
    while (!this.#connections.has(port)) await once(this.#events, 'connection')
    this.#connections.get(port)?.socket.write(ANSWER)
  }
}
