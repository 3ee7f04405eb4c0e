/** The mean times of answers of a machine without a queue inside, for each kind of work, milliseconds. */
import { MAX_WORKS, REMEMBERED_ANSWERS, SPEED_CHANGE } from './limits.ts'

interface Base {
  ms: number
  /** The number of answers that the mean counts as. */
  weight: number
  /** The number of its last use; see {@link dropLeastRecent}. */
  used: number
}

/**
 * Drops the kind of work that was used longest ago. Any client can make up names of tasks; dropped so, they make room for
 * Immich's again. To be called only where a new kind finds no room, as all are looked through.
 * @param works each with the number of its last use, counted upwards
 */
export function dropLeastRecent(works: Map<string, { readonly used: number }>): void {
  let [oldest, least] = ['', Infinity]
  for (const [work, { used }] of works) {
    if (used < least) [oldest, least] = [work, used]
  }
  works.delete(oldest)
}

/** The number of answers of one kind of work, and the sum of their times. */
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

/** Owns the base times of one backend. */
export class BaseTimes {
  readonly #bases = new Map<string, Base>()
  #uses = 0

  /** The number of answers that the base time of a kind of work counts as; 0 where it has none. */
  weightOf(work: string | undefined): number {
    return work === undefined ? 0 : (this.#bases.get(work)?.weight ?? 0)
  }

  /** The longest base time of any kind of work; 0 where there is none. */
  get longestMs(): number {
    return Math.max(0, ...[...this.#bases.values()].map(({ ms }) => ms))
  }

  /** Averages one answer. @param memory the most answers that the mean counts as */
  add(work: string, ms: number, memory = REMEMBERED_ANSWERS): void {
    this.#merge(work, { count: 1, ms }, memory)
  }

  /** Whether answers differ from their base times by more than jitter explains: the speed of the machine changed. */
  hasChanged(sums: Sums): boolean {
    const factor = this.#factorOf(sums)
    return factor > SPEED_CHANGE || factor < 1 / SPEED_CHANGE
  }

  /**
   * Averages the answers of a probe. Where the speed has changed, the base times of their kinds are dropped first, and those
   * of the other kinds scaled by the same factor.
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
   * Compares answers with their base times. Kinds of work without one are left out.
   * @returns the time without a queue, the time taken, and the share of the time (0 to 1) that went to kinds with a base time
   *   of at least `minWeight` answers
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
    const used = ++this.#uses
    if (base === undefined) {
      if (this.#bases.size >= MAX_WORKS) dropLeastRecent(this.#bases)
      this.#bases.set(work, { ms: ms / count, weight: count, used })
      return
    }
    base.used = used
    const weight = Math.min(base.weight, Math.max(0, memory - count))
    base.ms = (base.ms * weight + ms) / (weight + count)
    base.weight = weight + count
  }
}
