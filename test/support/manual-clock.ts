/** A clock that stands still until a test moves it. */
import type { Clock } from '../../src-main/platform/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** A time of day that looks like one. */
const START = Date.UTC(2026, 7, 1, 12)

/** Lets promises that are settled already call back, and those that follow from them. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
}

export class ManualClock implements Clock {
  #mono = 1_000
  /** The wall clock over the monotonic one: jumps when it is set. */
  #offset = START
  readonly #timers = new Set<Timer>()

  wall(): number {
    return this.#mono + this.#offset
  }

  mono(): number {
    return this.#mono
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#mono + Math.max(0, ms), callback }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How many timers run. */
  get timers(): number {
    return this.#timers.size
  }

  /** Sets the wall clock forward or back. */
  jump(ms: number): void {
    this.#offset += ms
  }

  /** Moves on, and runs what is due in its order; what follows from each has happened before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#mono + ms
    await settle()
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at)
      if (next === undefined || next.at > end) break
      this.#timers.delete(next)
      this.#mono = Math.max(this.#mono, next.at)
      next.callback()
      await settle()
    }
    this.#mono = end
    await settle()
  }
}

/** Its timers fire a millisecond early, as Node's do, and some of one passes at each look at it. */
export class RestlessClock extends ManualClock {
  #passed = 0
  readonly #perLookMs: number

  /** @param perLookMs how much passes at each look, milliseconds */
  constructor(perLookMs: number) {
    super()
    this.#perLookMs = perLookMs
  }

  override wall(): number {
    this.#passed += this.#perLookMs
    return super.wall() + this.#passed
  }

  override after(ms: number, callback: () => void): () => void {
    return super.after(ms - 1, callback)
  }
}
