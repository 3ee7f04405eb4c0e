/** Which routes decide for an entry, in the order in which they are asked. Pure. */
import { canonicalName, lookup } from '../settings/names.ts'
import { poolNames, type Config, type Policy, type Pool } from '../settings/schema.ts'

/** One level of routing: a pool of backends and what happens when none of it can answer. */
export interface Level {
  /** Names the route: `type:textual`, `task:clip` or `default`. */
  readonly key: string
  /** The names of its backends, in the order of the configuration. */
  readonly pool: readonly string[]
  readonly policy: Policy
}

export const DEFAULT_LEVEL = 'default'

function levelOf(
  kind: 'type' | 'task',
  name: string,
  routes: Readonly<Record<string, Pool>>,
  policies: Readonly<Record<string, Policy>>,
): Level | undefined {
  const pool = poolNames(lookup(routes, name))
  if (pool.length === 0) return undefined
  return { key: `${kind}:${canonicalName(name)}`, pool, policy: lookup(policies, name) ?? 'strict' }
}

/** The route that names a type, or undefined: `modelTypeRouting` before `taskRouting`. */
export function typeLevel(config: Config, type: string): Level | undefined {
  return (
    levelOf('type', type, config.modelTypeRouting, config.modelTypeRoutingPolicy) ?? taskLevel(config, type)
  )
}

/** The route that names a task, or undefined. */
export function taskLevel(config: Config, task: string): Level | undefined {
  return levelOf('task', task, config.taskRouting, config.taskRoutingPolicy)
}

/** The default backend as the last level, or undefined where none is set. */
export function defaultLevel(config: Config): Level | undefined {
  const pool = poolNames(config.defaultBackend)
  return pool.length === 0 ? undefined : { key: DEFAULT_LEVEL, pool, policy: 'strict' }
}

/** The levels up to and with the first strict one: nothing below a strict level is ever tried. */
export function untilStrict(levels: readonly (Level | undefined)[]): Level[] {
  const chain: Level[] = []
  for (const level of levels) {
    if (level === undefined || chain.some(({ key }) => key === level.key)) continue
    chain.push(level)
    if (level.policy === 'strict') break
  }
  return chain
}

/**
 * The levels that may answer an entry, first hit first: `modelTypeRouting[type]`, `taskRouting[type]`,
 * `taskRouting[task]`, the default backend. Empty when no backend is configured for it.
 */
export function levelsFor(config: Config, task: string, type: string): Level[] {
  return untilStrict([
    levelOf('type', type, config.modelTypeRouting, config.modelTypeRoutingPolicy),
    taskLevel(config, type),
    taskLevel(config, task),
    defaultLevel(config),
  ])
}
