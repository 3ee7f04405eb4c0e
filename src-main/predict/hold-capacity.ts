/**
 * Limits the requests that wait for a backend to come back, and the bytes of their bodies. They are counted apart from
 * the requests in flight: images for a machine that sleeps must not keep a search, or a task whose backend is healthy,
 * from being admitted. docs/design/away.md gives the reasons.
 */
import { AppError } from '../platform/errors.ts'
import { MAX_BYTES_ON_HOLD, MAX_HELD_REQUESTS } from './limits.ts'
import type { Permit, PrioritySemaphore } from './semaphore.ts'

export interface HoldCapacityOptions {
  /** Requests that wait at once; {@link MAX_HELD_REQUESTS} by default. */
  readonly requests?: number | undefined
  /** Bytes of their bodies; {@link MAX_BYTES_ON_HOLD} by default. */
  readonly bytes?: number | undefined
}

/** Counts the requests that wait, and their bytes. */
export class HoldCapacity {
  readonly #requests: number
  readonly #bytes: number
  #usedRequests = 0
  #usedBytes = 0

  constructor({ requests = MAX_HELD_REQUESTS, bytes = MAX_BYTES_ON_HOLD }: HoldCapacityOptions = {}) {
    this.#requests = requests
    this.#bytes = bytes
  }

  /** Requests that wait now. */
  get requests(): number {
    return this.#usedRequests
  }

  /** Bytes of bodies that are counted here. */
  get bytes(): number {
    return this.#usedBytes
  }

  /** Counts one request and its bytes. @throws {AppError} HOLD_FULL (503) where either limit is reached */
  take(bytes: number): void {
    if (this.#usedRequests >= this.#requests) throw full(`${this.#requests} requests`)
    if (this.#usedBytes + bytes > this.#bytes)
      throw full(`${Math.floor(this.#bytes / 1024 / 1024)} MB of images`)
    this.#usedRequests++
    this.#usedBytes += bytes
  }

  releaseRequest(): void {
    this.#usedRequests--
  }

  releaseBytes(bytes: number): void {
    this.#usedBytes -= bytes
  }
}

function full(what: string): AppError {
  return new AppError(
    'HOLD_FULL',
    503,
    `Busy: ${what} wait for a backend that is away; lower the concurrency in Immich, or switch the backend on`,
  )
}

/** What one prediction takes of the capacity while it waits; its dispatches share it. */
export class HoldPermit {
  readonly #capacity: HoldCapacity
  readonly #memory: PrioritySemaphore
  /** Counts the body with those in flight; undefined while it is counted here. */
  #permit: Permit | undefined
  readonly #bytes: number
  #waiting = 0
  /** When the prediction first found no backend, on the monotonic clock, milliseconds. */
  #since: number | undefined

  /**
   * @param memory counts the bytes of bodies in flight
   * @param permit what the body was admitted with; released by {@link end}
   */
  constructor(capacity: HoldCapacity, memory: PrioritySemaphore, permit: Permit) {
    this.#capacity = capacity
    this.#memory = memory
    this.#permit = permit
    this.#bytes = permit.units
  }

  /** When the prediction first found no backend: now, where it had not before. */
  since(now: number): number {
    return (this.#since ??= now)
  }

  /**
   * A dispatch begins to wait.
   * @throws {AppError} HOLD_FULL (503) where a limit is reached; {@link leave} must not be called then
   */
  enter(): void {
    if (this.#waiting === 0) {
      this.#capacity.take(this.#permit === undefined ? 0 : this.#bytes)
      this.#permit?.release()
      this.#permit = undefined
    }
    this.#waiting++
  }

  /** A dispatch has ended its wait. The body is counted with those in flight again where their limit allows it, else here. */
  leave(): void {
    this.#waiting--
    if (this.#waiting > 0) return
    this.#capacity.releaseRequest()
    this.#permit = this.#memory.tryAcquire(this.#bytes)
    if (this.#permit !== undefined) this.#capacity.releaseBytes(this.#bytes)
  }

  /** The prediction has ended, and nothing waits. */
  end(): void {
    if (this.#permit === undefined) this.#capacity.releaseBytes(this.#bytes)
    else this.#permit.release()
    this.#permit = undefined
  }
}
