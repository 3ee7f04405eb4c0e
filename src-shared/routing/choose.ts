/** Chooses the backend for the next attempt of a dispatch. Pure: it reads health and slots and changes nothing. */
import type { HealthStatus } from '../api.ts'
import type { Tier } from './tiers.ts'

/** `late`: not unhealthy, but its last ping was late, so that it is busy or hangs. */
export type CandidateStatus = HealthStatus | 'late'

/** What the choice needs to know of a backend. */
export interface Candidate {
  readonly status: CandidateStatus
  /** False while as many predictions run on it as its `maxConcurrent` allows. */
  readonly hasFreeSlot: boolean
}

export type Choice =
  /** To be sent to this backend. `position` is where the round robin of the tier stands afterwards. */
  | { readonly kind: 'backend'; readonly name: string; readonly tier: Tier; readonly position: number }
  /** Every backend that may be tried has all its slots taken. */
  | { readonly kind: 'wait'; readonly names: readonly string[] }
  /** No backend is left to be tried. */
  | { readonly kind: 'none' }

export interface ChoiceInput {
  readonly tiers: readonly Tier[]
  /** The names of the backends that have failed this dispatch already. */
  readonly tried: ReadonlySet<string>
  /** A backend by name; undefined where none of this name is configured. */
  readonly candidate: (name: string) => Candidate | undefined
  /** Where the round robin of a tier stands: an index into its pool. */
  readonly position: (tierKey: string) => number
}

/**
 * Looks through the tiers, in each through the given statuses, and for each status through the pool from the position
 * of its round robin on. Returns the first backend with a free slot. Where all have theirs taken, the dispatch waits
 * for any of them.
 */
function chooseAmong(input: ChoiceInput, statuses: readonly CandidateStatus[]): Choice {
  const full = new Set<string>()
  for (const tier of input.tiers) {
    const { pool } = tier
    const from = input.position(tier.key)
    for (const status of statuses) {
      for (let step = 0; step < pool.length; step++) {
        const index = (from + step) % pool.length
        const name = pool[index]
        if (name === undefined || input.tried.has(name)) continue
        const candidate = input.candidate(name)
        if (candidate?.status !== status) continue
        if (candidate.hasFreeSlot) return { kind: 'backend', name, tier, position: (index + 1) % pool.length }
        full.add(name)
      }
    }
  }
  if (full.size === 0) return { kind: 'none' }
  // In the order of the pools: the error names them where the wait was in vain.
  const names = input.tiers.flatMap(({ pool }) => pool.filter((name) => full.delete(name)))
  return { kind: 'wait', names }
}

/**
 * Chooses the backend for the next attempt of a dispatch: tier by tier the healthy ones, then those not checked yet,
 * then those whose pings are late.
 * Unhealthy ones are tried only where no others are left, with a free slot or without: trying one is better than
 * failing, and waiting for a healthy one is better than trying it.
 */
export function choose(input: ChoiceInput): Choice {
  const choice = chooseAmong(input, ['healthy', 'unknown', 'late'])
  return choice.kind === 'none' ? chooseAmong(input, ['unhealthy']) : choice
}

/**
 * How many backends of the tiers could still be tried.
 * @param exists whether a backend of this name is configured
 */
export function untriedCount(
  tiers: readonly Tier[],
  tried: ReadonlySet<string>,
  exists: (name: string) => boolean,
): number {
  const left = new Set<string>()
  for (const tier of tiers) {
    for (const name of tier.pool) if (!tried.has(name) && exists(name)) left.add(name)
  }
  return left.size
}
