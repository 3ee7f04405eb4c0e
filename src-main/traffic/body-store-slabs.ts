/**
 * Memory for recorded photos, used again and again. A debug mode that kept the pieces in which photos were received
 * would hand 64 KB after 64 KB to the garbage collector's old space, and collecting those cost twice as much as relaying
 * them; a copy into memory that stays where it is costs a fraction of it.
 */
import { MAX_SPARE_SLABS } from './limits.ts'

/** BodySlabs of one size, filled one after the other; free again when nothing that lies in them is used any more. */
export class BodySlabs {
  readonly size: number
  readonly #spare: Buffer[] = []
  /** How many pieces lie in a slab, by its memory. */
  readonly #uses = new Map<ArrayBufferLike, { slab: Buffer; pieces: number }>()
  #current: Buffer | undefined
  #filled = 0

  /** @param size bytes of one slab */
  constructor(size: number) {
    this.size = size
  }

  /** Bytes of the slabs in which something lies. */
  get bytes(): number {
    return this.#uses.size * this.size
  }

  /** Whether the next {@link copy} needs one slab more. */
  get isFull(): boolean {
    return this.#current === undefined || this.#filled === this.size
  }

  /** Copies what fits into the current slab, a new one if that is full, and returns the piece. */
  copy(bytes: Buffer): Buffer {
    if (this.isFull) {
      this.#current = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.size)
      this.#filled = 0
    }
    const slab = this.#current ?? Buffer.alloc(0)
    const length = bytes.copy(slab, this.#filled)
    const piece = slab.subarray(this.#filled, this.#filled + length)
    this.#filled += length
    this.#use(slab)
    return piece
  }

  /** One more uses a piece, or a part of one. */
  share(piece: Buffer): void {
    const use = this.#uses.get(piece.buffer)
    if (use !== undefined) use.pieces++
  }

  /** One less uses it. */
  release(piece: Buffer): void {
    const use = this.#uses.get(piece.buffer)
    if (use === undefined || --use.pieces > 0) return
    this.#uses.delete(piece.buffer)
    if (use.slab === this.#current) this.#current = undefined
    if (this.#spare.length < MAX_SPARE_SLABS) this.#spare.push(use.slab)
  }

  #use(slab: Buffer): void {
    const use = this.#uses.get(slab.buffer)
    if (use === undefined) this.#uses.set(slab.buffer, { slab, pieces: 1 })
    else use.pieces++
  }
}
