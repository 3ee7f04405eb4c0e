/** Which routes may answer an entry, in the order in which they are tried. Pure. */
import { canonicalName, lookup } from '../config/names.ts'
import { poolNames, shareOf, type Pool, type Share } from '../config/pool-schema.ts'
import type { Config, Policy } from '../config/schema.ts'

/** A pool with the way it shares the work. */
export interface SharedTier {
  /** Names the route: `type:textual`, `task:clip` or `default`. */
  readonly key: string
  /** The names of its backends, in the order of the configuration. */
  readonly pool: readonly string[]
  readonly share: Share
}

/** A tier: the pool of one route, and its policy for the case that none of the pool can answer. */
export interface Tier extends SharedTier {
  readonly policy: Policy
}

export const DEFAULT_TIER = 'default'

function tierOf(
  kind: 'type' | 'task',
  name: string,
  routes: Readonly<Record<string, Pool>>,
  policies: Readonly<Record<string, Policy>>,
): Tier | undefined {
  const written = lookup(routes, name)
  const pool = poolNames(written)
  if (pool.length === 0) return undefined
  const policy = lookup(policies, name) ?? 'strict'
  return { key: `${kind}:${canonicalName(name)}`, pool, share: shareOf(written), policy }
}

/**
 * The tier of the route that names a type, from `modelTypeRouting`, else from `taskRouting`; undefined where none
 * does.
 */
export function typeTier(config: Config, type: string): Tier | undefined {
  return (
    tierOf('type', type, config.modelTypeRouting, config.modelTypeRoutingPolicy) ?? taskTier(config, type)
  )
}

/** The tier of the route that names a task; undefined where none does. */
export function taskTier(config: Config, task: string): Tier | undefined {
  return tierOf('task', task, config.taskRouting, config.taskRoutingPolicy)
}

/** The tier of the default backend; undefined where none is set. */
export function defaultTier(config: Config): Tier | undefined {
  const pool = poolNames(config.defaultBackend)
  if (pool.length === 0) return undefined
  const policy = config.defaultPolicy ?? 'strict'
  return { key: DEFAULT_TIER, pool, share: shareOf(config.defaultBackend), policy }
}

/**
 * The tiers up to the first one whose policy is not `fallback`, which is the last: no tier after it is ever tried.
 * Duplicates are dropped.
 */
export function untilStrict(tiers: readonly (Tier | undefined)[]): Tier[] {
  const chain: Tier[] = []
  for (const tier of tiers) {
    if (tier === undefined || chain.some(({ key }) => key === tier.key)) continue
    chain.push(tier)
    if (tier.policy !== 'fallback') break
  }
  return chain
}

/** Whether images wait while none of the tiers can answer, however long: the policy of the last one is `wait`. */
export function isWaitedFor(tiers: readonly Tier[]): boolean {
  return tiers.at(-1)?.policy === 'wait'
}

/**
 * How many backends of the tiers could still be tried.
 * @param exists whether a backend of this name is configured
 */
export function untriedCount(
  tiers: readonly SharedTier[],
  tried: ReadonlySet<string>,
  exists: (name: string) => boolean,
): number {
  const left = new Set<string>()
  for (const tier of tiers) {
    for (const name of tier.pool) if (!tried.has(name) && exists(name)) left.add(name)
  }
  return left.size
}

/**
 * The tiers that may answer an entry: `modelTypeRouting[type]`, `taskRouting[type]`, `taskRouting[task]`, the default
 * backend, up to the first one that is not `fallback`. Empty where no route names a backend.
 */
export function tiersFor(config: Config, task: string, type: string): Tier[] {
  return untilStrict([
    tierOf('type', type, config.modelTypeRouting, config.modelTypeRoutingPolicy),
    taskTier(config, type),
    taskTier(config, task),
    defaultTier(config),
  ])
}
