/**
 * The configuration while it is edited. Routes refer to backends by an id that does not change when a backend is renamed.
 * Converting back to the shape of `config.json` loses nothing, neither unknown keys nor the form in which an
 * unchanged route was written. Pure.
 */
import { completedUrl } from './backend-url.ts'
import { canonicalName, lookup } from '../../src-shared/config/names.ts'
import { poolNames, writtenShare, type Pool, type Share } from '../../src-shared/config/pool-schema.ts'
import type { BackendConfig, Config, Policy } from '../../src-shared/config/schema.ts'
import {
  draftImmich,
  draftWake,
  immichOf,
  wakeOf,
  written,
  type DraftImmich,
  type DraftWake,
} from './away.ts'
import { draftCourtesy, manageOf, yieldOf, type DraftCourtesy } from './courtesy.ts'

export interface HeaderRow {
  header: string
  value: string
}

export interface DraftBackend {
  readonly id: string
  /** The saved backend; undefined for a new one. */
  readonly origin: BackendConfig | undefined
  name: string
  url: string
  timeoutMs: number | undefined
  /** Undefined: learned. */
  maxConcurrent: number | undefined
  queueTimeoutMs: number | undefined
  headers: HeaderRow[]
  ca: string
  acceptAnyCertificate: boolean
  courtesy: DraftCourtesy
  wake: DraftWake
}

export interface DraftRoute {
  /** The task or type in the spelling of the configuration. */
  readonly key: string
  /** Ids of backends. Ids of removed backends stay, so that a removal can be undone. */
  pool: string[]
  /** Undefined: a plain list, in turn, as nobody has chosen. */
  share: Share | undefined
  policy: Policy
}

export interface Draft {
  /** The configuration that the draft was created from. */
  readonly origin: Config
  backends: DraftBackend[]
  defaultPool: string[]
  defaultShare: Share | undefined
  defaultPolicy: Policy
  tasks: DraftRoute[]
  types: DraftRoute[]
  /** Seconds that an image waits while all backends that may answer it are down. */
  graceSeconds: number | undefined
  /** Minutes that it waits on under `wait`, once Immich was sent the headers of an answer. */
  beyondMinutes: number | undefined
  immich: DraftImmich
  port: number | undefined
  host: string | undefined
  launchAtLogin: boolean | undefined
  notifications: boolean | undefined
  preventSleep: boolean | undefined
  checkForUpdates: boolean | undefined
}

/** The tasks and types that Immich requests; these rows are always shown. */
export const KNOWN_TASKS = ['clip', 'facial-recognition', 'ocr'] as const
export const CLIP_TYPES = ['visual', 'textual'] as const

const EMPTY: Partial<BackendConfig> = {}

let lastId = 0
const newId = (): string => `backend-${++lastId}`

/**
 * Stands in a pool for a name that no backend has: that of one which stands in config.json and cannot be used. The route
 * keeps it, or its entries would go to the default backend after the next save.
 */
const MISSING = 'missing:'
const missingId = (name: string): string => `${MISSING}${name}`

export function draftBackend(origin?: BackendConfig, id = newId()): DraftBackend {
  const {
    name = '',
    url = '',
    timeoutMs,
    maxConcurrent,
    queueTimeoutMs,
    headers = {},
    tls = {},
  } = origin ?? EMPTY
  return {
    id,
    origin,
    name,
    url,
    timeoutMs,
    maxConcurrent: maxConcurrent === 'auto' ? undefined : maxConcurrent,
    queueTimeoutMs,
    headers: Object.entries(headers).map(([header, value]) => ({ header, value })),
    ca: tls.ca ?? '',
    acceptAnyCertificate: tls.rejectUnauthorized === false,
    courtesy: draftCourtesy(origin ?? EMPTY),
    wake: draftWake(origin?.wake),
  }
}

function draftRoutes(
  known: readonly string[],
  routes: Readonly<Record<string, Pool>>,
  policies: Readonly<Record<string, Policy>>,
  idsOf: (pool: Pool | undefined) => string[],
): DraftRoute[] {
  const written = Object.keys(routes)
  const first = known.map((name) => written.find((key) => canonicalName(key) === name) ?? name)
  const keys = [...first, ...written.filter((key) => !first.includes(key))]
  return keys.map((key) => ({
    key,
    pool: idsOf(routes[key]),
    share: writtenShare(routes[key]),
    policy: lookup(policies, key) ?? 'strict',
  }))
}

