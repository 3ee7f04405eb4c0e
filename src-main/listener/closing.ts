/** Closing a server without losing requests in flight. */
import type { Server, ServerResponse } from 'node:http'
import { EVENTS_LAST_WORD_MS } from '../http/limits.ts'
import { CLOSE_IDLE_EVERY_MS } from './limits.ts'

/** Event streams never end by themselves. The browser opens a new one where this one ends. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream')
}

/**
 * Closes a server from its construction on: idle connections at once, event streams after EVENTS_LAST_WORD_MS, the
 * others when their answer is sent or the grace is over.
 */
export class Closing {
  /** Resolves when the last connection has closed. Never rejects. */
  readonly ended: Promise<void>
  readonly #server: Server
  #cutOff: NodeJS.Timeout | undefined
  /** On the monotonic clock, milliseconds. */
  #cutOffAt = Infinity

  /** @param answers the latest of each connection, finished ones too */
  constructor(server: Server, answers: ReadonlyMap<unknown, ServerResponse>) {
    this.#server = server
    // A stream stays open so long that its page is told the new address.
    const streamsUntil = performance.now() + EVENTS_LAST_WORD_MS
    const closeIdle = (): void => {
      for (const response of answers.values()) {
        if (!response.headersSent) response.shouldKeepAlive = false
        else if (performance.now() >= streamsUntil && isEventStream(response)) response.end()
      }
      server.closeIdleConnections()
    }
    closeIdle()
    const timer = setInterval(closeIdle, CLOSE_IDLE_EVERY_MS)
    this.ended = new Promise((resolve) => {
      server.close(() => {
        clearInterval(timer)
        clearTimeout(this.#cutOff)
        resolve()
      })
    })
  }

  /**
   * Destroys the connections that are left after `graceMs` milliseconds. A later call can only shorten that.
   * @returns {@link ended}
   */
  within(graceMs: number): Promise<void> {
    const cutOffAt = performance.now() + graceMs
    if (cutOffAt < this.#cutOffAt) {
      this.#cutOffAt = cutOffAt
      clearTimeout(this.#cutOff)
      this.#cutOff = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    }
    return this.ended
  }
}
