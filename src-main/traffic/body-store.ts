/** The recorded bodies that are still kept, as copies within a budget: the oldest images go first. */
import { RECORDED_SLAB_BYTES, RECORDED_SMALL_SLAB_BYTES } from './limits.ts'
import { sliceChunks } from '../wire/bytes.ts'
import { BodySlabs } from './body-store-slabs.ts'

/** A body that is kept. Its memory is used again once it is dropped: nobody else may hold on to its pieces. */
export interface StoredBytes {
  readonly pieces: readonly Buffer[]
  readonly length: number
  readonly isImage: boolean
  /** Told when the bytes are gone. */
  readonly onDrop: () => void
}

/** The least number of slabs in a budget: a body wastes up to one of them. */
const SLABS_PER_BUDGET = 64

/** Bodies of one kind, oldest first, in memory of their own. */
interface Group {
  readonly bodies: Set<StoredBytes>
  readonly slabs: BodySlabs
}

/** Where the copy of a piece lies. */
interface Copy {
  readonly body: StoredBytes
  /** Of its first byte in the body. */
  readonly offset: number
}

export class BodyStore {
  readonly #budget: number
  readonly #images: Group
  /** Answers and texts: they stay when the photos beside them go. */
  readonly #others: Group
  /**
   * Where the copy of a received piece begins: what goes out is mostly what came in, bodies and answers. By the piece
   * itself, and by its memory where it fills that alone; other memory may hold something else by now.
   */
  readonly #copies = new WeakMap<Buffer | ArrayBufferLike, Copy>()

  /** @param budget bytes of memory in all */
  constructor(budget: number) {
    this.#budget = budget
    const most = Math.max(1, Math.floor(budget / SLABS_PER_BUDGET))
    const group = (size: number): Group => ({ bodies: new Set(), slabs: new BodySlabs(Math.min(size, most)) })
    this.#images = group(RECORDED_SLAB_BYTES)
    this.#others = group(RECORDED_SMALL_SLAB_BYTES)
  }

  /** Bytes of memory that are held. */
  get bytes(): number {
    return this.#images.slabs.bytes + this.#others.slabs.bytes
  }

  get budget(): number {
    return this.#budget
  }

  /**
   * Keeps a copy of a body and drops older ones where the budget asks for it.
   * @returns undefined where there is no room for it
   */
  keep(chunks: readonly Buffer[], isImage: boolean, onDrop: () => void): StoredBytes | undefined {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (length > this.#budget) return undefined
    const group = isImage ? this.#images : this.#others
    const pieces = this.#copy(chunks, group)
    if (pieces === undefined) return undefined
    const body: StoredBytes = { pieces, length, isImage, onDrop }
    this.#remember(chunks, body)
    group.bodies.add(body)
    return body
  }

  has(body: StoredBytes): boolean {
    return this.#groupOf(body).bodies.has(body)
  }

  /** The bytes from `start` to `end`, in memory of their own. */
  read(body: StoredBytes, start = 0, end = body.length): Buffer {
    return Buffer.concat(sliceChunks(body.pieces, start, end))
  }

  drop(body: StoredBytes): void {
    const { bodies, slabs } = this.#groupOf(body)
    if (!bodies.delete(body)) return
    for (const piece of body.pieces) slabs.release(piece)
    body.onDrop()
  }

  #groupOf(body: StoredBytes): Group {
    return body.isImage ? this.#images : this.#others
  }

  /** Copies what is not there yet; undefined where there is no room for it. */
  #copy(chunks: readonly Buffer[], { bodies, slabs }: Group): Buffer[] | undefined {
    const pieces: Buffer[] = []
    for (const chunk of chunks) {
      const shared = this.#shared(chunk, bodies)
      if (shared !== undefined) {
        for (const piece of shared) slabs.share(piece)
        pieces.push(...shared)
        continue
      }
      for (let done = 0; done < chunk.length;) {
        if (slabs.isFull && !this.#makeRoom(slabs.size)) {
          for (const piece of pieces) slabs.release(piece)
          return undefined
        }
        const piece = slabs.copy(chunk.subarray(done))
        pieces.push(piece)
        done += piece.length
      }
    }
    return pieces
  }

  /** The copy of a received piece that is kept already among these bodies. */
  #shared(chunk: Buffer, bodies: ReadonlySet<StoredBytes>): Buffer[] | undefined {
    const ofPiece = this.#copies.get(chunk)
    const copy = ofPiece ?? this.#copies.get(chunk.buffer)
    if (copy === undefined || !bodies.has(copy.body)) return undefined
    const start = copy.offset + (ofPiece === undefined ? chunk.byteOffset : 0)
    return sliceChunks(copy.body.pieces, start, start + chunk.length)
  }

  #remember(chunks: readonly Buffer[], body: StoredBytes): void {
    const { bodies } = this.#groupOf(body)
    let offset = 0
    for (const chunk of chunks) {
      if (this.#shared(chunk, bodies) === undefined) {
        const isAlone = chunk.length === chunk.buffer.byteLength
        this.#copies.set(isAlone ? chunk.buffer : chunk, { body, offset })
      }
      offset += chunk.length
    }
  }

  /** Drops the oldest until so many bytes more are within the budget. */
  #makeRoom(bytes: number): boolean {
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
