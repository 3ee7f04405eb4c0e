/**
 * The places of requests that wait for a backend, apart from those in flight: what waits for a machine that sleeps must
 * not keep a search, or a task whose backend lives, from being let in. docs/design/away.md says why.
 */
import { AppError } from '../platform/errors.ts'
import { MAX_BYTES_ON_HOLD, MAX_HELD_REQUESTS } from './limits.ts'
import type { Permit, PrioritySemaphore } from './semaphore.ts'

export interface HoldPlacesOptions {
  /** Requests that wait at once; {@link MAX_HELD_REQUESTS} by default. */
  readonly requests?: number | undefined
  /** Bytes of their bodies; {@link MAX_BYTES_ON_HOLD} by default. */
  readonly bytes?: number | undefined
}

/** The places of all requests. */
export class HoldPlaces {
  readonly #requests: number
  readonly #bytes: number
  #usedRequests = 0
  #usedBytes = 0

  constructor({ requests = MAX_HELD_REQUESTS, bytes = MAX_BYTES_ON_HOLD }: HoldPlacesOptions = {}) {
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

  /** @throws {AppError} HOLD_FULL (503) where no place is left */
  take(bytes: number): void {
    if (this.#usedRequests >= this.#requests) throw full(`${this.#requests} requests`)
    if (this.#usedBytes + bytes > this.#bytes)
      throw full(`${Math.floor(this.#bytes / 1024 / 1024)} MB of images`)
    this.#usedRequests++
    this.#usedBytes += bytes
  }

  giveRequest(): void {
    this.#usedRequests--
  }

  giveBytes(bytes: number): void {
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

/** The place of one prediction, shared by its dispatches, and the count of its body's bytes. */
export class HoldPlace {
  readonly #places: HoldPlaces
  readonly #memory: PrioritySemaphore
  /** What the body is counted with: with the requests in flight, or here. */
  #permit: Permit | undefined
  readonly #bytes: number
  #inside = 0
  /** When the prediction first found no backend, on the monotonic clock, milliseconds. */
  #since: number | undefined

  /**
   * @param memory counts the bytes of bodies in flight
   * @param permit what the body was admitted with; given back by {@link end}
   */
  constructor(places: HoldPlaces, memory: PrioritySemaphore, permit: Permit) {
    this.#places = places
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
   * @throws {AppError} HOLD_FULL (503) where no place is left; {@link leave} is not called then
   */
  enter(): void {
    if (this.#inside === 0) {
      this.#places.take(this.#permit === undefined ? 0 : this.#bytes)
      this.#permit?.release()
      this.#permit = undefined
    }
    this.#inside++
  }

  /** A dispatch waits no more. The body goes back to those in flight where there is memory; else it stays counted here. */
  leave(): void {
    this.#inside--
    if (this.#inside > 0) return
    this.#places.giveRequest()
    this.#permit = this.#memory.tryAcquire(this.#bytes)
    if (this.#permit !== undefined) this.#places.giveBytes(this.#bytes)
  }

  /** The prediction has ended, and nothing waits. */
  end(): void {
    if (this.#permit === undefined) this.#places.giveBytes(this.#bytes)
    else this.#permit.release()
    this.#permit = undefined
  }
}
