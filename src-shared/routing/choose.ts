/** Which backend of the tiers takes the next attempt. Pure: health and room are looked up, nothing is changed. */
import type { HealthStatus } from '../api.ts'
import type { Tier } from './tiers.ts'

/** What the choice needs to know of one backend. */
export interface Candidate {
  readonly status: HealthStatus
  /** False while as many predictions run on it as it may have at once. */
  readonly hasFreeSlot: boolean
}

export type Choice =
  /** Send it there; the next choice on this tier starts behind `position`. */
  | { readonly kind: 'backend'; readonly name: string; readonly tier: Tier; readonly position: number }
  /** All that could take it are full. */
  | { readonly kind: 'wait'; readonly names: readonly string[] }
  /** Nobody is left to be tried. */
  | { readonly kind: 'none' }

export interface ChoiceInput {
  readonly tiers: readonly Tier[]
  readonly tried: ReadonlySet<string>
  /** Undefined for a name that is no backend (any more). */
  readonly candidate: (name: string) => Candidate | undefined
  /** Where the round robin of a tier stands. */
  readonly position: (tierKey: string) => number
}

/**
 * Of each tier the backends of one status after the other, round robin from its position on: the first with room.
 * Where all are full, one waits for any of them.
 */
function chooseAmong(input: ChoiceInput, statuses: readonly HealthStatus[]): Choice {
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
  // In the order of the pools: they stand in the error that is shown where the wait is in vain.
  const names = input.tiers.flatMap(({ pool }) => pool.filter((name) => full.delete(name)))
  return { kind: 'wait', names }
}

/**
 * Chooses the backend for the next attempt of a dispatch: of each tier the healthy ones, then those not yet checked.
 * Those known to be unhealthy come after all tiers and only where there is nobody else, full or not: trying them is
 * better than failing, but waiting is better than trying them.
 */
export function choose(input: ChoiceInput): Choice {
  const choice = chooseAmong(input, ['healthy', 'unknown'])
  return choice.kind === 'none' ? chooseAmong(input, ['unhealthy']) : choice
}

/** How many backends could still be tried. */
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
