/**
 * Decides when a look at this computer is made: only while there is work, and at most once in {@link LOOK_INTERVAL_MS}.
 * A look starts processes, and looks without work would keep a laptop awake.
 */
import type { Clock } from '../platform/clock.ts'
import { LOOK_INTERVAL_MS, LOOK_TIMEOUT_MS, WANTED_MS } from './limits.ts'

export interface LookerOptions {
  clock: Clock
  /**
   * Makes a look and takes in its result; undefined where no rule needs a look. Never rejects.
   * @param isFirst after a rest
   */
  look: (at: number, isFirst: boolean) => Promise<void> | undefined
  /** Whether one of Immich's queues waits. */
  queueWaits: () => boolean
}

export class Looker {
  readonly #options: LookerOptions
  #wantedAt = -Infinity
  /** When the last look began. */
  #lookedAt = -Infinity
  /** No look was made since the last work: the next one may find what has been there for long. */
  #isRested = true
  #running: Promise<void> | undefined
  #isFirst = false
  #cancelTimer: (() => void) | undefined
  #isStopped = false
  /** Looks that were made, since the start. */
  looks = 0

  constructor(options: LookerOptions) {
    this.#options = options
  }

  /**
   * To be called when there is work: a request came, or a queue has waiting jobs.
   * @returns the first look after a rest, for which the request waits, {@link LOOK_TIMEOUT_MS} at most; else undefined
   */
  wanted(): Promise<void> | undefined {
    this.#wantedAt = this.#options.clock.mono()
    if (this.#running === undefined && this.#cancelTimer === undefined) this.#next()
    return this.#isFirst ? this.#running : undefined
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer?.()
  }

  #isWanted(): boolean {
    const { clock, queueWaits } = this.#options
    return clock.mono() - this.#wantedAt < WANTED_MS || queueWaits()
  }

  #next(): void {
    if (this.#isStopped) return
    if (!this.#isWanted()) {
      this.#isRested = true
      return
    }
    const { clock } = this.#options
    const wait = this.#lookedAt + LOOK_INTERVAL_MS - clock.mono()
    if (wait <= 0) return this.#look()
    this.#cancelTimer = clock.after(wait, () => {
      this.#cancelTimer = undefined
      this.#next()
    })
  }

  #look(): void {
    const { clock, look } = this.#options
    const at = clock.mono()
    const isFirst = this.#isRested
    const looking = look(at, isFirst)
    // No rule needs a look, so no timer is set; the next request checks again.
    if (looking === undefined) return
    this.looks++
    this.#lookedAt = at
    this.#isRested = false
    this.#isFirst = isFirst
    let cancelLimit = (): void => undefined
    const limit = new Promise<void>((resolve) => (cancelLimit = clock.after(LOOK_TIMEOUT_MS, resolve)))
    // The limit ends the wait of the request alone. The look goes on, and no second one is begun meanwhile.
    this.#running = Promise.race([looking, limit])
    void looking.then(() => {
      cancelLimit()
      this.#running = undefined
      this.#isFirst = false
      this.#next()
    })
  }
}
