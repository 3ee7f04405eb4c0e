/** Which backend of the levels takes the next attempt. Pure: health and room are looked up, nothing is changed. */
import type { HealthStatus } from '../api.ts'
import type { Level } from './levels.ts'

/** What the choice needs to know of one backend. */
export interface Candidate {
  readonly status: HealthStatus
  /** False while as many predictions run on it as it may have at once. */
  readonly hasRoom: boolean
}

export type Choice =
  /** Send it there; the next choice on this level starts behind `position`. */
  | { readonly kind: 'backend'; readonly name: string; readonly level: Level; readonly position: number }
  /** All that could take it are full. */
  | { readonly kind: 'wait'; readonly names: readonly string[] }
  /** Nobody is left to be tried. */
  | { readonly kind: 'none' }

export interface ChoiceInput {
  readonly levels: readonly Level[]
  readonly tried: ReadonlySet<string>
  /** Undefined for a name that is no backend (any more). */
  readonly candidate: (name: string) => Candidate | undefined
  /** Where the round robin of a level stands. */
  readonly position: (levelKey: string) => number
}

interface Group {
  readonly level: Level
  readonly names: readonly string[]
}

/** The backends of the levels that were not tried yet, level by level, of each in the order of `statuses`. */
function groupsOf(input: ChoiceInput, statuses: readonly HealthStatus[]): Group[] {
  const untried = (level: Level, status: HealthStatus): string[] =>
    level.pool.filter((name) => !input.tried.has(name) && input.candidate(name)?.status === status)
  return input.levels.flatMap((level) => statuses.map((status) => ({ level, names: untried(level, status) })))
}

/** Round robin: the first of `names` at or behind the position in the pool, around its end. */
function nextInPool(pool: readonly string[], names: readonly string[], position: number): number {
  for (let step = 0; step < pool.length; step++) {
    const index = (position + step) % pool.length
    const name = pool[index]
    if (name !== undefined && names.includes(name)) return index
  }
  return -1
}

/** The first group with room decides; where all are full, one waits for any of them. */
function chooseFrom(groups: readonly Group[], input: ChoiceInput): Choice {
  const full = new Set<string>()
  for (const { level, names } of groups) {
    const free = names.filter((name) => input.candidate(name)?.hasRoom === true)
    const index = nextInPool(level.pool, free, input.position(level.key))
    const name = level.pool[index]
    if (name !== undefined) return { kind: 'backend', name, level, position: (index + 1) % level.pool.length }
    for (const busy of names) full.add(busy)
  }
  return full.size === 0 ? { kind: 'none' } : { kind: 'wait', names: [...full] }
}

/**
 * Chooses the backend for the next attempt of a dispatch: of each level the healthy ones, then those not yet checked.
 * Those known to be unhealthy come after all levels and only where there is nobody else, full or not: trying them is
 * better than failing, but waiting is better than trying them.
 */
export function choose(input: ChoiceInput): Choice {
  const choice = chooseFrom(groupsOf(input, ['healthy', 'unknown']), input)
  return choice.kind === 'none' ? chooseFrom(groupsOf(input, ['unhealthy']), input) : choice
}

/** How many backends could still be tried. */
export function untriedCount(
  levels: readonly Level[],
  tried: ReadonlySet<string>,
  exists: (name: string) => boolean,
): number {
  const left = new Set<string>()
  for (const level of levels) {
    for (const name of level.pool) if (!tried.has(name) && exists(name)) left.add(name)
  }
  return left.size
}
