/** The health of the whole from the health of its backends. Pure. */
import type { BackendHealth, Overall } from '../api.ts'
import { poolNames, type Config } from '../config/schema.ts'
import { defaultTier, tiersFor, untilStrict, taskTier, type Tier } from './tiers.ts'

/** The health of a backend as far as it decides whether a route is served. */
export interface RouteHealth extends BackendHealth {
  /** Left out because its predictions failed, although it answers pings: it serves where nobody else can. */
  readonly isLastResort?: boolean
}

export type HealthOf = (name: string) => RouteHealth | undefined

function serves(health: RouteHealth | undefined): boolean {
  return health?.status === 'healthy' || health?.isLastResort === true
}

/** The tasks in which Immich uses a type: what a type's route falls back to depends on the task. */
const TASKS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  textual: ['clip'],
  visual: ['clip'],
  detection: ['facial-recognition', 'ocr'],
  recognition: ['facial-recognition', 'ocr'],
}

interface Route {
  readonly title: string
  readonly tiers: readonly Tier[]
}

function routesOf(config: Config): Route[] {
  const routes: Route[] = []
  const fallback = defaultTier(config)
  if (fallback !== undefined) routes.push({ title: 'the default backend', tiers: [fallback] })
  for (const [task, pool] of Object.entries(config.taskRouting)) {
    if (poolNames(pool).length === 0) continue
    routes.push({ title: `task "${task}"`, tiers: untilStrict([taskTier(config, task), fallback]) })
  }
  for (const [type, pool] of Object.entries(config.modelTypeRouting)) {
    if (poolNames(pool).length === 0) continue
    const tasks = Object.hasOwn(TASKS_OF_TYPE, type) ? (TASKS_OF_TYPE[type] ?? []) : ['']
    for (const task of tasks) routes.push({ title: `type "${type}"`, tiers: tiersFor(config, task, type) })
  }
  return routes
}

function describe(tiers: readonly Tier[], healthOf: HealthOf): string {
  const names = [...new Set(tiers.flatMap((tier) => tier.pool))]
  return names
    .map((name) => {
      const health = healthOf(name)
      if (health === undefined) return `${name}: not a backend`
      return `${name}: ${health.error === '' ? (health.status === 'unknown' ? 'not checked yet' : health.status) : health.error}`
    })
    .join('; ')
}

/**
 * What keeps the whole from serving every route, as sentences; empty when all is well. A route counts as served
 * when a backend of its tiers is healthy (strict: of its own pool).
 */
export function missing(config: Config, healthOf: HealthOf): string[] {
  if (config.backends.length === 0) return ['No backends are configured; add one on the page /config']
  const problems = new Set<string>()
  if (defaultTier(config) === undefined) {
    problems.add('No default backend is set; choose one on the page /config')
  }
  for (const { title, tiers } of routesOf(config)) {
    const served = tiers.some((tier) => tier.pool.some((name) => serves(healthOf(name))))
    if (!served) problems.add(`No healthy backend for ${title} (${describe(tiers, healthOf)})`)
  }
  return [...problems]
}

/**
 * Idle: nothing configured. Down: a route is not served. Degraded: all are, but a backend is unhealthy.
 * A backend that was not checked yet counts as well, so that a start does not begin with an alarm.
 */
export function overallHealth(config: Config, healthOf: HealthOf): Overall {
  if (config.backends.length === 0) return 'idle'
  const hopeful: HealthOf = (name) => {
    const health = healthOf(name)
    return health?.status === 'unknown' ? { ...health, status: 'healthy' } : health
  }
  if (missing(config, hopeful).length > 0) return 'down'
  const someDown = config.backends.some((backend) => healthOf(backend.name)?.status === 'unhealthy')
  return someDown ? 'degraded' : 'healthy'
}
