/**
 * Queues in which search queries stand before images, each group in the order of arrival. An image that waited for
 * {@link IMAGE_PATIENCE_MS} gets every fourth turn.
 */
import type { Cancellation } from '../platform/cancellation.ts'
import { IMAGE_PATIENCE_MS, IMAGE_TURN } from './limits.ts'

/** The position of a request in every queue that it waits in. */
export interface QueuePosition {
  /** Texts go first: a person waits for a search query, while an import can wait. */
  readonly isText: boolean
  /** Counts up in the order of arrival. A request that waits a second time keeps its number. */
  readonly number: number
}

/** Gives out one position per prediction, in the order of arrival. */
export class QueuePositions {
  #taken = 0

  /** The number of positions given out since the start. */
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

interface Entered<T> {
  readonly waiter: Waiter<T>
  /** When it was added, on the clock of the queue. */
  readonly since: number
}

/** Owns the waiters of one queue and their order. */
export class WaitQueue<T> {
  /** Texts before images, each in the order of arrival. */
  readonly #waiters: Entered<T>[] = []
  readonly #now: () => number
  /** Texts that were served since the last image. */
  #textsInRow = 0

  /** @param now the time in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  get size(): number {
    return this.#waiters.length
  }

  /** Whether a request at this position would be served before all waiters. */
  wouldBeFirst(position: QueuePosition): boolean {
    const [first] = this.#waiters
    return first === undefined || isBefore(position, first.waiter.position)
  }

  add(waiter: Waiter<T>): void {
    const at = this.#waiters.findIndex((other) => isBefore(waiter.position, other.waiter.position))
    this.#waiters.splice(at === -1 ? this.#waiters.length : at, 0, { waiter, since: this.#now() })
  }

  remove(waiter: Waiter<T>): void {
    const at = this.#waiters.findIndex((entered) => entered.waiter === waiter)
    if (at !== -1) this.#waiters.splice(at, 1)
  }

  /** The waiter whose turn it is; it stays in the queue. */
  first(): Waiter<T> | undefined {
    return this.#waiters[this.#next(() => true)]?.waiter
  }

  /** Takes out the waiter whose turn it is among those that `fits`, or returns undefined. */
  takeFirst(fits: (item: T) => boolean): T | undefined {
    const at = this.#next(fits)
    const taken = at === -1 ? undefined : this.#waiters.splice(at, 1)[0]?.waiter
    if (taken === undefined) return undefined
    this.#textsInRow = taken.position.isText ? this.#textsInRow + 1 : 0
    return taken.item
  }

  takeAll(): T[] {
    return this.#waiters.splice(0).map(({ waiter }) => waiter.item)
  }

  count(matches: (item: T) => boolean): number {
    return this.#waiters.reduce((sum, { waiter }) => sum + (matches(waiter.item) ? 1 : 0), 0)
  }

  #next(fits: (item: T) => boolean): number {
    const first = this.#waiters.findIndex(({ waiter }) => fits(waiter.item))
    if (first === -1 || this.#textsInRow < IMAGE_TURN - 1) return first
    const patient = this.#waiters.findIndex(
      ({ waiter, since }) =>
        !waiter.position.isText && fits(waiter.item) && this.#now() - since >= IMAGE_PATIENCE_MS,
    )
    return patient === -1 ? first : patient
  }
}

/** How a wait ended without a grant. */
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
