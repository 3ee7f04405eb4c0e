/** Which routes decide for an entry, in the order in which they are asked. Pure. */
import { canonicalName, lookup } from '../config/names.ts'
import { poolNames, type Config, type Policy, type Pool } from '../config/schema.ts'

/** One tier of routing: a pool of backends and what happens when none of it can answer. */
export interface Tier {
  /** Names the route: `type:textual`, `task:clip` or `default`. */
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

/** The route that names a type, or undefined: `modelTypeRouting` before `taskRouting`. */
export function typeTier(config: Config, type: string): Tier | undefined {
  return (
    tierOf('type', type, config.modelTypeRouting, config.modelTypeRoutingPolicy) ?? taskTier(config, type)
  )
}

/** The route that names a task, or undefined. */
export function taskTier(config: Config, task: string): Tier | undefined {
  return tierOf('task', task, config.taskRouting, config.taskRoutingPolicy)
}

/** The default backend as the last tier, or undefined where none is set. */
export function defaultTier(config: Config): Tier | undefined {
  const pool = poolNames(config.defaultBackend)
  return pool.length === 0 ? undefined : { key: DEFAULT_TIER, pool, policy: 'strict' }
}

/** The tiers up to and with the first strict one: nothing below a strict tier is ever tried. */
export function untilStrict(tiers: readonly (Tier | undefined)[]): Tier[] {
  const chain: Tier[] = []
  for (const tier of tiers) {
    if (tier === undefined || chain.some(({ key }) => key === tier.key)) continue
    chain.push(tier)
    if (tier.policy === 'strict') break
  }
  return chain
}

/**
 * The tiers that may answer an entry, first hit first: `modelTypeRouting[type]`, `taskRouting[type]`,
 * `taskRouting[task]`, the default backend. Empty when no backend is configured for it.
 */
export function tiersFor(config: Config, task: string, type: string): Tier[] {
  return untilStrict([
    tierOf('type', type, config.modelTypeRouting, config.modelTypeRoutingPolicy),
    taskTier(config, type),
    taskTier(config, task),
    defaultTier(config),
  ])
}
