/**
 * A counting semaphore with priorities: a limited number of units, granted to requests in the order of their positions.
 */
import { ClientGone, type Cancellation } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import { waitFor, WaitQueue, type QueuePosition } from './queue.ts'

/** Units that a request has acquired. */
export interface Permit {
  readonly units: number
  /** Releases the units; a second call does nothing. */
  release(): void
}

export interface SemaphoreOptions {
  /** Units that may be acquired at the same time. */
  readonly capacity: number
  /** Units that only texts may use; none by default. */
  readonly textShare?: number
  /** The sentence of the 503 for a request whose wait ended without a permit. */
  readonly busy: string
}

interface Waiting {
  readonly units: number
  readonly isText: boolean
  readonly grant: () => void
}

/** Owns the units and the queue for them. A request that finds too few waits for its turn. */
export class PrioritySemaphore {
  readonly #options: SemaphoreOptions
  readonly #queue = new WaitQueue<Waiting>()
  #used = 0

  constructor(options: SemaphoreOptions) {
    this.#options = options
  }

  /** Units that are acquired now. */
  get used(): number {
    return this.#used
  }

  /** How many requests wait for units. */
  get waiting(): number {
    return this.#queue.size
  }

  /**
   * Takes units, all at once: a request never holds a part of what it needs, so that no two can wait for each other.
   * @param timeoutMs how long it waits for them, milliseconds
   * @returns the permit, at once where they are free
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  acquire(
    units: number,
    position: QueuePosition,
    cancellation: Cancellation,
    timeoutMs: number,
  ): Permit | Promise<Permit> {
    return this.tryAcquire(units, position) ?? this.#wait(units, position, cancellation, timeoutMs)
  }

  /**
   * Takes units at once where they are free and no request is waiting before this one; else undefined.
   * @param position that of the last image where it is absent
   */
  tryAcquire(units: number, position?: QueuePosition): Permit | undefined {
    const isNext = position === undefined ? this.#queue.size === 0 : this.#queue.wouldBeFirst(position)
    if (!isNext || !this.#fits({ units, isText: position?.isText === true })) return undefined
    this.#used += units
    return this.#permit(units)
  }

  async #wait(
    units: number,
    position: QueuePosition,
    cancellation: Cancellation,
    timeoutMs: number,
  ): Promise<Permit> {
    const { busy } = this.#options
    const { isText } = position
    const end = await waitFor<'granted'>(
      (grant) => {
        const waiter = { position, item: { units, isText, grant: () => grant('granted') } }
        this.#queue.add(waiter)
        return () => {
          this.#queue.remove(waiter)
          // The next waiter may need fewer units, so that they are enough now.
          this.#serve()
        }
      },
      timeoutMs,
      cancellation,
    )
    if (end === 'aborted') throw new ClientGone()
    if (end === 'timeout') throw new AppError('BUSY', 503, busy)
    return this.#permit(units)
  }

  #permit(units: number): Permit {
    let isHeld = true
    return {
      units,
      release: () => {
        if (!isHeld) return
        isHeld = false
        this.#used -= units
        this.#serve()
      },
    }
  }

  /** Serves strictly in order: a request for many units must not starve behind requests for few. */
  #serve(): void {
    if (this.#queue.size === 0) return
    for (let next = this.#queue.first()?.item; next !== undefined; next = this.#queue.first()?.item) {
      if (!this.#fits(next)) return
      this.#queue.takeFirst(() => true)
      this.#used += next.units
      next.grant()
    }
  }

  /** A request alone always fits; else one for more than the capacity would never be served. */
  #fits({ units, isText }: Pick<Waiting, 'units' | 'isText'>): boolean {
    const { capacity, textShare = 0 } = this.#options
    return this.#used === 0 || this.#used + units <= (isText ? capacity : capacity - textShare)
  }
}
