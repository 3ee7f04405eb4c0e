/** Overall health: whether every route of the configuration is served, from the health of the backends. Pure. */
import type { Availability, BackendHealth, Overall } from '../api.ts'
import { canonicalName } from '../config/names.ts'
import { poolNames } from '../config/pool-schema.ts'
import { isNamed, type Config } from '../config/schema.ts'
import { defaultTier, isWaitedFor, tiersFor, untilStrict, taskTier, type Tier } from './tiers.ts'

/** The health of a backend as far as it decides whether a route is served. */
export interface RouteHealth extends BackendHealth {
  /** Benched because its predictions failed, although it answers pings: used only where no other backend can serve. */
  readonly isLastResort?: boolean
  /** How it stands beside its health; its health alone decides where this is absent. */
  readonly availability?: Availability
  /** It is paused, and takes text queries all the same. */
  readonly keepsSearch?: boolean
}

/** The health of a backend by name; undefined where the configuration has no such backend. */
export type HealthOf = (name: string) => RouteHealth | undefined

/** A backend that stands so is not asked: it would not answer, or is to be left alone. */
const NOT_ASKED: ReadonlySet<Availability> = new Set(['waking', 'paused', 'stopped', 'starting', 'stopping'])
/** One that stands so will answer by itself, or is started by the request that needs it. */
const COMING: ReadonlySet<Availability> = new Set(['waking', 'stopped', 'starting', 'stopping'])

/** Whether a backend that stands so is asked. */
export const isAsked = (availability: Availability): boolean => !NOT_ASKED.has(availability)

function serves(health: RouteHealth | undefined, isText: boolean): boolean {
  if (health === undefined) return false
  const { status, isLastResort = false, availability = 'serving', keepsSearch = false } = health
  if (!isAsked(availability) && !(isText && keepsSearch)) return false
  return status === 'healthy' || isLastResort
}

/** Whether a backend of these tiers can take an image now. */
export function isServed(tiers: readonly Tier[], healthOf: HealthOf): boolean {
  return tiers.some(({ pool }) => pool.some((name) => serves(healthOf(name), false)))
}

/** The tasks in which Immich uses a type. The tiers of a type's route depend on the task. */
const TASKS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  textual: ['clip'],
  visual: ['clip'],
  detection: ['facial-recognition', 'ocr'],
  recognition: ['facial-recognition', 'ocr'],
}

/** The type of text queries. */
const TEXT_TYPE = 'textual'

interface Route {
  /** The task, the type or `default`. */
  readonly name: string
  /** The route in a sentence. */
  readonly title: string
  readonly tiers: readonly Tier[]
  /** It routes text queries. */
  readonly isText: boolean
}

function routesOf(config: Config): Route[] {
  const routes: Route[] = []
  const fallback = defaultTier(config)
  if (fallback !== undefined)
    routes.push({ name: 'default', title: 'the default backend', tiers: [fallback], isText: false })
  for (const [task, pool] of Object.entries(config.taskRouting)) {
    if (poolNames(pool).length === 0) continue
    const tiers = untilStrict([taskTier(config, task), fallback])
    routes.push({ name: task, title: `task "${task}"`, tiers, isText: false })
  }
  for (const [type, pool] of Object.entries(config.modelTypeRouting)) {
    if (poolNames(pool).length === 0) continue
    const tasks = Object.hasOwn(TASKS_OF_TYPE, type) ? (TASKS_OF_TYPE[type] ?? []) : ['']
    for (const task of tasks) {
      const tiers = tiersFor(config, task, type)
      routes.push({ name: type, title: `type "${type}"`, tiers, isText: canonicalName(type) === TEXT_TYPE })
    }
  }
  return routes
}

/**
 * Whether there is nothing yet to be served. Routes without backends are something: they name backends that stand in
 * `config.json` and cannot be used.
 */
export function isUnconfigured(config: Config): boolean {
  return config.backends.length === 0 && routesOf(config).length === 0
}

/** How a route stands. Waiting: a backend of it will come. Paused: the backends that could serve it are to be left alone. */
type RouteState = 'served' | 'waiting' | 'paused' | 'down'

function stateOf({ tiers, isText }: Route, healthOf: HealthOf): RouteState {
  const healths = tiers.flatMap(({ pool }) => pool.map((name) => healthOf(name)))
  if (healths.some((health) => serves(health, isText))) return 'served'
  const stands = (among: (availability: Availability) => boolean): boolean =>
    healths.some((health) => among(health?.availability ?? 'serving'))
  if (stands((availability) => COMING.has(availability))) return 'waiting'
  if (stands((availability) => availability === 'paused')) return 'paused'
  return isWaitedFor(tiers) ? 'waiting' : 'down'
}

