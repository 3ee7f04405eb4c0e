/**
 * The admission permit of one prediction. It is released while all remaining dispatches wait for a backend, so that a
 * prediction that waits for a slow backend does not keep another one from an idle backend. It is acquired again before
 * the next attempt.
 */
import type { Cancellation } from '../platform/cancellation.ts'
import type { Admission } from './admission.ts'
import type { QueuePosition } from './queue.ts'
import type { Permit } from './semaphore.ts'

export interface PredictionPermitOptions {
  readonly admission: Admission
  readonly position: QueuePosition
  readonly cancellation: Cancellation
  /** When the prediction arrived, on the monotonic clock in milliseconds. */
  readonly startedAt: number
}

/** One prediction's permit, shared by its dispatches. */
export class PredictionPermit {
  readonly #options: PredictionPermitOptions
  #permit: Permit | undefined
  #acquiring: Promise<void> | undefined
  /** Dispatches that use the permit or wait for it. */
  #users = 0
  /** Called once no dispatch uses the permit. */
  #onEmpty: (() => void) | undefined
  /** From when the longest wait for a permit counts, milliseconds on the monotonic clock. */
  #since: number

  constructor(options: PredictionPermitOptions) {
    this.#options = options
    this.#since = options.startedAt
  }

  /** Starts the longest wait anew: the request was held for longer than the whole of it may take. */
  renew(): void {
    this.#since = performance.now()
  }

  /**
   * A dispatch uses the permit until {@link leave}, which is to be called also where this fails. Waits while the
   * prediction has no permit and none is free.
   * @returns undefined where there is nothing to wait for
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  enter(): Promise<void> | undefined {
    this.#users++
    return this.#permit === undefined ? (this.#acquiring ?? this.#acquire()) : undefined
  }

  /** A dispatch no longer uses the permit: it waits for a backend, or has ended. The last one releases it. */
  leave(): void {
    this.#users--
    if (this.#users > 0) return
    this.#permit?.release()
    this.#permit = undefined
    this.#onEmpty?.()
    this.#onEmpty = undefined
  }

  /** Calls `action` once no dispatch uses the permit: then no attempt sends the body. */
  whenEmpty(action: () => void): void {
    this.#onEmpty = action
  }

  /** Releases the permit: the prediction has ended. */
  end(): void {
    this.#onEmpty = undefined
    this.#users = 0
    this.#permit?.release()
    this.#permit = undefined
  }

  /**
   * {@link leave}s while `waiting` runs, and {@link enter}s again after it.
   * @throws {AppError} BUSY (503), {@link ClientGone} as {@link enter}; else as `waiting`
   */
  async releaseDuring<T>(waiting: Promise<T>): Promise<T> {
    const { admission } = this.#options
    this.leave()
    admission.waitingForBackend++
    try {
      return await waiting
    } finally {
      admission.waitingForBackend--
      await this.enter()
    }
  }

  #acquire(): Promise<void> | undefined {
    const { admission, position, cancellation } = this.#options
    const permit = admission.acquirePrediction(position, cancellation, this.#since)
    if (!(permit instanceof Promise)) {
      this.#permit = permit
      return undefined
    }
    this.#acquiring = this.#whenAcquired(permit)
    return this.#acquiring
  }

  async #whenAcquired(acquiring: Promise<Permit>): Promise<void> {
    try {
      this.#permit = await acquiring
    } finally {
      this.#acquiring = undefined
    }
  }
}
