/** The client of a request went away while the request was worked on: nobody is there to read an answer. */
export class ClientGone extends Error {}

/**
 * Tells everybody who works for a request that its client went away. An AbortSignal does the same, but making one and
 * listening to it costs a search query more than its whole routing.
 */
export class Cancellation {
  readonly #listeners = new Set<() => void>()
  #cancelled = false

  get cancelled(): boolean {
    return this.#cancelled
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    for (const listener of [...this.#listeners]) listener()
    this.#listeners.clear()
  }

  /** Calls back once when it is cancelled; at once when it is already. */
  listen(listener: () => void): void {
    if (this.#cancelled) listener()
    else this.#listeners.add(listener)
  }

  forget(listener: () => void): void {
    this.#listeners.delete(listener)
  }
}
