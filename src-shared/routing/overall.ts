/** Overall health: whether every route of the configuration is served, from the health of the backends. Pure. */
import type { BackendHealth, Overall } from '../api.ts'
import { poolNames } from '../config/pool-schema.ts'
import type { Config } from '../config/schema.ts'
import { defaultTier, tiersFor, untilStrict, taskTier, type Tier } from './tiers.ts'

/** The health of a backend as far as it decides whether a route is served. */
export interface RouteHealth extends BackendHealth {
  /** Benched because its predictions failed, although it answers pings: used only where no other backend can serve. */
  readonly isLastResort?: boolean
}

/** The health of a backend by name; undefined where the configuration has no such backend. */
export type HealthOf = (name: string) => RouteHealth | undefined

function serves(health: RouteHealth | undefined): boolean {
  return health?.status === 'healthy' || health?.isLastResort === true
}

/** The tasks in which Immich uses a type. The tiers of a type's route depend on the task. */
const TASKS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  textual: ['clip'],
  visual: ['clip'],
  detection: ['facial-recognition', 'ocr'],
  recognition: ['facial-recognition', 'ocr'],
}

interface Route {
  /** The task, the type or `default`. */
  readonly name: string
  /** The route in a sentence. */
  readonly title: string
  readonly tiers: readonly Tier[]
}

function routesOf(config: Config): Route[] {
  const routes: Route[] = []
  const fallback = defaultTier(config)
  if (fallback !== undefined)
    routes.push({ name: 'default', title: 'the default backend', tiers: [fallback] })
  for (const [task, pool] of Object.entries(config.taskRouting)) {
    if (poolNames(pool).length === 0) continue
    const tiers = untilStrict([taskTier(config, task), fallback])
    routes.push({ name: task, title: `task "${task}"`, tiers })
  }
  for (const [type, pool] of Object.entries(config.modelTypeRouting)) {
    if (poolNames(pool).length === 0) continue
    const tasks = Object.hasOwn(TASKS_OF_TYPE, type) ? (TASKS_OF_TYPE[type] ?? []) : ['']
    for (const task of tasks) {
      routes.push({ name: type, title: `type "${type}"`, tiers: tiersFor(config, task, type) })
    }
  }
  return routes
}

/** The routes that no backend of their tiers serves. */
function unserved(config: Config, healthOf: HealthOf): Route[] {
  return routesOf(config).filter(
    ({ tiers }) => !tiers.some(({ pool }) => pool.some((name) => serves(healthOf(name)))),
  )
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
 * What keeps routes from being served, as sentences; empty where all are. A route is served when a backend of its tiers
 * is healthy. The tiers of a strict route are its own pool alone.
 */
export function missing(config: Config, healthOf: HealthOf): string[] {
  if (config.backends.length === 0) return ['No backends are configured; add one on the page /config']
  const problems = new Set<string>()
  if (defaultTier(config) === undefined) {
    problems.add('No default backend is set; choose one on the page /config')
  }
  for (const { title, tiers } of unserved(config, healthOf)) {
    problems.add(`No healthy backend for ${title} (${describe(tiers, healthOf)})`)
  }
  return [...problems]
}

/** Takes backends that were not checked yet for healthy, so that a start does not begin with an alarm. */
function hopeful(healthOf: HealthOf): HealthOf {
  return (name) => {
    const health = healthOf(name)
    return health?.status === 'unknown' ? { ...health, status: 'healthy' } : health
  }
}

const unhealthyNames = (config: Config, healthOf: HealthOf): string[] =>
  config.backends.map(({ name }) => name).filter((name) => healthOf(name)?.status === 'unhealthy')

/**
 * Idle: no backends are configured. Down: a route is not served. Degraded: every route is served, but a backend is
 * unhealthy. A backend that was not checked yet counts as healthy.
 */
export function overallHealth(config: Config, healthOf: HealthOf): Overall {
  if (config.backends.length === 0) return 'idle'
  if (missing(config, hopeful(healthOf)).length > 0) return 'down'
  return unhealthyNames(config, healthOf).length > 0 ? 'degraded' : 'healthy'
}

/** Overall health with its cause, for one line of a log: `down (no healthy backend for clip, textual)`. */
export function overallText(config: Config, healthOf: HealthOf): string {
  const overall = overallHealth(config, healthOf)
  if (overall === 'degraded') return `degraded (unhealthy: ${unhealthyNames(config, healthOf).join(', ')})`
  if (overall !== 'down') return overall
  const names = [...new Set(unserved(config, hopeful(healthOf)).map(({ name }) => name))]
  const causes = [
    ...(defaultTier(config) === undefined ? ['no default backend is set'] : []),
    ...(names.length === 0 ? [] : [`no healthy backend for ${names.join(', ')}`]),
  ]
  return `down (${causes.join('; ')})`
}
