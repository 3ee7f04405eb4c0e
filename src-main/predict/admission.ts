/** The door: how many predictions are worked on and how many bytes of bodies are held at once. */
import { ADMISSION_TIMEOUT_MS, MAX_HELD_BYTES, MAX_PREDICTIONS_IN_FLIGHT } from './limits.ts'
import { ClientGone, type Cancellation } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import { waitFor, WaitQueue, type QueuePosition } from './queue.ts'

interface Waiting {
  readonly amount: number
  /** Who has begun already and waits for more; undefined for a newcomer. */
  readonly owner: object | undefined
  readonly grant: () => void
}

export interface GateOptions {
  capacity: number
  timeoutMs: number
  /** The sentence of the 503 when the time is over. */
  busy: string
}

/** An amount of something shared that requests take, waiting in turn when there is not enough. */
export class Gate {
  readonly #options: GateOptions
  readonly #queue = new WaitQueue<Waiting>()
  #used = 0
  /**
   * Who goes beyond the capacity: one at a time, until all is within it again or it gives back what it has. Those who have begun would else wait
   * for each other, each with a part of what another needs.
   */
  #exceeding: object | undefined

  constructor(options: GateOptions) {
    this.#options = options
  }

  get used(): number {
    return this.#used
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Takes an amount without waiting, or returns false. */
  tryTake(amount: number): boolean {
    if (this.#queue.size > 0 || !this.#fits(amount)) return false
    this.#used += amount
    return true
  }

  /**
   * Waits for an amount and takes it.
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone}
   */
  async take(
    amount: number,
    position: QueuePosition,
    cancellation: Cancellation,
    owner?: object,
  ): Promise<void> {
    const result = await waitFor<'granted'>(
      (grant) => {
        const waiter = { position, item: { amount, owner, grant: () => grant('granted') } }
        this.#queue.add(waiter)
        return () => {
          this.#queue.remove(waiter)
          // Whoever stood behind it may fit.
          this.#serve()
        }
      },
      this.#options.timeoutMs,
      cancellation,
    )
    if (result === 'aborted') throw new ClientGone()
    if (result === 'timeout') throw new AppError('BUSY', 503, this.#options.busy)
  }

  /**
   * Counts an amount that its owner has already, whatever the capacity says. Returns whether the owner may go on;
   * else it must {@link take} nothing more, and wait for that with the position it began with.
   */
  grow(amount: number, owner: object): boolean {
    this.#used += amount
    if (this.#used <= this.#options.capacity) return true
    this.#exceeding ??= owner
    return this.#exceeding === owner
  }

  /** @param owner who {@link grow | grew}, and now gives all back */
  release(amount: number, owner?: object): void {
    this.#used -= amount
    if (this.#exceeding === owner) this.#exceeding = undefined
    this.#serve()
  }

  #serve(): void {
    if (this.#used <= this.#options.capacity) this.#exceeding = undefined
    // Strictly in turn: a large body must not starve behind small ones.
    for (let next = this.#queue.first(); next !== undefined; next = this.#queue.first()) {
      if (!this.#fits(next.amount)) return this.#letOneExceed()
      this.#queue.takeFirst(() => true)
      this.#used += next.amount
      next.grant()
    }
  }

  #letOneExceed(): void {
    if (this.#exceeding !== undefined) return
    const oldest = this.#queue.takeFirst(({ owner }) => owner !== undefined)
    this.#exceeding = oldest?.owner
    oldest?.grant()
  }

  /** One alone always fits, or it could never be let in. */
  #fits(amount: number): boolean {
    return this.#used === 0 || this.#used + amount <= this.#options.capacity
  }
}

export interface Admission {
  readonly predictions: Gate
  readonly heldBytes: Gate
}

/** The two gates with their capacities; the defaults where they are absent. */
export function createAdmission(
  limits: {
    predictions?: number | undefined
    heldBytes?: number | undefined
    timeoutMs?: number | undefined
  } = {},
): Admission {
  const timeoutMs = limits.timeoutMs ?? ADMISSION_TIMEOUT_MS
  const predictions = limits.predictions ?? MAX_PREDICTIONS_IN_FLIGHT
  const heldBytes = limits.heldBytes ?? MAX_HELD_BYTES
  return {
    predictions: new Gate({
      capacity: predictions,
      timeoutMs,
      busy: `Busy: ${predictions} predictions are in flight; try again later or lower the concurrency in Immich`,
    }),
    heldBytes: new Gate({
      capacity: heldBytes,
      timeoutMs,
      busy: `Busy: ${Math.floor(heldBytes / 1024 / 1024)} MB of images are in flight; try again later or lower the concurrency in Immich`,
    }),
  }
}
