/**
 * Tells whether a backend may have read the request whole before its connection was reset.
 *
 * A photo may end the worker that reads it, and then each further worker that it is sent to. But a backend also closes
 * idle connections, just when a request is sent on one, or one that it does not want to read to its end: such a request
 * can be sent again at once. Both look alike on the connection, so they are told apart by the time and by the bytes
 * that were still to be sent.
 */
import type { Socket } from 'node:net'
import { errorCode } from '../platform/errors.ts'
import { IDLE_CLOSE_AFTER_MS, IDLE_CLOSE_WITHIN_MS, IDLE_CONNECTION_MS } from './limits.ts'

/** Watches the end of one connection, which carries one request at a time. Times are of the monotonic clock. */
export class ResetWatch {
  /** When the last request was answered; undefined before. */
  #answeredAt: number | undefined
  #begunAt = 0
  /** The connection had been idle when the request was sent. */
  #wasIdle = false
  /** The loop has not turned twice since the request was sent on an idle connection, however long that took. */
  #isJustSent = false
  /**
   * The connection had been idle for longer than one is kept, as this program was busy: the backend closes it when its
   * own timer fires, perhaps with the request unread in its socket, which the system tells as a reset.
   */
  #wasOverdue = false
  /** The backend may have read the request whole; set when the connection ends. */
  #wasRead: boolean | undefined

  /** @param socket before undici listens to it, which destroys it and with it the knowledge of what was not sent */
  constructor(socket: Socket) {
    const onEnd = (error?: Error): void => {
      // An idle connection is closed in order. A system that has seen that close reports EPIPE and not ECONNRESET.
      const isInOrder = error === undefined || errorCode(error) === 'EPIPE'
      const isIdleClose = this.#wasOverdue || (isInOrder && this.#isIdleClose(performance.now()))
      this.#wasRead ??= socket.writableLength === 0 && !isIdleClose
    }
    socket.once('end', () => onEnd())
    // Beside the connector's listener, which owns the errors of the socket.
    socket.once('error', onEnd)
  }

  /** To be called when a request is about to be written. */
  begin(): void {
    this.#begunAt = performance.now()
    const idleMs = this.#answeredAt === undefined ? 0 : this.#begunAt - this.#answeredAt
    this.#wasIdle = idleMs >= IDLE_CLOSE_AFTER_MS
    this.#wasOverdue = idleMs > IDLE_CONNECTION_MS + IDLE_CLOSE_AFTER_MS
    if (!this.#wasIdle) return
    this.#isJustSent = true
    setImmediate(() => setImmediate(() => (this.#isJustSent = false)))
  }

  /** To be called when its answer is complete. */
  answered(): void {
    this.#answeredAt = performance.now()
  }

  /** Whether the backend may have read the last request whole. To be asked when the connection has been reset. */
  get wasRead(): boolean {
    return this.#wasRead ?? true
  }

  #isIdleClose(now: number): boolean {
    return this.#wasIdle && (this.#isJustSent || now - this.#begunAt <= IDLE_CLOSE_WITHIN_MS)
  }
}
