/** The slots of the backends: how many predictions run on each, and who waits for one. */
import type { Backend } from '../backends/backend.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { waitFor, WaitQueue, type QueuePosition, type WaitEnd } from './queue.ts'

/** What a wait ends with: the backend of the slot that was taken, or `changed` when the choice should be made anew. */
export type SlotWait = Backend | 'changed' | WaitEnd

interface Waiting {
  readonly backends: readonly Backend[]
  readonly grant: (granted: Backend | 'changed') => void
}

/**
 * Counts the predictions on each backend against its `maxConcurrent`; a request that finds it full waits by its queue
 * position.
 */
export class BackendSlots {
  readonly #queue = new WaitQueue<Waiting>()

  /** Takes a slot of a backend that was just seen to have a free one. */
  take(backend: Backend): void {
    backend.inFlight++
  }

  /** Releases a slot and grants it to the first waiter for this backend. */
  release(backend: Backend): void {
    backend.inFlight--
    if (this.#queue.size > 0) this.#grantFree(backend)
  }

  /**
   * Waits for a slot of any of the backends.
   * @returns the backend, its slot taken; or how the wait ended without one
   */
  wait(
    backends: readonly Backend[],
    position: QueuePosition,
    timeoutMs: number,
    cancellation: Cancellation,
  ): Promise<SlotWait> {
    return waitFor<Backend | 'changed'>(
      (grant) => {
        const waiter = { position, item: { backends, grant } }
        this.#queue.add(waiter)
        return () => this.#queue.remove(waiter)
      },
      timeoutMs,
      cancellation,
    )
  }

  /** How many predictions wait for a slot of this backend, perhaps among others. */
  waitingFor(backend: Backend): number {
    return this.#queue.count((waiting) => waiting.backends.includes(backend))
  }

  /**
   * Ends all waits with `changed`, after the health or the limits of backends changed: another choice may be better
   * now. Whoever waits again keeps its position.
   */
  rechoose(): void {
    for (const waiting of this.#queue.takeAll()) waiting.grant('changed')
  }

  #grantFree(backend: Backend): void {
    while (backend.hasFreeSlot) {
      const next = this.#queue.takeFirst((waiting) => waiting.backends.includes(backend))
      if (next === undefined) return
      this.take(backend)
      next.grant(backend)
    }
  }
}
