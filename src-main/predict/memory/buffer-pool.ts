/**
 * Memory for the bodies of predictions in flight, used again and again. The only file of this folder that others
 * import.
 *
 * The trade-off: a body is copied once, and while photos come the pool holds one block of 64 MB of address space, of
 * which the system backs only the buffers that were used. For that the memory in which Node hands a photo over, 64 KB
 * at a time, is freed at once and the next chunk comes in the same, still cached memory; and nothing of a photo stays
 * in the C library's heap, whose holes never go back to the system. With the pool a photo of 500 KB took 350 µs of CPU
 * time and 64 of them at once left 86 MB a minute later; without it 1,000 to 1,300 µs and 136 to 160 MB.
 *
 * The contract: the caller that acquires a buffer releases it once, after the last attempt that sends its content has
 * settled. `BackendClient.send` settles when nothing reads the memory any more, so a released buffer may be overwritten
 * at once. docs/design/buffer-pool.md has the figures and the fault behind each rule.
 */
import { SMALL_BODY_BYTES } from '../../wire/limits.ts'
import { freeMemory } from './free-memory.ts'
import { POOL_BUFFER_BYTES, POOL_BUFFERS } from './limits.ts'

/** One block of memory, divided into buffers of which each holds one body. */
export class BufferPool {
  #block: Buffer | undefined
  /** The numbers of the free buffers; the last one released is the first one acquired again. */
  #free: number[] = []

  /**
   * A buffer of exactly `length` bytes; its old content is not cleared. Undefined where the body is to stay in its
   * chunks: a text, a photo larger than a buffer, one of unknown length, or no buffer is free.
   * @param length bytes of the body; undefined where they are not known
   */
  acquire(length: number | undefined): Buffer | undefined {
    if (length === undefined || length <= SMALL_BODY_BYTES || length > POOL_BUFFER_BYTES) return undefined
    if (this.#block === undefined) {
      this.#block = Buffer.allocUnsafeSlow(POOL_BUFFERS * POOL_BUFFER_BYTES)
      this.#free = Array.from({ length: POOL_BUFFERS }, (_, index) => POOL_BUFFERS - 1 - index)
    }
    const number = this.#free.pop()
    if (number === undefined) return undefined
    return this.#block.subarray(number * POOL_BUFFER_BYTES, number * POOL_BUFFER_BYTES + length)
  }

  /**
   * Takes a buffer back that {@link acquire} returned and nothing reads any more: the next body may be written into it
   * at once.
   * @throws {Error} where it is not in use: a second release would give two photos the same memory
   */
  release(buffer: Buffer): void {
    const number = buffer.byteOffset / POOL_BUFFER_BYTES
    if (buffer.buffer !== this.#block?.buffer || this.#free.includes(number)) {
      throw new Error('a buffer was released that is not in use')
    }
    this.#free.push(number)
  }

  /**
   * Leaves the block to the garbage collector; the next {@link acquire} allocates another one. To be followed by a
   * collection: V8 counts the old block as long as it was not collected, and collects too often after the next one.
   * @returns false where a buffer is in use; then nothing has changed
   */
  trim(): boolean {
    if (this.#block !== undefined && this.#free.length < POOL_BUFFERS) return false
    this.#block = undefined
    return true
  }
}

/** Copies a received chunk of a body into a buffer, from the byte `start` on, and frees the memory of the chunk. */
export function moveChunk(chunk: Buffer, buffer: Buffer, start: number): void {
  chunk.copy(buffer, start)
  freeMemory(chunk)
}
