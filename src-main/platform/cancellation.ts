/** The client of a request went away while the request was worked on: no answer can be delivered. */
export class ClientGone extends Error {}

/**
 * Cancels the work for a request whose client went away. An AbortSignal would do the same, but making one and
 * listening to it takes longer than routing a search query.
 */
export class Cancellation {
  readonly #listeners = new Set<() => void>()
  #cancelled = false

  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Calls all listeners. A second call does nothing. */
  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    for (const listener of [...this.#listeners]) listener()
    this.#listeners.clear()
  }

  /** Calls `listener` once when it is cancelled; at once where it is already. */
  listen(listener: () => void): void {
    if (this.#cancelled) listener()
    else this.#listeners.add(listener)
  }

  /** Removes a listener. */
  forget(listener: () => void): void {
    this.#listeners.delete(listener)
  }
}
