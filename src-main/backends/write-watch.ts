/** Detects that a backend has stopped reading a request. */
import { WRITE_CHECK_MS, WRITE_STALL_MS } from './limits.ts'
import type { Opened } from './connector.ts'

/**
 * Bytes of the current write that the system has not accepted yet; undefined where Node does not expose them. Node's
 * public counters change only when a write is done, and a whole photo can be one write.
 */
function unsentBytes({ tcp }: Opened): number | undefined {
  const { _handle: handle } = tcp as typeof tcp & { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize
}

export interface WatchedExchange {
  /** Called once, when the system has taken no byte of the request for WRITE_STALL_MS. */
  onStall(): void
}

/**
 * Watches the writing of the requests of one connection, one at a time. Whether the backend has read the bytes that the
 * system accepted is unknown, so a stall of a request of less than some 45 KB is never detected.
 */
export class WriteWatch {
  readonly #opened: Opened
  /** The request that is being written; undefined once the system has accepted all of it. */
  #exchange: WatchedExchange | undefined
  #unsent: number | undefined
  #unwritten = 0
  /** When some of it was taken last, on the monotonic clock, milliseconds. */
  #since = 0

  constructor(opened: Opened) {
    this.#opened = opened
    // One timer for each connection: one for each request would cost more than the rest of this class.
    const timer = setInterval(() => this.#check(), WRITE_CHECK_MS).unref()
    opened.socket.once('close', () => {
      clearInterval(timer)
      this.end()
    })
  }

  /** To be called when a request is about to be written. */
  begin(exchange: WatchedExchange): void {
    this.#exchange = exchange
    this.#unsent = undefined
  }

  /**
   * To be called when it has ended. undici's client outlives its connections, and what is watched has the body of the
   * request: it kept the whole block of the buffer pool, 31 MB after 64 photos at once.
   */
  end(): void {
    this.#exchange = undefined
  }

  #check(): void {
    if (this.#exchange === undefined) return
    const now = performance.now()
    const unsent = unsentBytes(this.#opened)
    const { writableLength } = this.#opened.socket
    if (writableLength === 0 || unsent === undefined) {
      this.#exchange = undefined
    } else if (unsent !== this.#unsent || writableLength !== this.#unwritten) {
      this.#unsent = unsent
      this.#unwritten = writableLength
      this.#since = now
    } else if (now - this.#since >= WRITE_STALL_MS) {
      this.#exchange.onStall()
      this.#exchange = undefined
    }
  }
}