/** @param before the draft that is replaced; backends with the same name keep their id */
export function draftOf(config: Config, before?: Draft): Draft {
  const backends = config.backends.map((backend) =>
    draftBackend(backend, before?.backends.find(({ name }) => name.trim() === backend.name)?.id),
  )
  const idsOf = (pool: Pool | undefined): string[] =>
    poolNames(pool).map((name) => backends.find((backend) => backend.name === name)?.id ?? missingId(name))
  return {
    origin: config,
    backends,
    defaultPool: idsOf(config.defaultBackend),
    defaultShare: writtenShare(config.defaultBackend),
    defaultPolicy: config.defaultPolicy ?? 'strict',
    tasks: draftRoutes(KNOWN_TASKS, config.taskRouting, config.taskRoutingPolicy, idsOf),
    types: draftRoutes(CLIP_TYPES, config.modelTypeRouting, config.modelTypeRoutingPolicy, idsOf),
    port: config.server?.port,
    host: config.server?.host,
    graceSeconds: config.hold?.graceSeconds,
    beyondMinutes: config.hold?.beyondMinutes,
    immich: draftImmich(config.immich),
    launchAtLogin: config.app?.launchAtLogin,
    notifications: config.app?.notifications,
    preventSleep: config.app?.preventSleep,
    checkForUpdates: config.app?.checkForUpdates,
  }
}

type Plain = Record<string, unknown>

/** Merges fields into the saved ones. Undefined removes a field; an empty result without a saved object stays undefined. */
function overlay(origin: object | undefined, fields: Plain): Plain | undefined {
  const merged = Object.entries({ ...origin, ...fields }).filter(([, value]) => value !== undefined)
  return merged.length === 0 && origin === undefined ? undefined : Object.fromEntries(merged)
}

function headersOf({ headers, origin }: DraftBackend): Record<string, string> | undefined {
  const rows = headers.filter(({ header, value }) => header.trim() !== '' || value !== '')
  if (rows.length === 0 && origin?.headers === undefined) return undefined
  return Object.fromEntries(rows.map(({ header, value }) => [header.trim(), value]))
}

function rejectUnauthorized({ acceptAnyCertificate, origin }: DraftBackend): boolean | undefined {
  if (acceptAnyCertificate) return false
  return origin?.tls?.rejectUnauthorized === undefined ? undefined : true
}

/** The URL as it will be saved: completed where it was edited, else as it stands in the configuration. */
export function savedUrl({ origin, url }: Pick<DraftBackend, 'origin' | 'url'>): string {
  return url.trim() === origin?.url ? origin.url : completedUrl(url)
}

export function backendConfig(backend: DraftBackend): BackendConfig {
  const { origin, name, timeoutMs, queueTimeoutMs, ca } = backend
  const maxConcurrent = backend.maxConcurrent ?? (origin?.maxConcurrent === 'auto' ? 'auto' : undefined)
  const tls = overlay(origin?.tls, {
    ca: ca === '' && origin?.tls?.ca !== '' ? undefined : ca,
    rejectUnauthorized: rejectUnauthorized(backend),
  })
  const fields = { name: name.trim(), url: savedUrl(backend), timeoutMs, maxConcurrent, queueTimeoutMs }
  const yielded = yieldOf(backend.courtesy, origin?.yield)
  const manage = manageOf(backend.courtesy, origin?.manage)
  const wake = wakeOf(backend.wake, origin?.wake)
  const all = { ...fields, headers: headersOf(backend), tls, yield: yielded, manage, wake }
  return overlay(origin, all) as BackendConfig
}

/** The backends of a pool that still exist. */
export function poolOf(draft: Draft, pool: readonly string[]): DraftBackend[] {
  return pool.flatMap((id) => draft.backends.find((backend) => backend.id === id) ?? [])
}

/** The names of a pool, with those that no backend has. */
function namesIn(draft: Draft, ids: readonly string[]): string[] {
  return ids.flatMap((id) => {
    if (id.startsWith(MISSING)) return id.slice(MISSING.length)
    const name = draft.backends.find((backend) => backend.id === id)?.name.trim()
    return name === undefined || name === '' ? [] : name
  })
}

