/**
 * Memory for the photos in flight, used again and again and given back in one piece once an import is over.
 *
 * Kept in the pieces in which they come, 64 photos leave the C library's heap full of holes, and none of it goes back to
 * the system: a minute later the process was twice as large as before. Copied into one block they cost no more time.
 */
import { LOT_BYTES, LOT_QUARANTINE_MS, LOTS, SMALL_BODY_BYTES } from '../defaults.ts'

/** One block of lots; each holds one body. */
export class Lots {
  #block: Buffer | undefined
  /** Free ones by their number; the one that was used last is taken first, while it is in the processor's cache. */
  #free: number[] = []

  /**
   * Memory for a body of so many bytes; undefined where the usual pieces do: for a text, a very large photo, and when
   * all lots are taken.
   */
  take(length: number): Buffer | undefined {
    if (length <= SMALL_BODY_BYTES || length > LOT_BYTES) return undefined
    if (this.#block === undefined) {
      this.#block = Buffer.allocUnsafeSlow(LOTS * LOT_BYTES)
      this.#free = Array.from({ length: LOTS }, (_, index) => LOTS - 1 - index)
    }
    const number = this.#free.pop()
    if (number === undefined) return undefined
    return this.#block.subarray(number * LOT_BYTES, number * LOT_BYTES + length)
  }

  /** Takes a lot back of which nothing is on its way any more. */
  give(lot: Buffer): void {
    this.#free.push(lot.byteOffset / LOT_BYTES)
  }

  /** Takes a lot back after a while: the rest of it may still be sent to a backend that answered before its end. */
  giveLater(lot: Buffer): void {
    setTimeout(() => this.give(lot), LOT_QUARANTINE_MS).unref()
  }

  /**
   * Leaves the block to the garbage collector; false where a lot is used. To be followed by a collection: the next block
   * makes V8 feel short of memory while this one counts.
   */
  letGo(): boolean {
    if (this.#block !== undefined && this.#free.length < LOTS) return false
    this.#block = undefined
    return true
  }
}
