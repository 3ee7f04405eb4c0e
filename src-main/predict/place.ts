/**
 * The place in flight of one prediction. It is released while all remaining dispatches wait for a backend, so that a
 * prediction that waits for a slow backend keeps no other from an idle one. It is acquired again before the next
 * attempt.
 */
import type { Cancellation } from '../platform/cancellation.ts'
import type { Admission } from './admission.ts'
import type { QueuePosition } from './queue.ts'
import type { Permit } from './semaphore.ts'

export interface PlaceOptions {
  readonly admission: Admission
  readonly position: QueuePosition
  readonly cancellation: Cancellation
  /** When the prediction arrived, on the monotonic clock in milliseconds. */
  readonly startedAt: number
}

/** One prediction's place, shared by its dispatches. */
export class Place {
  readonly #options: PlaceOptions
  #permit: Permit | undefined
  #acquiring: Promise<void> | undefined
  /** Dispatches that are at work, or wait to enter. */
  #inside = 0
  /** To be run once there is none. */
  #onEmpty: (() => void) | undefined
  /** Since when the time to wait for a place counts. */
  #since: number

  constructor(options: PlaceOptions) {
    this.#options = options
    this.#since = options.startedAt
  }

  /** Gives it the time of a new request: it was held beyond the time of its own. */
  renew(): void {
    this.#since = performance.now()
  }

  /**
   * Brings a dispatch inside, until {@link leave}, which is called also where this fails. Waits where the prediction has no place and none is free.
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  async enter(): Promise<void> {
    this.#inside++
    if (this.#permit === undefined) await (this.#acquiring ??= this.#acquire())
  }

  /** Takes a dispatch out: it waits for a backend, or has ended. */
  leave(): void {
    this.#inside--
    if (this.#inside > 0) return
    this.#permit?.release()
    this.#permit = undefined
    this.#onEmpty?.()
    this.#onEmpty = undefined
  }

  /** Calls `action` once no dispatch is at work: then nothing sends the body. */
  whenEmpty(action: () => void): void {
    this.#onEmpty = action
  }

  /** Releases the place: the prediction has ended. */
  end(): void {
    this.#onEmpty = undefined
    this.#inside = 0
    this.#permit?.release()
    this.#permit = undefined
  }

  /** As {@link leave}, until `waiting` has ended; then as {@link enter}. */
  async outside<T>(waiting: Promise<T>): Promise<T> {
    const { admission } = this.#options
    this.leave()
    admission.outside++
    try {
      return await waiting
    } finally {
      admission.outside--
      await this.enter()
    }
  }

  async #acquire(): Promise<void> {
    const { admission, position, cancellation } = this.#options
    try {
      this.#permit = await admission.acquirePrediction(position, cancellation, this.#since)
    } finally {
      this.#acquiring = undefined
    }
  }
}
