/** Which backends a request is better sent to than to the one that takes it, and whether to wake them for it. Pure. */
import type { SharedTier } from './tiers.ts'

/** How fast a backend does one kind of work. */
export interface WorkSpeed {
  /** Time of an answer, milliseconds. */
  readonly answerMs: number
  /** How many it works on at once. */
  readonly slots: number
}

/** The names of what a request would rather be sent to. */
export interface Preferred {
  /** Whatever it costs: those of the tiers before, and those before it in a pool that is used in order. */
  readonly always: readonly string[]
  /** Where they have done what waits sooner: the others of a pool that shares by speed. */
  readonly ifSooner: readonly string[]
}

/** @param asked the name of the backend that takes the request */
export function preferredTo(asked: string, tiers: readonly SharedTier[]): Preferred {
  const always: string[] = []
  for (const { pool, share } of tiers) {
    const at = pool.indexOf(asked)
    if (at === -1) {
      always.push(...pool)
      continue
    }
    if (share === 'in-order') always.push(...pool.slice(0, at))
    const ifSooner = share === 'by-speed' ? pool.filter((name) => name !== asked) : []
    return { always, ifSooner }
  }
  return { always: [], ifSooner: [] }
}

/**
 * Whether a machine that sleeps has done what waits sooner than the one that serves, its start included.
 * @param waiting images
 * @param sleeping undefined where it has not done this kind of work yet: then its start alone counts
 * @param startMs how long it takes until it answers
 */
export function wakesSooner(
  waiting: number,
  serving: WorkSpeed,
  sleeping: WorkSpeed | undefined,
  startMs: number,
): boolean {
  const timeOf = ({ answerMs, slots }: WorkSpeed): number => (waiting * answerMs) / slots
  return startMs + (sleeping === undefined ? 0 : timeOf(sleeping)) < timeOf(serving)
}
