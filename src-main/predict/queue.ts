/** Queues in which search queries stand before images, each group in the order of arrival. */
import type { Cancellation } from '../platform/cancellation.ts'

/** Where a request stands in every queue that it waits in. */
export interface QueuePosition {
  /** A person waits for a search query; an import can wait. */
  readonly isText: boolean
  /** Counts up in the order of arrival. A request that waits a second time keeps its number. */
  readonly number: number
}

/** Gives out one position per prediction, in the order of arrival. */
export class QueuePositions {
  #taken = 0

  /** How many predictions have taken one since the start. */
  get taken(): number {
    return this.#taken
  }

  /** The position of a prediction that has just arrived: an image's, until its entries show that it is a text. */
  take(): QueuePosition {
    return { isText: false, number: ++this.#taken }
  }
}

function isBefore(a: QueuePosition, b: QueuePosition): boolean {
  return a.isText === b.isText ? a.number < b.number : a.isText
}

export interface Waiter<T> {
  readonly position: QueuePosition
  readonly item: T
}

/** Waiters in the order in which they are served. */
export class WaitQueue<T> {
  readonly #waiters: Waiter<T>[] = []

  get size(): number {
    return this.#waiters.length
  }

  /** Whether somebody at this position would be served before all that wait. */
  wouldBeFirst(position: QueuePosition): boolean {
    const [first] = this.#waiters
    return first === undefined || isBefore(position, first.position)
  }

  add(waiter: Waiter<T>): void {
    const at = this.#waiters.findIndex((other) => isBefore(waiter.position, other.position))
    this.#waiters.splice(at === -1 ? this.#waiters.length : at, 0, waiter)
  }

  remove(waiter: Waiter<T>): void {
    const at = this.#waiters.indexOf(waiter)
    if (at !== -1) this.#waiters.splice(at, 1)
  }

  /** Looks at the first waiter without taking it out. */
  first(): T | undefined {
    return this.#waiters[0]?.item
  }

  /** Takes out the first waiter that `fits`, or returns undefined. */
  takeFirst(fits: (item: T) => boolean): T | undefined {
    const at = this.#waiters.findIndex(({ item }) => fits(item))
    return at === -1 ? undefined : this.#waiters.splice(at, 1)[0]?.item
  }

  takeAll(): T[] {
    return this.#waiters.splice(0).map(({ item }) => item)
  }

  count(matches: (item: T) => boolean): number {
    return this.#waiters.reduce((sum, { item }) => sum + (matches(item) ? 1 : 0), 0)
  }
}

/** How a wait ended without what was waited for. */
export type WaitEnd = 'timeout' | 'aborted'

/**
 * Waits until a value is granted, the time is over or the client went away.
 * @param enqueue puts the waiter into its queue and returns the way to take it out. The queue's owner takes it out before
 *   it calls `grant`, and does not call it within `enqueue`.
 * @param timeoutMs milliseconds
 * @returns the value that was granted; `timeout`; or `aborted` where the client went away
 */
export function waitFor<T>(
  enqueue: (grant: (value: T) => void) => () => void,
  timeoutMs: number,
  cancellation: Cancellation,
): Promise<T | WaitEnd> {
  return new Promise((resolve) => {
    const end = (value: T | WaitEnd): void => {
      clearTimeout(timer)
      cancellation.forget(onAbort)
      resolve(value)
    }
    const leave = enqueue(end)
    const onAbort = (): void => {
      leave()
      end('aborted')
    }
    const timer = setTimeout(() => {
      leave()
      end('timeout')
    }, timeoutMs)
    cancellation.listen(onAbort)
  })
}
