/**
 * The pieces in which a body arrives. Small ones are copied together: in pieces of one byte, as a client may send them, a body
 * of 18 MB took 6.9 GB, as each piece has memory of its own and an object that names it.
 */
import { MAX_SMALL_PIECES, SMALL_PIECE_BYTES } from './limits.ts'

export class Pieces {
  readonly #pieces: Buffer[] = []
  /** Small ones at the end, which are not yet copied together. */
  #small: Buffer[] = []

  add(piece: Buffer): void {
    if (piece.length >= SMALL_PIECE_BYTES) {
      this.#endSmall()
      this.#pieces.push(piece)
      return
    }
    this.#small.push(piece)
    if (this.#small.length < MAX_SMALL_PIECES) return
    const joined = Buffer.concat(this.#small)
    this.#small = joined.length < SMALL_PIECE_BYTES ? [joined] : []
    if (joined.length >= SMALL_PIECE_BYTES) this.#pieces.push(joined)
  }

  /** All that was added, in its order. */
  take(): Buffer[] {
    this.#endSmall()
    return this.#pieces
  }

  #endSmall(): void {
    const [only, ...others] = this.#small
    if (only === undefined) return
    this.#pieces.push(others.length === 0 ? only : Buffer.concat(this.#small))
    this.#small = []
  }
}
