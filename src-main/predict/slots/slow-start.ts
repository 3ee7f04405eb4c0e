/** Limits the requests for a backend that came back: one until its first success, then two, four and so on. */

/**
 * A backend that came back loads its models under one lock. Requests that are sent meanwhile wait inside it, where a search
 * query cannot overtake them and no other backend can take them over.
 */
export class SlowStart {
  /** Infinity while there is no limit. */
  #allowed = Infinity
  #successes = 0

  get allowed(): number {
    return this.#allowed
  }

  /** Whether the backend has not answered since it came back. */
  get isReturning(): boolean {
    return this.#allowed === 1
  }

  restart(): void {
    this.#allowed = 1
    this.#successes = 0
  }

  /**
   * A request was answered: doubles the limit after as many successes.
   * @param limit the slow start ends at this number of requests
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
