/**
 * A server in place of this proxy, as far as the queue guard sees it: it answers while a backend is up, else with 503,
 * and reports each image to the guard as the predictor does.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Immich } from '../../src-main/immich/immich.ts'
import { GUARDED_TASKS, type GuardedTask } from '../../src-shared/immich.ts'

const REASON = 'No healthy backend (gpu: connection refused)'

export class GuardedFront {
  /** How long an answer takes, milliseconds. */
  durationMs = 2
  /** How many images were answered, and how many were not. */
  answered = 0
  refused = 0
  readonly #server: Server
  readonly #immich: Immich
  #served = true

  constructor(immich: Immich) {
    this.#immich = immich
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.setServed(true)
    return this
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  /** Whether the only backend is up, which health checks report to the guard. */
  setServed(served: boolean): void {
    this.#served = served
    for (const task of GUARDED_TASKS) this.#immich.served(task, served)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = request.headers
    this.#immich.sawHost(host)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.url === '/ping') {
      response.writeHead(this.#served ? 200 : 503).end('pong')
      return
    }
    const body = Buffer.concat(chunks).toString('latin1')
    const task = GUARDED_TASKS.find((name) => body.includes(`{"${name}"`)) ?? 'clip'
    this.#immich.imageCame(task)
    await new Promise((resolve) => setTimeout(resolve, this.durationMs))
    if (this.#served) this.#succeed(task, response)
    else this.#refuse(task, host, response)
  }

  #succeed(task: GuardedTask, response: ServerResponse): void {
    this.answered++
    this.#immich.succeeded(task)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ [task]: '[0.1]' }))
  }

  #refuse(task: GuardedTask, host: string | undefined, response: ServerResponse): void {
    this.refused++
    this.#immich.lost({ task, reason: 'away', text: REASON, host })
    response.writeHead(503, REASON).end('{}')
  }
}
