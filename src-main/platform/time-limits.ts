/**
 * Time limits that hardly ever run out, many on one timer of the system. A timer of its own for each costs a search
 * query more than its routing: Node keeps a list per duration, made for the first and thrown away after the last.
 */

import { Bag, type Slot } from './bag.ts'

/** Node takes a longer one for 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface TimeLimit {
  /** Begins anew. */
  refresh(): void
  /** Ends it: it does not run out any more. False where it has ended already. */
  clear(): boolean
}

class Limit implements TimeLimit {
  /** When it runs out, on the monotonic clock in milliseconds. */
  at: number
  readonly onTimeout: () => void
  readonly #ms: number
  readonly #running: Bag<Limit>
  readonly #slot: Slot<Limit>

  constructor(running: Bag<Limit>, ms: number, onTimeout: () => void) {
    this.#running = running
    this.#ms = ms
    this.onTimeout = onTimeout
    this.at = performance.now() + ms
    this.#slot = running.add(this)
  }

  refresh(): void {
    this.at = performance.now() + this.#ms
  }

  clear(): boolean {
    return this.#running.remove(this.#slot)
  }
}

/** The time limits of one owner. They do not keep the process alive: what they limit does. */
export class TimeLimits {
  readonly #running = new Bag<Limit>()
  #timer: NodeJS.Timeout | undefined
  /** When the timer looks; limits that end or begin anew leave it as it is. */
  #looksAt = Infinity

  /** Calls back once after so many milliseconds, unless it is cleared or begins anew before. */
  start(ms: number, onTimeout: () => void): TimeLimit {
    const limit = new Limit(this.#running, ms, onTimeout)
    if (limit.at < this.#looksAt) this.#lookAt(limit.at)
    return limit
  }

  #lookAt(at: number): void {
    clearTimeout(this.#timer)
    this.#looksAt = at
    // Rounded up: a timer of the system may ring a fraction of a millisecond early.
    const waitMs = Math.max(1, Math.ceil(at - performance.now()))
    this.#timer = setTimeout(() => this.#look(), Math.min(waitMs, LONGEST_TIMER_MS)).unref()
  }

  #look(): void {
    this.#looksAt = Infinity
    const now = performance.now()
    try {
      for (const limit of this.#running) if (limit.at <= now && limit.clear()) limit.onTimeout()
    } finally {
      let next = Infinity
      for (const { at } of this.#running) next = Math.min(next, at)
      if (next < this.#looksAt) this.#lookAt(next)
    }
  }
}
