/** The client of a request went away while the request was worked on: no answer can be delivered. */
export class ClientGone extends Error {}

/**
 * Cancels the work for a request whose client went away. An AbortSignal would do the same, but making one and
 * listening to it takes longer than routing a search query.
 */
export class Cancellation {
  /** Mostly there is one listener: it needs no set. */
  #only: (() => void) | undefined
  #others: Set<() => void> | undefined
  #cancelled = false

  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Calls all listeners. A second call does nothing. */
  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    const listeners = [...(this.#only === undefined ? [] : [this.#only]), ...(this.#others ?? [])]
    this.#only = undefined
    this.#others = undefined
    for (const listener of listeners) listener()
  }

  /** Calls `listener` once when it is cancelled; at once where it is already. */
  listen(listener: () => void): void {
    if (this.#cancelled) listener()
    else if (this.#only === undefined) this.#only = listener
    else (this.#others ??= new Set()).add(listener)
  }

  /** Removes a listener. */
  forget(listener: () => void): void {
    if (this.#only === listener) this.#only = undefined
    else this.#others?.delete(listener)
  }
}
