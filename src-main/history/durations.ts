/** Durations as counts by class, from which percentiles are read. Pure. */
import { CLASSES_PER_DOUBLING, LAST_CLASS } from './limits.ts'

/** Classes and their counts in turn. A minute has some ten different ones. */
export type Durations = number[]

/** The class of a duration: class n ends at 2^(n / CLASSES_PER_DOUBLING) ms, class 0 at 1 ms. */
export function classOf(ms: number): number {
  if (!(ms > 1)) return 0
  return Math.min(LAST_CLASS, Math.ceil(Math.log2(ms) * CLASSES_PER_DOUBLING))
}

/** Adds `amount` durations of a class. */
export function addClass(durations: Durations, ofClass: number, amount: number): void {
  for (let at = 0; at < durations.length; at += 2) {
    if (durations[at] !== ofClass) continue
    durations[at + 1] = (durations[at + 1] ?? 0) + amount
    return
  }
  durations.push(ofClass, amount)
}

export function addDurations(to: Durations, from: Durations): void {
  for (let at = 0; at + 1 < from.length; at += 2) addClass(to, from[at] ?? 0, from[at + 1] ?? 0)
}

/** Three significant digits: more would claim what the classes do not hold. */
const rounded = (ms: number): number => Number(ms.toPrecision(3))

/** Durations of many minutes, added up. */
export class Tally {
  readonly #counts = new Uint32Array(LAST_CLASS + 1)
  #total = 0

  add(durations: Durations): void {
    for (let at = 0; at + 1 < durations.length; at += 2) {
      const ofClass = durations[at] ?? 0
      const amount = durations[at + 1] ?? 0
      this.#counts[ofClass] = (this.#counts[ofClass] ?? 0) + amount
      this.#total += amount
    }
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /**
   * The duration, milliseconds, that the given share of all did not exceed: the middle of its class.
   * @param share 0 to 1
   * @returns null where there is none
   */
  percentile(share: number): number | null {
    if (this.#total === 0) return null
    let left = Math.max(1, Math.ceil(this.#total * share))
    const found = this.#counts.findIndex((amount) => (left -= amount) <= 0)
    return rounded(2 ** ((found - 0.5) / CLASSES_PER_DOUBLING))
  }
}

/** As {@link Tally.percentile}, of one list. */
export function percentile(durations: Durations, share: number): number | null {
  const tally = new Tally()
  tally.add(durations)
  return tally.percentile(share)
}
