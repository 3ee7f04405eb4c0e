/** The end of a server, without losing what is in flight. */
import type { Server, ServerResponse } from 'node:http'
import { EVENTS_LAST_WORD_MS } from '../http/limits.ts'
import { CLOSE_IDLE_EVERY_MS } from './limits.ts'

/** A stream lasts as long as its browser wants; the browser opens another one where this ends. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream')
}

/** The end of a server: of what is idle at once, of the rest when it is done or the time is over. */
export class Closing {
  readonly ended: Promise<void>
  readonly #server: Server
  #cutOff: NodeJS.Timeout | undefined
  /** On the monotonic clock, milliseconds. */
  #cutOffAt = Infinity

  /** @param answers the latest of each connection, finished ones too */
  constructor(server: Server, answers: ReadonlyMap<unknown, ServerResponse>) {
    this.#server = server
    // By a stream its page hears where the service has gone.
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
