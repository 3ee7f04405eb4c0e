/** Tells when the whole turns down and when it is well again, at most one a minute. No Electron in here. */
import type { Overall } from '../../../src-shared/api.ts'
import { NOTIFY_EVERY_MS, NOTIFY_SETTLE_MS } from '../limits.ts'

export interface HealthNotifierOptions {
  readonly enabled: () => boolean
  readonly notify: (state: 'down' | 'well') => void
}

export class HealthNotifier {
  readonly #options: HealthNotifierOptions
  /** What the user was told last; without a word all is taken to be well. */
  #told: 'down' | 'well' = 'well'
  #current: 'down' | 'well' = 'well'
  #lastAt = -Infinity
  /** Until then down is not told: the network comes up later than the app. */
  #settledAt = performance.now() + NOTIFY_SETTLE_MS
  #timer: NodeJS.Timeout | undefined

  constructor(options: HealthNotifierOptions) {
    this.#options = options
  }

  readonly onOverall = (overall: Overall): void => {
    this.#current = overall === 'down' ? 'down' : 'well'
    // With the last backend gone nothing is well again, and nothing is missing either.
    if (overall === 'idle') this.#told = 'well'
    this.#tell()
  }

  /** The computer was asleep: as after a start, the network takes a moment. */
  readonly onResume = (): void => {
    this.#settledAt = performance.now() + NOTIFY_SETTLE_MS
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** A change back and forth within the minute is told as what it came to, that is not at all. */
  readonly #tell = (): void => {
    clearTimeout(this.#timer)
    if (this.#current === this.#told) return
    const settled = this.#current === 'down' ? this.#settledAt : -Infinity
    const wait = Math.max(this.#lastAt + NOTIFY_EVERY_MS, settled) - performance.now()
    if (wait > 0) {
      this.#timer = setTimeout(this.#tell, wait)
      return
    }
    this.#told = this.#current
    if (!this.#options.enabled()) return
    this.#lastAt = performance.now()
    this.#options.notify(this.#current)
  }
}
