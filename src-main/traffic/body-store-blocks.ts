/**
 * Memory for recorded bodies: blocks of one size that are filled one after the other and used again.
 *
 * The trade-off: a recorded body is copied, and up to one block per store is wasted at its end. For that nothing of a
 * received body is retained: the chunks of 64 KB in which photos come would all survive into the garbage collector's old
 * generation, and collecting them there cost twice as much as relaying the photos, where the copy costs a fraction of it.
 */
import { MAX_SPARE_BLOCKS } from './limits.ts'

interface BlockUse {
  readonly block: Buffer
  /** How many bodies use a segment of the block. */
  users: number
}

/**
 * Copies bytes into blocks. What a body occupies of one block is a segment. A block is free again when none of its
 * segments is in use.
 */
export class BlockAllocator {
  /** Bytes of one block. */
  readonly blockSize: number
  readonly #spare: Buffer[] = []
  /** The blocks in use, by their memory. */
  readonly #uses = new Map<ArrayBufferLike, BlockUse>()
  /** The block that is being filled, and how far it is. */
  #current: Buffer | undefined
  #filled = 0

  /** @param blockSize bytes */
  constructor(blockSize: number) {
    this.blockSize = blockSize
  }

  /** Bytes of all blocks in use. */
  get bytes(): number {
    return this.#uses.size * this.blockSize
  }

  /** Whether the next {@link copy} takes another block. */
  get isFull(): boolean {
    return this.#current === undefined || this.#filled === this.blockSize
  }

  /**
   * Copies as many of the bytes as fit into the current block, or into another one where that is full.
   * @returns the segment, one user of it counted
   */
  copy(bytes: Buffer): Buffer {
    if (this.isFull) {
      this.#current = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.blockSize)
      this.#filled = 0
    }
    const block = this.#current ?? Buffer.alloc(0)
    const length = bytes.copy(block, this.#filled)
    const segment = block.subarray(this.#filled, this.#filled + length)
    this.#filled += length
    this.#addUser(block)
    return segment
  }

  /** Counts one more user of a segment, or of a part of one. */
  share(segment: Buffer): void {
    const use = this.#uses.get(segment.buffer)
    if (use !== undefined) use.users++
  }

  /** Counts one user less. */
  release(segment: Buffer): void {
    const use = this.#uses.get(segment.buffer)
    if (use === undefined || --use.users > 0) return
    this.#uses.delete(segment.buffer)
    if (use.block === this.#current) this.#current = undefined
    if (this.#spare.length < MAX_SPARE_BLOCKS) this.#spare.push(use.block)
  }

  #addUser(block: Buffer): void {
    const use = this.#uses.get(block.buffer)
    if (use === undefined) this.#uses.set(block.buffer, { block, users: 1 })
    else use.users++
  }
}
