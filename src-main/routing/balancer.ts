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
  /** All that may take it are full. */
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

/**
 * The backends of the levels in groups, best first: of each level the healthy ones, then those not yet checked;
 * after all levels those known to be unhealthy, since trying them is better than failing.
 */
function* groups(input: ChoiceInput): Generator<{ level: Level; names: string[] }> {
  const untried = (level: Level, status: HealthStatus): string[] =>
    level.pool.filter((name) => !input.tried.has(name) && input.candidate(name)?.status === status)
  for (const level of input.levels) {
    yield { level, names: untried(level, 'healthy') }
    yield { level, names: untried(level, 'unknown') }
  }
  for (const level of input.levels) yield { level, names: untried(level, 'unhealthy') }
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

/** Chooses the backend for the next attempt of a dispatch. */
export function choose(input: ChoiceInput): Choice {
  for (const { level, names } of groups(input)) {
    if (names.length === 0) continue
    const free = names.filter((name) => input.candidate(name)?.hasRoom === true)
    const index = nextInPool(level.pool, free, input.position(level.key))
    const name = level.pool[index]
    if (name !== undefined) return { kind: 'backend', name, level, position: (index + 1) % level.pool.length }
    return { kind: 'wait', names }
  }
  return { kind: 'none' }
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
