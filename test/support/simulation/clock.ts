/** A simulated clock: it runs events in the order of their times without waiting. */

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Runs events in the order of their times, those of one time in the order in which they were planned. */
export class SimulatedClock {
  /** Milliseconds. */
  now = 0
  /** A binary heap. */
  readonly #events: Event[] = []
  #order = 0

  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.now), order: this.#order++, run })
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run)
  }

  /** Runs all events up to a time. */
  runUntil(time: number): void {
    for (let next = this.#events[0]; next !== undefined && next.at <= time; next = this.#events[0]) {
      this.#pop()
      this.now = next.at
      next.run()
    }
    this.now = time
  }

  #push(event: Event): void {
    const events = this.#events
    let at = events.length
    events.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = events[parent]
      if (above === undefined || isBefore(above, event)) break
      events[at] = above
      at = parent
    }
    events[at] = event
  }

  #pop(): void {
    const events = this.#events
    const last = events.pop()
    if (last === undefined || events.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const left = events[child]
      const right = events[child + 1]
      if (left === undefined) break
      if (right !== undefined && isBefore(right, left)) child++
      const below = events[child]
      if (below === undefined || isBefore(last, below)) break
      events[at] = below
      at = child
    }
    events[at] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
