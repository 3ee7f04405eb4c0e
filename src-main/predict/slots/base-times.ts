/** Times of answers of a machine that nobody queues in, for each kind of work. */
import { MAX_WORKS, REMEMBERED_ANSWERS, SPEED_CHANGE } from './limits.ts'

interface Base {
  ms: number
  /** Answers that the mean stands for. */
  weight: number
}

/** Answers of one kind of work, summed up. */
export interface Sum {
  count: number
  ms: number
}

export type Sums = ReadonlyMap<string, Sum>

/** Adds one answer to sums that are kept for a bounded number of kinds. */
export function addTo(sums: Map<string, Sum>, work: string, ms: number): void {
  const sum = sums.get(work)
  if (sum !== undefined) {
    sum.count++
    sum.ms += ms
  } else if (sums.size < MAX_WORKS) {
    sums.set(work, { count: 1, ms })
  }
}

/** Means of what was measured without a queue. */
export class BaseTimes {
  readonly #bases = new Map<string, Base>()

  /** How many answers stand behind the time of a kind of work. */
  weightOf(work: string | undefined): number {
    return work === undefined ? 0 : (this.#bases.get(work)?.weight ?? 0)
  }

  get longestMs(): number {
    return Math.max(0, ...[...this.#bases.values()].map(({ ms }) => ms))
  }

  /** Takes in one answer. */
  add(work: string, ms: number, memory = REMEMBERED_ANSWERS): void {
    this.#merge(work, { count: 1, ms }, memory)
  }

  /** Whether answers differ from what is known by more than jitter explains: the machine runs at another speed. */
  hasChanged(sums: Sums): boolean {
    const factor = this.#factorOf(sums)
    return factor > SPEED_CHANGE || factor < 1 / SPEED_CHANGE
  }

  /**
   * Takes in the answers of a probe. Where the speed has changed, what was known of their kinds is dropped, and that of
   * the others scaled alike.
   */
  addProbe(sums: Sums, memory: number): void {
    if (this.hasChanged(sums)) {
      const factor = this.#factorOf(sums)
      for (const base of this.#bases.values()) {
        base.ms *= factor
        base.weight = 1
      }
      for (const work of sums.keys()) this.#bases.delete(work)
    }
    for (const [work, sum] of sums) this.#merge(work, sum, memory)
  }

  /**
   * What the answers would have taken without a queue, and what they took; kinds that are not known are left out.
   * `knownShare` is the share of the time whose kinds have a base time of so many answers at least.
   */
  compare(sums: Sums, minWeight = 1): { baseMs: number; tookMs: number; knownShare: number } {
    let [baseMs, tookMs, knownMs, allMs] = [0, 0, 0, 0]
    for (const [work, { count, ms }] of sums) {
      const base = this.#bases.get(work)
      allMs += ms
      if (base === undefined) continue
      baseMs += base.ms * count
      tookMs += ms
      if (base.weight >= minWeight) knownMs += ms
    }
    return { baseMs, tookMs, knownShare: allMs === 0 ? 0 : knownMs / allMs }
  }

  #factorOf(sums: Sums): number {
    const { baseMs, tookMs } = this.compare(sums)
    return baseMs === 0 ? 1 : tookMs / baseMs
  }

  #merge(work: string, { count, ms }: Sum, memory: number): void {
    const base = this.#bases.get(work)
    if (base === undefined) {
      if (this.#bases.size < MAX_WORKS) this.#bases.set(work, { ms: ms / count, weight: count })
      return
    }
    const weight = Math.min(base.weight, Math.max(0, memory - count))
    base.ms = (base.ms * weight + ms) / (weight + count)
    base.weight = weight + count
  }
}
