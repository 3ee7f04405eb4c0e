/**
 * Recorded bodies, as copies within a budget of memory; the oldest photos are dropped first.
 *
 * A photo is recorded several times, once as it came in and once for each backend that it went to. Its bytes are stored
 * once: bodies share the copies of the chunks that they have in common.
 */
import { RECORDED_IMAGE_BLOCK_BYTES, RECORDED_OTHER_BLOCK_BYTES } from './limits.ts'
import { sliceChunks } from '../wire/bytes.ts'
import { BlockAllocator } from './body-store-blocks.ts'

/** A stored body. Its memory is used again once it was dropped, so no other part may keep its segments. */
export interface StoredBody {
  readonly segments: readonly Buffer[]
  readonly length: number
  readonly isImage: boolean
  /** Called once, when the body is dropped. */
  readonly onDrop: () => void
}

/** The least number of blocks in a budget: each kind of body wastes up to one of them. */
const BLOCKS_PER_BUDGET = 64

/** Bodies of one kind, oldest first, in blocks of their own. */
interface Group {
  readonly bodies: Set<StoredBody>
  readonly blocks: BlockAllocator
}

/** Where the copy of a received chunk lies. */
interface CopyPosition {
  readonly body: StoredBody
  /** Of its first byte in the body. */
  readonly offset: number
}

/**
 * Owns the copies of all recorded bodies. Never uses more than its budget: it drops the oldest photos first, and does
 * not store what does not fit at all.
 */
export class BodyStore {
  readonly #budget: number
  readonly #images: Group
  /** Answers and texts: small, and still there when the photos beside them were dropped. */
  readonly #others: Group
  /**
   * The copies of received chunks, to find those of a body that shares chunks with an earlier one. A chunk that fills its
   * memory alone is known by that memory, so that parts of it are found as well; any other by its own object, as its
   * memory may hold something else by then.
   */
  readonly #copies = new WeakMap<Buffer | ArrayBufferLike, CopyPosition>()

  /** @param budget bytes of memory for all bodies together */
  constructor(budget: number) {
    this.#budget = budget
    const most = Math.max(1, Math.floor(budget / BLOCKS_PER_BUDGET))
    const group = (blockSize: number): Group => ({
      bodies: new Set(),
      blocks: new BlockAllocator(Math.min(blockSize, most)),
    })
    this.#images = group(RECORDED_IMAGE_BLOCK_BYTES)
    this.#others = group(RECORDED_OTHER_BLOCK_BYTES)
  }

  /** Bytes of memory in use. */
  get bytes(): number {
    return this.#images.blocks.bytes + this.#others.blocks.bytes
  }

  get budget(): number {
    return this.#budget
  }

  /**
   * Stores a copy of a body, and drops older ones where the budget is exceeded.
   * @param chunks the body in the chunks in which it was received
   * @returns undefined where the body is larger than the budget or no older one is left to be dropped
   */
  store(chunks: readonly Buffer[], isImage: boolean, onDrop: () => void): StoredBody | undefined {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (length > this.#budget) return undefined
    const group = isImage ? this.#images : this.#others
    const segments = this.#copy(chunks, group)
    if (segments === undefined) return undefined
    const body: StoredBody = { segments, length, isImage, onDrop }
    this.#remember(chunks, body)
    group.bodies.add(body)
    return body
  }

  has(body: StoredBody): boolean {
    return this.#groupOf(body).bodies.has(body)
  }

  /** A copy of the bytes from `start` to `end` (exclusive) of a body that is stored. */
  read(body: StoredBody, start = 0, end = body.length): Buffer {
    return Buffer.concat(sliceChunks(body.segments, start, end))
  }

  /** Does nothing where the body was dropped already. */
  drop(body: StoredBody): void {
    const { bodies, blocks } = this.#groupOf(body)
    if (!bodies.delete(body)) return
    for (const segment of body.segments) blocks.release(segment)
    body.onDrop()
  }

  #groupOf(body: StoredBody): Group {
    return body.isImage ? this.#images : this.#others
  }

  /** The segments of a body, copied where its chunks are not stored yet; undefined where the budget does not allow it. */
  #copy(chunks: readonly Buffer[], { bodies, blocks }: Group): Buffer[] | undefined {
    const segments: Buffer[] = []
    for (const chunk of chunks) {
      const shared = this.#storedCopy(chunk, bodies)
      if (shared !== undefined) {
        for (const segment of shared) blocks.share(segment)
        segments.push(...shared)
        continue
      }
      for (let copied = 0; copied < chunk.length;) {
        if (blocks.isFull && !this.#makeSpace(blocks.blockSize)) {
          for (const segment of segments) blocks.release(segment)
          return undefined
        }
        const segment = blocks.copy(chunk.subarray(copied))
        segments.push(segment)
        copied += segment.length
      }
    }
    return segments
  }

  /** The copy of a received chunk, where one of these bodies holds it. */
  #storedCopy(chunk: Buffer, bodies: ReadonlySet<StoredBody>): Buffer[] | undefined {
    const ofChunk = this.#copies.get(chunk)
    const copy = ofChunk ?? this.#copies.get(chunk.buffer)
    if (copy === undefined || !bodies.has(copy.body)) return undefined
    const start = copy.offset + (ofChunk === undefined ? chunk.byteOffset : 0)
    return sliceChunks(copy.body.segments, start, start + chunk.length)
  }

  #remember(chunks: readonly Buffer[], body: StoredBody): void {
    const { bodies } = this.#groupOf(body)
    let offset = 0
    for (const chunk of chunks) {
      if (this.#storedCopy(chunk, bodies) === undefined) {
        const fillsItsMemory = chunk.length === chunk.buffer.byteLength
        this.#copies.set(fillsItsMemory ? chunk.buffer : chunk, { body, offset })
      }
      offset += chunk.length
    }
  }

  /** Drops the oldest bodies until so many bytes more are within the budget; false where that is not enough. */
  #makeSpace(bytes: number): boolean {
    while (this.bytes + bytes > this.#budget) {
      const oldest = first(this.#images.bodies) ?? first(this.#others.bodies)
      if (oldest === undefined) return false
      this.drop(oldest)
    }
    return true
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value
}
