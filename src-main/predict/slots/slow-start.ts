/** Limits the requests for a backend that came back: one until its first success, then two, four and so on. */

/**
 * The models of a backend that came back load under one lock: what is sent meanwhile waits inside it, where a search
 * query cannot overtake and no other backend can take it.
 */
export class SlowStart {
  /** Infinity while there is nothing to be slow for. */
  #allowed = Infinity
  #successes = 0

  get allowed(): number {
    return this.#allowed
  }

  /** It has not answered since it came back. */
  get isReturning(): boolean {
    return this.#allowed === 1
  }

  restart(): void {
    this.#allowed = 1
    this.#successes = 0
  }

  /**
   * A request was answered.
   * @param limit what it ends at
   */
  succeed(limit: number): void {
    if (this.#allowed === Infinity) return
    this.#successes++
    if (this.#successes < this.#allowed) return
    this.#successes = 0
    this.#allowed *= 2
    if (this.#allowed >= limit) this.#allowed = Infinity
  }
}
