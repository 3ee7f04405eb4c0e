/** Measures the time between an answer and the client's next image. */
import type { Rhythm } from '../../../src-shared/routing/by-speed.ts'
import { PAUSE_MOST_MS, PAUSE_WEIGHT, PAUSES_KEPT } from './limits.ts'

/**
 * The mean pause of clients that send one image after the other, milliseconds. The client of an image is not known: each
 * image is paired with the oldest answer that has none, which does not change the mean.
 */
export class Pauses {
  /** Times of answers without a following image, the oldest first. */
  readonly #answeredAt: number[] = []
  #pauseMs = 0

  /** An image was answered. */
  answered(now: number): void {
    this.#forgetOld(now)
    if (this.#answeredAt.length < PAUSES_KEPT) this.#answeredAt.push(now)
  }

  /** An image came. */
  came(now: number): void {
    this.#forgetOld(now)
    const answeredAt = this.#answeredAt.shift()
    if (answeredAt === undefined) return
    this.#pauseMs = this.#pauseMs * (1 - PAUSE_WEIGHT) + (now - answeredAt) * PAUSE_WEIGHT
  }

  rhythm(now: number): Rhythm {
    this.#forgetOld(now)
    return { pauseMs: this.#pauseMs, pausing: this.#answeredAt.length }
  }

  #forgetOld(now: number): void {
    while (now - (this.#answeredAt[0] ?? now) > PAUSE_MOST_MS) this.#answeredAt.shift()
  }
}
