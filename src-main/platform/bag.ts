/**
 * Things that come and go with every request, in no order.
 *
 * A Set does the same, but V8 gives it a new table now and then, and the old table keeps pointing at all that it held.
 * Once such tables are old, so are the requests behind them: some 5 KB of each search query waited for a collection of
 * the old generation, of which there were seven a second.
 */

/** A thing's place in its bag. */
export interface Slot<T> {
  readonly item: T
  /** -1 once it was taken out. */
  index: number
}

export class Bag<T> implements Iterable<T> {
  readonly #slots: Slot<T>[] = []

  get size(): number {
    return this.#slots.length
  }

  /** Puts a thing in; by the slot it is taken out again. */
  add(item: T): Slot<T> {
    const slot = { item, index: this.#slots.length }
    this.#slots.push(slot)
    return slot
  }

  /** Takes a thing out; false where it is out already. */
  remove(slot: Slot<T>): boolean {
    if (slot.index === -1) return false
    const last = this.#slots.pop()
    if (last !== undefined && last !== slot) {
      last.index = slot.index
      this.#slots[slot.index] = last
    }
    slot.index = -1
    return true
  }

  /** What is in now: taking out on the way changes nothing of that. */
  [Symbol.iterator](): Iterator<T> {
    return this.#slots.map(({ item }) => item).values()
  }
}
