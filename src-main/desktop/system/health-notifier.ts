/** Decides when to notify of a change of the overall health: at most once a minute. Free of Electron. */
import type { Overall } from '../../../src-shared/api.ts'
import { NOTIFY_EVERY_MS, NOTIFY_SETTLE_MS } from '../limits.ts'

/**
 * A degraded service still serves every route, so it is up. One that waits or is paused is neither: it is not well, and
 * somebody wants it so, or images are kept until a backend comes.
 */
export type NotifiedState = 'down' | 'up'

export interface HealthNotifierOptions {
  readonly enabled: () => boolean
  readonly notify: (state: NotifiedState) => void
}

/**
 * Owns what the user was last told of overall health. A state is told once it has lasted, and only where it differs
 * from that.
 */
export class HealthNotifier {
  readonly #options: HealthNotifierOptions
  /** The state of the last notification. Without one the user assumes that the service is up. */
  #notified: NotifiedState = 'up'
  #current: NotifiedState = 'up'
  #lastAt = -Infinity
  /** "Down" is not notified before this time, as the network comes up later than the app. */
  #settledAt = performance.now() + NOTIFY_SETTLE_MS
  #timer: NodeJS.Timeout | undefined

  constructor(options: HealthNotifierOptions) {
    this.#options = options
  }

  readonly onOverall = (overall: Overall): void => {
    const isBetween = overall === 'waiting' || overall === 'paused'
    // Between the two nothing is told: what was told last still holds.
    this.#current = isBetween ? this.#notified : overall === 'down' ? 'down' : 'up'
    // When the last backend was removed, neither "down" nor "up again" is true.
    if (overall === 'idle') this.#notified = 'up'
    this.#update()
  }

  /** After sleep, as after the start, the network takes a moment to come up. */
  readonly onResume = (): void => {
    this.#settledAt = performance.now() + NOTIFY_SETTLE_MS
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Notifies of the current state once that is allowed. Changes that cancel each other out until then are skipped. */
  readonly #update = (): void => {
    clearTimeout(this.#timer)
    if (this.#current === this.#notified) return
    const settledAt = this.#current === 'down' ? this.#settledAt : -Infinity
    const waitMs = Math.max(this.#lastAt + NOTIFY_EVERY_MS, settledAt) - performance.now()
    if (waitMs > 0) {
      this.#timer = setTimeout(this.#update, waitMs)
      return
    }
    this.#notified = this.#current
    if (!this.#options.enabled()) return
    this.#lastAt = performance.now()
    this.#options.notify(this.#current)
  }
}
