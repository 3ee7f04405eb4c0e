/**
 * Admission: limits the predictions in flight and the bytes of bodies in memory. A request without a permit waits, and
 * gets a 503 when the wait takes too long. docs/design/admission.md gives the reasons.
 */
import type { Cancellation } from '../platform/cancellation.ts'
import { SMALL_BODY_BYTES } from '../wire/limits.ts'
import {
  IMAGE_WAIT_MS,
  MAX_HELD_BYTES,
  MAX_PREDICTIONS_IN_FLIGHT,
  MAX_UNANNOUNCED_BODY_BYTES,
  TEXT_SHARE,
  TEXT_WAIT_MS,
} from './limits.ts'
import type { QueuePosition } from './queue.ts'
import { PrioritySemaphore, type Permit } from './semaphore.ts'

export interface AdmissionLimits {
  /** Predictions in flight at once. */
  readonly predictions?: number | undefined
  /** Bytes of bodies in memory at once. */
  readonly heldBytes?: number | undefined
  /** How long a request waits for either, milliseconds; {@link TEXT_WAIT_MS} or {@link IMAGE_WAIT_MS} by default. */
  readonly timeoutMs?: number | undefined
}

/** For a body that is not counted. */
const NO_PERMIT: Permit = { units: 0, release: () => undefined }

/** Owns both kinds of permit. The caller that acquired a permit releases it once. */
export class Admission {
  readonly predictions: PrioritySemaphore
  readonly heldBytes: PrioritySemaphore
  /** Dispatches that were in flight and wait for a backend now, without a permit. */
  waitingForBackend = 0
  readonly #timeoutMs: number | undefined

  constructor({ timeoutMs, ...limits }: AdmissionLimits = {}) {
    this.#timeoutMs = timeoutMs
    const { predictions = MAX_PREDICTIONS_IN_FLIGHT, heldBytes = MAX_HELD_BYTES } = limits
    this.predictions = new PrioritySemaphore({
      capacity: predictions,
      textShare: Math.floor(predictions / TEXT_SHARE),
      busy: `Busy: ${predictions} predictions are in flight; try again later or lower the concurrency in Immich`,
    })
    this.heldBytes = new PrioritySemaphore({
      capacity: heldBytes,
      busy: `Busy: ${Math.floor(heldBytes / 1024 / 1024)} MB of images are in flight; try again later or lower the concurrency in Immich`,
    })
  }

  /** How many requests wait for either kind of permit. */
  get waiting(): number {
    return this.predictions.waiting + this.heldBytes.waiting
  }

  /**
   * Reserves the memory of a body before its first byte is read, to be released when nothing reads the body any more. A
   * body too small for a photo needs none: as many of them as there are connections come to 4 MB, and a search query
   * must not wait for photos that are still on their way.
   * @param announced the body's Content-Length, bytes; undefined where it has none, as a chunked one
   * @returns the permit, at once where it is free
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  acquireBytes(
    announced: number | undefined,
    position: QueuePosition,
    cancellation: Cancellation,
  ): Permit | Promise<Permit> {
    const bytes = announced ?? MAX_UNANNOUNCED_BODY_BYTES
    if (bytes <= SMALL_BODY_BYTES) return NO_PERMIT
    return this.heldBytes.acquire(bytes, position, cancellation, this.#waitMs(position))
  }

  /**
   * Takes the permit of one prediction in flight, to be released when it is answered or waits for a backend.
   * @param startedAt when the prediction arrived: it waits no longer than the whole may take
   * @returns the permit, at once where it is free
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  acquirePrediction(
    position: QueuePosition,
    cancellation: Cancellation,
    startedAt = performance.now(),
  ): Permit | Promise<Permit> {
    const left = startedAt + IMAGE_WAIT_MS - performance.now()
    return this.predictions.acquire(1, position, cancellation, Math.min(this.#waitMs(position), left))
  }

  #waitMs({ isText }: QueuePosition): number {
    return this.#timeoutMs ?? (isText ? TEXT_WAIT_MS : IMAGE_WAIT_MS)
  }
}
