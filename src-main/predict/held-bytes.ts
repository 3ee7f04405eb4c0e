/** The bytes of one request's body, counted at the door while they are held. */
import type { Cancellation } from '../platform/cancellation.ts'
import { SMALL_BODY_BYTES } from '../wire/limits.ts'
import { RESERVED_BODY_BYTES } from './limits.ts'
import type { Gate } from './admission.ts'
import type { QueuePosition, QueuePositions } from './queue.ts'

/** What one request takes of the bytes that all may hold together, from its first byte until it is answered. */
export class HeldBytes {
  readonly #gate: Gate
  readonly #positions: QueuePositions
  readonly #cancellation: Cancellation
  #held = 0
  /** By its age it goes before whoever came later. */
  #position: QueuePosition | undefined

  constructor(gate: Gate, positions: QueuePositions, cancellation: Cancellation) {
    this.#gate = gate
    this.#positions = positions
    this.#cancellation = cancellation
  }

  /**
   * Takes room for a body before its first byte: as much as it announced, but not more than a preview has, so that
   * a slow sender of a large body does not keep everybody else out. Returns a promise when it has to wait.
   * @param announced bytes; undefined where the sender did not say
   * @throws {AppError} BUSY (503), by the promise
   * @throws {ClientGone} by the promise
   */
  begin(announced: number | undefined): Promise<void> | undefined {
    const amount = Math.min(announced ?? RESERVED_BODY_BYTES, RESERVED_BODY_BYTES)
    const position = this.#positions.take(amount <= SMALL_BODY_BYTES)
    this.#position = position
    if (!this.#gate.tryTake(amount)) return this.#wait(amount, position)
    this.#held = amount
    return undefined
  }

  async #wait(amount: number, position: QueuePosition): Promise<void> {
    await this.#gate.take(amount, position, this.#cancellation)
    this.#held = amount
  }

  /**
   * So many bytes are there now. Returns a promise when the sender has to wait for room.
   * @throws {AppError} BUSY (503), by the promise
   */
  grow(length: number): Promise<void> | undefined {
    const more = length - this.#held
    if (more <= 0) return undefined
    this.#held = length
    if (this.#gate.grow(more, this)) return undefined
    return this.#gate.take(0, this.#position ?? this.#positions.take(false), this.#cancellation, this)
  }

  release(): void {
    this.#gate.release(this.#held, this)
    this.#held = 0
  }
}
