/** A machine-learning server of HTTP or HTTPS that notes the headers it is sent, and answers as a test says. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { listening } from './listening.ts'

export class NotingBackend {
  /** The requests received, in order. */
  readonly seen: { url: string; headers: IncomingHttpHeaders }[] = []
  /** Called once the body was read. */
  answer: (request: IncomingMessage, response: ServerResponse) => void = (request, response) => {
    if (request.url?.endsWith('/ping') === true) response.end('pong')
    else response.setHeader('content-type', 'application/json').end('{"clip":"[1]"}')
  }
  readonly #scheme: 'http' | 'https'
  readonly #server: ReturnType<typeof createServer>
  #port = 0

  /** @param tls of a server for HTTPS */
  private constructor(tls: ServerOptions | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.seen.push({ url: request.url ?? '', headers: request.headers })
      request.resume().once('end', () => this.answer(request, response))
    }
    this.#scheme = tls === undefined ? 'http' : 'https'
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  }

  static async start(tls?: ServerOptions): Promise<NotingBackend> {
    const backend = new NotingBackend(tls)
    backend.#port = await listening(backend.#server)
    return backend
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`
  }

  /** The values of a header in all requests. */
  values(name: string): unknown[] {
    return this.seen.map(({ headers }) => headers[name])
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
