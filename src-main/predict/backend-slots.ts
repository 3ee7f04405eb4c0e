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
  /** Backends that are reserved for one prediction: how it is told that it is alone, undefined once it was told. */
  readonly #reserved = new Map<Backend, (() => void) | undefined>()

  /** Takes a slot of a backend that was just seen to have a free one. */
  take(backend: Backend): void {
    backend.inFlight++
  }

  /** Releases a slot and grants it to the first waiter for this backend. */
  release(backend: Backend): void {
    backend.inFlight--
    if (backend.isReserved && this.#serveReserved(backend)) return
    if (this.#queue.size > 0) this.#grantFree(backend)
  }

  /**
   * Takes a slot once nothing else runs on the backend. No other request gets one until this slot is released.
   * One prediction at a time may ask for it.
   * @param timeoutMs milliseconds
   */
  async alone(backend: Backend, timeoutMs: number, cancellation: Cancellation): Promise<'alone' | WaitEnd> {
    backend.isReserved = true
    if (backend.inFlight === 0) {
      this.#reserved.set(backend, undefined)
      this.take(backend)
      return 'alone'
    }
    return waitFor<'alone'>(
      (grant) => {
        this.#reserved.set(backend, () => grant('alone'))
        return () => {
          this.#endReserved(backend)
          this.#grantFree(backend)
        }
      },
      timeoutMs,
      cancellation,
    )
  }

  /** Returns whether others still get no slot of it. */
  #serveReserved(backend: Backend): boolean {
    const grant = this.#reserved.get(backend)
    if (grant === undefined) {
      this.#endReserved(backend)
      return false
    }
    if (backend.inFlight > 0) return true
    this.#reserved.set(backend, undefined)
    this.take(backend)
    grant()
    return true
  }

  #endReserved(backend: Backend): void {
    this.#reserved.delete(backend)
    backend.isReserved = false
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
