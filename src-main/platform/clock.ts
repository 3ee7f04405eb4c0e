/** The time, for parts whose tests have a clock of their own. */

export interface Clock {
  /** Unix milliseconds; may be set back. */
  wall(): number
  /** Milliseconds of a clock that never goes back. */
  mono(): number
  /** Calls back once after so many milliseconds; keeps no process alive. @returns ends it */
  after(ms: number, callback: () => void): () => void
}

/** Node runs a longer timer after 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, Math.ceil(ms)), LONGEST_TIMER_MS)).unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after so many milliseconds. */
export function delay(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}