/**
 * A pool in the form of the configuration: a name, a list, or a list with its share. An unchanged pool keeps its form, and
 * so does one of a single backend that was renamed.
 */
function writtenPool(
  draft: Draft,
  ids: readonly string[],
  share: Share | undefined,
  written: Pool | undefined,
): Pool | undefined {
  const names = namesIn(draft, ids)
  const before = poolNames(written)
  const isSameList = before.length === names.length && before.every((name, index) => name === names[index])
  const isSameShare = share === writtenShare(written) || (names.length < 2 && typeof written !== 'object')
  if (isSameShare && isSameList) return written
  if (share !== undefined && names.length > 0) {
    const kept = typeof written === 'object' && !Array.isArray(written) ? written : undefined
    const hasShare = names.length > 1 || (kept !== undefined && before.length === 1)
    if (hasShare) return { ...kept, backends: names, share }
  }
  return listOrName(names, Array.isArray(written) ? before.length : 0)
}

/** @param before how many stood in a list; 0 where it was none */
function listOrName(names: string[], before: number): Pool | undefined {
  return names.length > 1 || (before > 0 && before === names.length) ? names : names[0]
}

function writtenRoutes(
  draft: Draft,
  routes: readonly DraftRoute[],
  before: { pools: Config['taskRouting']; policies: Config['taskRoutingPolicy'] },
): { pools: Config['taskRouting']; policies: Config['taskRoutingPolicy'] } {
  const pools: Config['taskRouting'] = {}
  const policies = { ...before.policies }
  for (const key of Object.keys(before.pools)) {
    // The policy of a removed row is removed too.
    if (!routes.some((route) => route.key === key)) Reflect.deleteProperty(policies, key)
  }
  for (const { key, pool, share, policy } of routes) {
    const written = writtenPool(draft, pool, share, before.pools[key])
    if (written !== undefined) pools[key] = written
    const spelled = Object.keys(policies).find((other) => canonicalName(other) === canonicalName(key)) ?? key
    if ((policies[spelled] ?? 'strict') !== policy) policies[spelled] = policy
  }
  return { pools, policies }
}

/** The draft as a configuration. */
export function configOf(draft: Draft): Config {
  const { origin } = draft
  const tasks = writtenRoutes(draft, draft.tasks, {
    pools: origin.taskRouting,
    policies: origin.taskRoutingPolicy,
  })
  const types = writtenRoutes(draft, draft.types, {
    pools: origin.modelTypeRouting,
    policies: origin.modelTypeRoutingPolicy,
  })
  const {
    graceSeconds,
    beyondMinutes,
    port,
    host,
    launchAtLogin,
    notifications,
    preventSleep,
    checkForUpdates,
  } = draft
  return overlay(origin, {
    defaultBackend: writtenPool(draft, draft.defaultPool, draft.defaultShare, origin.defaultBackend) ?? '',
    backends: draft.backends.map(backendConfig),
    taskRouting: tasks.pools,
    modelTypeRouting: types.pools,
    taskRoutingPolicy: tasks.policies,
    modelTypeRoutingPolicy: types.policies,
    defaultPolicy: written<Policy>(draft.defaultPolicy, 'strict', origin.defaultPolicy),
    hold: overlay(origin.hold, { graceSeconds, beyondMinutes }),
    immich: immichOf(draft.immich, origin.immich),
    server: overlay(origin.server, { port, host: host?.trim() === '' ? undefined : host?.trim() }),
    app: overlay(origin.app, { launchAtLogin, notifications, preventSleep, checkForUpdates }),
  }) as Config
}

const isMissing = (config: object, key: string): boolean => !Object.hasOwn(config, key)

function withNulls<T extends object>(config: T, before: object | undefined): T {
  const gone = Object.keys(before ?? {}).filter((key) => isMissing(config, key))
  return { ...config, ...Object.fromEntries(gone.map((key) => [key, null])) }
}

/** The body to post. A removed field is `null`, as the server keeps the value of an absent one. */
export function postedConfig(draft: Draft): object {
  const config = configOf(draft)
  const backends = config.backends.map((backend, index) => withNulls(backend, draft.backends[index]?.origin))
  return withNulls({ ...config, backends }, draft.origin)
}
