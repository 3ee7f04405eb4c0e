/** Which routes may answer an entry, in the order in which they are tried. Pure. */
import { canonicalName, lookup } from '../config/names.ts'
import { poolNames, type Config, type Policy, type Pool } from '../config/schema.ts'

/** A tier: the pool of one route, and its policy for the case that none of the pool can answer. */
export interface Tier {
  /** The name of the route: `type:textual`, `task:clip` or `default`. */
  readonly key: string
  /** The names of its backends, in the order of the configuration. */
  readonly pool: readonly string[]
  readonly policy: Policy
}

export const DEFAULT_TIER = 'default'

function tierOf(
  kind: 'type' | 'task',
  name: string,
  routes: Readonly<Record<string, Pool>>,
  policies: Readonly<Record<string, Policy>>,
): Tier | undefined {
  const pool = poolNames(lookup(routes, name))
  if (pool.length === 0) return undefined
  return { key: `${kind}:${canonicalName(name)}`, pool, policy: lookup(policies, name) ?? 'strict' }
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
  return pool.length === 0 ? undefined : { key: DEFAULT_TIER, pool, policy: config.defaultPolicy ?? 'strict' }
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
 * The backends that a request would rather be answered by than by the one that is asked: those of the tiers before it.
 * @param asked the name of that one
 */
export function preferredTo(asked: string, tiers: readonly Tier[]): string[] {
  const at = tiers.findIndex(({ pool }) => pool.includes(asked))
  return tiers.slice(0, Math.max(0, at)).flatMap(({ pool }) => pool)
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
