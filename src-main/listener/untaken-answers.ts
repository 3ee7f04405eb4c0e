/**
 * Ends connections whose client does not read its answers. The bytes written for it stay in memory: eight clients that
 * never read used 2.95 GB.
 */
import type { Socket } from 'node:net'
import type { OpenConnections } from './connections.ts'
import { MAX_UNTAKEN_BYTES, UNTAKEN_CHECK_MS, UNTAKEN_MS } from './limits.ts'

/** The unread bytes of one client at the last check. */
interface Seen {
  /** Bytes of the write that is under way which the system has not taken. */
  readonly unsent: number
  /** All bytes that wait. */
  readonly waiting: number
  /** Since when nothing was taken, on the monotonic clock in milliseconds. */
  readonly since: number
}

/** Bytes of the write that is under way which the system has not taken: none of Node's public figures says so. */
function unsentBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize ?? 0
}

/** Limits that tests shorten. */
export interface UntakenLimits {
  /** How long a client may take nothing, milliseconds; {@link UNTAKEN_MS} by default. */
  readonly untakenMs?: number | undefined
  /** Bytes that wait for all clients together; {@link MAX_UNTAKEN_BYTES} by default. */
  readonly untakenBytes?: number | undefined
}

export class UntakenAnswers {
  readonly #connections: OpenConnections
  readonly #limitMs: number
  readonly #limitBytes: number
  readonly #seen = new WeakMap<Socket, Seen>()
  readonly #timer: NodeJS.Timeout

  /** Watches the connections of a server until {@link stop}. */
  constructor(connections: OpenConnections, limits: UntakenLimits = {}) {
    this.#connections = connections
    this.#limitMs = limits.untakenMs ?? UNTAKEN_MS
    this.#limitBytes = limits.untakenBytes ?? MAX_UNTAKEN_BYTES
    const everyMs = Math.min(UNTAKEN_CHECK_MS, this.#limitMs / 2)
    this.#timer = setInterval(() => this.#check(performance.now()), everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(now: number): void {
    let total = 0
    for (const socket of this.#connections.keys()) {
      if (socket.writableLength === 0) {
        this.#seen.delete(socket)
      } else if (now - this.#sinceOf(socket, now) >= this.#limitMs) {
        socket.destroy()
      } else {
        total += socket.writableLength
      }
    }
    if (total > this.#limitBytes) this.#endLargest(total)
  }

  /** Since when the client has taken nothing. */
  #sinceOf(socket: Socket, now: number): number {
    const unsent = unsentBytes(socket)
    const waiting = socket.writableLength
    const before = this.#seen.get(socket)
    if (before?.unsent === unsent && before.waiting === waiting) return before.since
    this.#seen.set(socket, { unsent, waiting, since: now })
    return now
  }

  #endLargest(total: number): void {
    const bySize = [...this.#connections.keys()].sort(
      (one, other) => other.writableLength - one.writableLength,
    )
    let left = total
    for (const socket of bySize) {
      if (left <= this.#limitBytes) return
      left -= socket.writableLength
      socket.destroy()
    }
  }
}
