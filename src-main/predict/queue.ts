/** A queue in which text queries stand before images, each group in the order of arrival. */
import type { Cancellation } from '../platform/cancellation.ts'

export interface QueuePosition {
  readonly isText: boolean
  /** The order of arrival; a position that queues again keeps its place. */
  readonly number: number
}

/** Gives out positions in the order of arrival. */
export class QueuePositions {
  #next = 1

  /** How many were taken. */
  get taken(): number {
    return this.#next - 1
  }

  take(isText: boolean): QueuePosition {
    return { isText, number: this.#next++ }
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

  add(waiter: Waiter<T>): void {
    const at = this.#waiters.findIndex((other) => isBefore(waiter.position, other.position))
    this.#waiters.splice(at === -1 ? this.#waiters.length : at, 0, waiter)
  }

  remove(waiter: Waiter<T>): void {
    const at = this.#waiters.indexOf(waiter)
    if (at !== -1) this.#waiters.splice(at, 1)
  }

  /** Takes out the first waiter that `fits`, or undefined. */
  takeFirst(fits: (item: T) => boolean): T | undefined {
    const at = this.#waiters.findIndex(({ item }) => fits(item))
    return at === -1 ? undefined : this.#waiters.splice(at, 1)[0]?.item
  }

  first(): T | undefined {
    return this.#waiters[0]?.item
  }

  takeAll(): T[] {
    return this.#waiters.splice(0).map(({ item }) => item)
  }

  count(matches: (item: T) => boolean): number {
    return this.#waiters.reduce((sum, { item }) => sum + (matches(item) ? 1 : 0), 0)
  }
}

/** How a wait ended without getting what was waited for. */
export type WaitEnd = 'timeout' | 'aborted'

/**
 * Queues until `grant` is called with a value, the time is over, or the client gave up.
 * @param enqueue puts the waiter into its queue and returns the way to take it out
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
