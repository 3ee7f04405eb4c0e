/** The recorded bodies that are still kept, as copies within a budget: the oldest images go first. */
import { RECORDED_SLAB_BYTES } from '../defaults.ts'
import { joinChunks, sliceChunks } from './bytes.ts'
import { Slabs } from './slabs.ts'

/** A body that is kept. Its memory is used again once it is dropped: nobody else may hold on to its pieces. */
export interface KeptBody {
  readonly pieces: readonly Buffer[]
  readonly length: number
  readonly isImage: boolean
  /** Told when the bytes are gone. */
  readonly onDrop: () => void
}

/** The least number of slabs in a budget: a body wastes up to one of them. */
const SLABS_PER_BUDGET = 64

export class KeptBodies {
  readonly #budget: number
  readonly #slabs: Slabs
  readonly #images = new Set<KeptBody>()
  readonly #others = new Set<KeptBody>()
  /** Where the copy of a received piece begins: an outgoing body consists mostly of the incoming one's pieces. */
  readonly #copies = new WeakMap<ArrayBufferLike, { readonly body: KeptBody; readonly offset: number }>()
  #otherBytes = 0

  /** @param budget bytes of memory in all */
  constructor(budget: number) {
    this.#budget = budget
    this.#slabs = new Slabs(Math.max(1, Math.min(RECORDED_SLAB_BYTES, Math.floor(budget / SLABS_PER_BUDGET))))
  }

  /** Bytes of memory that are held. */
  get bytes(): number {
    return this.#slabs.bytes + this.#otherBytes
  }

  get budget(): number {
    return this.#budget
  }

  /**
   * Keeps a copy of a body and drops older ones where the budget asks for it.
   * @returns undefined where there is no room for it
   */
  keep(chunks: readonly Buffer[], isImage: boolean, onDrop: () => void): KeptBody | undefined {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (length > this.#budget) return undefined
    const pieces = isImage ? this.#copyImage(chunks) : this.#copyOther(chunks, length)
    if (pieces === undefined) return undefined
    const body: KeptBody = { pieces, length, isImage, onDrop }
    if (isImage) this.#remember(chunks, body)
    const group = isImage ? this.#images : this.#others
    group.add(body)
    return body
  }

  has(body: KeptBody): boolean {
    return this.#images.has(body) || this.#others.has(body)
  }

  /** The bytes from `start` to `end`, in memory of their own. */
  read(body: KeptBody, start = 0, end = body.length): Buffer {
    return Buffer.concat(sliceChunks(body.pieces, start, end))
  }

  drop(body: KeptBody): void {
    if (this.#images.delete(body)) this.#release(body.pieces)
    else if (this.#others.delete(body)) this.#otherBytes -= body.length
    else return
    body.onDrop()
  }

  #release(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#slabs.release(piece)
  }

  #copyOther(chunks: readonly Buffer[], length: number): Buffer[] | undefined {
    if (!this.#makeRoom(length)) return undefined
    this.#otherBytes += length
    return [Buffer.from(new Uint8Array(joinChunks(chunks, 0, length)).buffer)]
  }

  /** Copies what is not there yet; undefined where there is no room for it. */
  #copyImage(chunks: readonly Buffer[]): Buffer[] | undefined {
    const pieces: Buffer[] = []
    for (const chunk of chunks) {
      const shared = this.#shared(chunk)
      if (shared !== undefined) {
        for (const piece of shared) this.#slabs.share(piece)
        pieces.push(...shared)
        continue
      }
      for (let done = 0; done < chunk.length;) {
        if (this.#slabs.isFull && !this.#makeRoom(this.#slabs.size)) {
          this.#release(pieces)
          return undefined
        }
        const piece = this.#slabs.copy(chunk.subarray(done))
        pieces.push(piece)
        done += piece.length
      }
    }
    return pieces
  }

  /** The copy of a received piece that is kept already. */
  #shared(chunk: Buffer): Buffer[] | undefined {
    const copy = this.#copies.get(chunk.buffer)
    if (copy === undefined || !this.#images.has(copy.body)) return undefined
    const start = copy.offset + chunk.byteOffset
    return sliceChunks(copy.body.pieces, start, start + chunk.length)
  }

  #remember(chunks: readonly Buffer[], body: KeptBody): void {
    let offset = 0
    for (const chunk of chunks) {
      const isWhole = chunk.length === chunk.buffer.byteLength
      if (isWhole && this.#shared(chunk) === undefined) this.#copies.set(chunk.buffer, { body, offset })
      offset += chunk.length
    }
  }

  /** Drops the oldest until so many bytes more are within the budget. */
  #makeRoom(bytes: number): boolean {
    while (this.bytes + bytes > this.#budget) {
      const oldest = first(this.#images) ?? first(this.#others)
      if (oldest === undefined) return false
      this.drop(oldest)
    }
    return true
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value
}
