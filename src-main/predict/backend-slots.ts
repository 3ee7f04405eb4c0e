/** Places on the backends: how many predictions run on each, and who waits for one. */
import type { Backend } from '../backends/backend.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { waitFor, WaitQueue, type QueuePosition, type WaitEnd } from './queue.ts'

/** What a wait ends with: a reserved place on a backend, or `changed` when the choice should be made anew. */
export type PlaceWait = Backend | 'changed' | WaitEnd

interface Waiting {
  readonly backends: readonly Backend[]
  readonly grant: (place: Backend | 'changed') => void
}

/** Counts the predictions on each backend against its `maxConcurrent`, and lets those that wait in by their positions. */
export class BackendSlots {
  readonly #queue = new WaitQueue<Waiting>()

  /** Takes a place that was just seen to be free. */
  take(backend: Backend): void {
    backend.inFlight++
  }

  /** Gives a place back, to the first that waits for it. */
  release(backend: Backend): void {
    backend.inFlight--
    if (this.#queue.size > 0) this.#grantFree(backend)
  }

  /** Waits for a place on any of the backends; it is taken when this returns a backend. */
  wait(
    backends: readonly Backend[],
    position: QueuePosition,
    timeoutMs: number,
    cancellation: Cancellation,
  ): Promise<PlaceWait> {
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

  waitingFor(backend: Backend): number {
    return this.#queue.count((waiting) => waiting.backends.includes(backend))
  }

  /** Lets everybody choose anew, after the health or the limits of backends changed. Nobody loses their place. */
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
