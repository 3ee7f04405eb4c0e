/**
 * Memory for the photos in flight, used again and again and given back in one piece once an import is over.
 *
 * Kept in the pieces in which they come, 64 photos leave the C library's heap full of holes, and none of it goes back to
 * the system: a minute later the process was twice as large as before. Copied into one block they cost no more time.
 */
import { SMALL_BODY_BYTES } from '../../wire/limits.ts'
import { POOL_BUFFER_BYTES, POOL_QUARANTINE_MS, POOL_BUFFERS } from '../limits.ts'

/** One block of lots; each holds one body. */
export class BufferPool {
  #block: Buffer | undefined
  /** Free ones by their number; the one that was used last is taken first, while it is in the processor's cache. */
  #free: number[] = []

  /**
   * Memory for a body of so many bytes; undefined where the usual pieces do: for a text, a very large photo, and when
   * all lots are taken.
   */
  take(length: number): Buffer | undefined {
    if (length <= SMALL_BODY_BYTES || length > POOL_BUFFER_BYTES) return undefined
    if (this.#block === undefined) {
      this.#block = Buffer.allocUnsafeSlow(POOL_BUFFERS * POOL_BUFFER_BYTES)
      this.#free = Array.from({ length: POOL_BUFFERS }, (_, index) => POOL_BUFFERS - 1 - index)
    }
    const number = this.#free.pop()
    if (number === undefined) return undefined
    return this.#block.subarray(number * POOL_BUFFER_BYTES, number * POOL_BUFFER_BYTES + length)
  }

  /** Takes a lot back of which nothing is on its way any more. */
  give(lot: Buffer): void {
    this.#free.push(lot.byteOffset / POOL_BUFFER_BYTES)
  }

  /** Takes a lot back after a while: the rest of it may still be sent to a backend that answered before its end. */
  releaseAfter(lot: Buffer): void {
    setTimeout(() => this.give(lot), POOL_QUARANTINE_MS).unref()
  }

  /**
   * Leaves the block to the garbage collector; false where a lot is used. To be followed by a collection: the next block
   * makes V8 feel short of memory while this one counts.
   */
  trim(): boolean {
    if (this.#block !== undefined && this.#free.length < POOL_BUFFERS) return false
    this.#block = undefined
    return true
  }
}
