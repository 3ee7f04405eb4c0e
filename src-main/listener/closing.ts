/**
 * Closes a server without losing requests: those in flight, and those that clients are just sending on idle
 * connections.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { endStream } from '../http/answer.ts'
import { EVENTS_LAST_WORD_MS } from '../http/limits.ts'
import type { OpenConnections } from './connections.ts'
import { CLOSE_IDLE_EVERY_MS } from './limits.ts'

/** Event streams never end by themselves. The browser opens a new one where this one ends. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream')
}

/** How long a closing server waits for its clients, milliseconds. */
export interface Patience {
  /** How long requests in flight may take. */
  readonly graceMs: number
  /** How long a connection may be idle; 0 closes idle ones at once, and may reset a request that is just being sent. */
  readonly idleMs: number
  /** How long new connections are accepted. */
  readonly acceptMs: number
}

/**
 * Closes a server from its construction on. Each answer from then on tells its client to close the connection. Event
 * streams are closed after EVENTS_LAST_WORD_MS, the others as {@link Patience} says.
 */
export class Closing {
  /** Resolves when the last connection has closed. Never rejects. */
  readonly ended: Promise<void>
  readonly #server: Server
  readonly #connections: OpenConnections
  /** A stream stays open so long that its page is told the new address. */
  readonly #streamsUntil = performance.now() + EVENTS_LAST_WORD_MS
  #idleMs = Infinity
  #accept: NodeJS.Timeout | undefined
  #cutOff: NodeJS.Timeout | undefined
  /** On the monotonic clock, milliseconds. */
  #cutOffAt = Infinity

  constructor(server: Server, connections: OpenConnections) {
    this.#server = server
    this.#connections = connections
    // Before the listeners that answer: the header is written with the answer.
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.shouldKeepAlive = false
    })
    for (const { answer, waiting } of connections.values()) {
      const last = waiting.at(-1)?.response ?? answer
      if (last?.headersSent === false) last.shouldKeepAlive = false
    }
    const timer = setInterval(() => this.#closeIdle(), CLOSE_IDLE_EVERY_MS)
    this.ended = new Promise((resolve) => {
      server.once('close', () => {
        clearInterval(timer)
        clearTimeout(this.#cutOff)
        // Ends the timer that Node's server checks its connections with; nothing is left to be closed.
        server.close()
        resolve()
      })
    })
  }

  /**
   * Sets how long to wait for the clients. A later call can only shorten each wait.
   * @returns {@link ended}
   */
  within({ graceMs, idleMs, acceptMs }: Patience): Promise<void> {
    this.#idleMs = Math.min(this.#idleMs, idleMs)
    this.#closeIdle()
    if (acceptMs === 0) this.#stopAccepting()
    else this.#accept ??= setTimeout(() => this.#stopAccepting(), acceptMs)
    const cutOffAt = performance.now() + graceMs
    if (cutOffAt < this.#cutOffAt) {
      this.#cutOffAt = cutOffAt
      clearTimeout(this.#cutOff)
      this.#cutOff = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    }
    return this.ended
  }

  #stopAccepting(): void {
    clearTimeout(this.#accept)
    if (!this.#server.listening) return
    // Not `server.close()`, which closes idle connections at once: a request that a client is just sending on one would
    // be reset.
    NetServer.prototype.close.call(this.#server)
  }

  #closeIdle(): void {
    const now = performance.now()
    for (const [socket, { answer, idleSince }] of this.#connections) {
      if (idleSince !== undefined) {
        if (now - idleSince >= this.#idleMs) socket.destroy()
      } else if (answer?.headersSent === true && now >= this.#streamsUntil && isEventStream(answer)) {
        endStream(answer)
      }
    }
  }
}