/** The routes that no backend of their tiers serves, each with how it stands. */
function unserved(config: Config, healthOf: HealthOf): (Route & { readonly state: RouteState })[] {
  return routesOf(config)
    .map((route) => ({ ...route, state: stateOf(route, healthOf) }))
    .filter(({ state }) => state !== 'served')
}

function describe(tiers: readonly Tier[], healthOf: HealthOf): string {
  const names = [...new Set(tiers.flatMap((tier) => tier.pool))]
  return names
    .map((name) => {
      const health = healthOf(name)
      if (health === undefined) return `${name}: cannot be used, see the warnings on the page /config`
      return `${name}: ${health.error === '' ? (health.status === 'unknown' ? 'not checked yet' : health.status) : health.error}`
    })
    .join('; ')
}

const NO_BACKENDS = 'No backends are configured; add one on the page /config'
const NO_DEFAULT = 'No default backend is set; choose one on the page /config'

/** The sentence of a route that is not served. */
const SENTENCES: Readonly<Record<RouteState, (title: string, reasons: string) => string>> = {
  served: (title) => `${title} is served`,
  waiting: (title, reasons) => `Images for ${title} wait (${reasons})`,
  paused: (title, reasons) => `Paused: ${title} (${reasons})`,
  down: (title, reasons) => `No healthy backend for ${title} (${reasons})`,
}

function sentences(config: Config, healthOf: HealthOf, isTold: (route: Route) => boolean): string[] {
  if (isUnconfigured(config)) return [NO_BACKENDS]
  const told = new Set<string>()
  if (defaultTier(config) === undefined) told.add(NO_DEFAULT)
  for (const route of unserved(config, healthOf)) {
    if (isTold(route)) told.add(SENTENCES[route.state](route.title, describe(route.tiers, healthOf)))
  }
  return [...told]
}

/**
 * Why Immich is to ask another URL first, as sentences; empty where it is not. A route is served when a backend of its
 * tiers is healthy and asked. The tiers of a strict route are its own pool alone. A route whose policy is `wait` is
 * answered in the end, and never a reason.
 */
export function missing(config: Config, healthOf: HealthOf): string[] {
  return sentences(config, healthOf, ({ tiers }) => !isWaitedFor(tiers))
}

/** What keeps routes from being served now, as sentences; empty where all are. */
export function routeProblems(config: Config, healthOf: HealthOf): string[] {
  return sentences(config, healthOf, () => true)
}

/** Takes backends that were not checked yet for healthy, so that a start does not begin with an alarm. */
function hopeful(healthOf: HealthOf): HealthOf {
  return (name) => {
    const health = healthOf(name)
    return health?.status === 'unknown' ? { ...health, status: 'healthy' } : health
  }
}

/** The backends that are unhealthy and not paused or stopped on purpose. Those that no route names do not count. */
const awayNames = (config: Config, healthOf: HealthOf): string[] =>
  config.backends
    .map(({ name }) => name)
    .filter((name) => {
      if (!isNamed(config, name)) return false
      const { status, availability = 'away' } = healthOf(name) ?? {}
      return status === 'unhealthy' && availability === 'away'
    })

/** From the best to the worst. */
const STATES = ['served', 'waiting', 'paused', 'down'] as const satisfies readonly RouteState[]

function worstState(config: Config, healthOf: HealthOf): RouteState {
  if (defaultTier(config) === undefined) return 'down'
  const states = unserved(config, healthOf).map(({ state }) => state)
  return STATES.findLast((state) => states.includes(state)) ?? 'served'
}

/**
 * The overall health: idle where no backends are configured, else as the worst route stands; where all are served,
 * degraded or healthy. A backend that was not checked yet counts as healthy.
 */
export function overallHealth(config: Config, healthOf: HealthOf): Overall {
  if (isUnconfigured(config)) return 'idle'
  const state = worstState(config, hopeful(healthOf))
  if (state !== 'served') return state
  return awayNames(config, healthOf).length > 0 ? 'degraded' : 'healthy'
}

/** Overall health with its cause, for one line of a log: `down (no healthy backend for clip, textual)`. */
export function overallText(config: Config, healthOf: HealthOf): string {
  const overall = overallHealth(config, healthOf)
  if (overall === 'degraded') return `degraded (unhealthy: ${awayNames(config, healthOf).join(', ')})`
  const routes = unserved(config, hopeful(healthOf)).filter(({ state }) => state === overall)
  const names = [...new Set(routes.map(({ name }) => name))].join(', ')
  if (overall !== 'down') return names === '' ? overall : `${overall} (${names})`
  const causes = [
    ...(defaultTier(config) === undefined ? ['no default backend is set'] : []),
    ...(names === '' ? [] : [`no healthy backend for ${names}`]),
  ]
  return `down (${causes.join('; ')})`
}
