/** The recorded bodies that are still kept, within a budget: the oldest images go first. */

/** A body that can be dropped when room is needed. */
export interface KeptBody {
  readonly chunks: readonly Buffer[]
  readonly isImage: boolean
  /** Told when the bytes are gone. */
  readonly onDrop: () => void
}

export class KeptBodies {
  readonly #budget: number
  readonly #images = new Set<KeptBody>()
  readonly #others = new Set<KeptBody>()
  /** How many bodies lie in a piece of memory: an outgoing body shares most of the incoming one's. */
  readonly #uses = new Map<ArrayBufferLike, number>()
  #bytes = 0

  /** @param budget bytes of memory in all */
  constructor(budget: number) {
    this.#budget = budget
  }

  /** Bytes of memory that are held. */
  get bytes(): number {
    return this.#bytes
  }

  get budget(): number {
    return this.#budget
  }

  /** Keeps a body and drops older ones, at last this one itself, where the budget asks for it. */
  add(body: KeptBody): void {
    const group = body.isImage ? this.#images : this.#others
    group.add(body)
    for (const { buffer } of body.chunks) {
      const uses = this.#uses.get(buffer) ?? 0
      if (uses === 0) this.#bytes += buffer.byteLength
      this.#uses.set(buffer, uses + 1)
    }
    while (this.#bytes > this.#budget) {
      const oldest = first(this.#images) ?? first(this.#others)
      if (oldest === undefined) return
      this.drop(oldest)
    }
  }

  has(body: KeptBody): boolean {
    return this.#images.has(body) || this.#others.has(body)
  }

  drop(body: KeptBody): void {
    if (!this.#images.delete(body) && !this.#others.delete(body)) return
    for (const { buffer } of body.chunks) {
      const uses = (this.#uses.get(buffer) ?? 1) - 1
      if (uses > 0) {
        this.#uses.set(buffer, uses)
      } else {
        this.#uses.delete(buffer)
        this.#bytes -= buffer.byteLength
      }
    }
    body.onDrop()
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value
}
