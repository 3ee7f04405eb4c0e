/** The differences between two configurations as phrases. Pure. */
import type { Pool } from '../../src-shared/config/pool-schema.ts'
import type { Config } from '../../src-shared/config/schema.ts'

/** JSON with sorted keys: equal texts are equal values. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

export const equal = (a: unknown, b: unknown): boolean => stableJson(a) === stableJson(b)

type Plain = Readonly<Record<string, unknown>>

function changedKeys(before: Plain = {}, after: Plain = {}): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter((key) => !equal(before[key], after[key]))
}

const FIELD_WORDS: Readonly<Record<string, string>> = {
  url: 'URL',
  timeoutMs: 'time limit',
  maxConcurrent: 'most at once',
  queueTimeoutMs: 'longest wait',
  tls: 'certificate',
  yield: 'pauses',
  manage: 'container',
  wake: 'waking',
}

function backendChanges(before: Config, after: Config, renames: ReadonlyMap<string, string>): string[] {
  const changes = [...renames].map(([from, to]) => `Backend ${from} renamed to ${to || '(no name)'}`)
  const old = before.backends.map(({ name }) => renames.get(name) ?? name)
  const now = after.backends.map(({ name }) => name)
  for (const backend of after.backends) {
    const match = before.backends[old.indexOf(backend.name)]
    if (match === undefined) {
      changes.push(`Backend ${backend.name || 'without a name'} added`)
      continue
    }
    const fields = changedKeys({ ...match, name: backend.name }, backend).map(
      (key) => FIELD_WORDS[key] ?? key,
    )
    if (fields.length > 0) changes.push(`Backend ${backend.name}: ${fields.join(', ')}`)
  }
  changes.push(...old.filter((name) => !now.includes(name)).map((name) => `Backend ${name} removed`))
  const shared = (list: string[], other: string[]): string =>
    list.filter((name) => other.includes(name)).join('\n')
  if (shared(old, now) !== shared(now, old)) changes.push('Order of the backends')
  return changes
}

function routeChanges(before: Config, after: Config): string[] {
  const tasks = [
    ...changedKeys(before.taskRouting, after.taskRouting),
    ...changedKeys(before.taskRoutingPolicy, after.taskRoutingPolicy),
  ]
  const types = [
    ...changedKeys(before.modelTypeRouting, after.modelTypeRouting),
    ...changedKeys(before.modelTypeRoutingPolicy, after.modelTypeRoutingPolicy),
  ]
  return [
    ...[...new Set(tasks)].map((name) => `Route of ${name}`),
    ...[...new Set(types)].map((name) => `Route of type ${name}`),
  ]
}

const NAMED_ABOVE = new Set([
  'backends',
  'defaultBackend',
  'taskRouting',
  'modelTypeRouting',
  'taskRoutingPolicy',
  'modelTypeRoutingPolicy',
])

/** Objects whose fields are named one by one. */
const GROUPS = new Set(['hold', 'server', 'app'])

const SETTING_WORDS: Readonly<Record<string, string>> = {
  graceSeconds: 'Wait for a backend to come back',
  beyondMinutes: 'Going on waiting',
  defaultPolicy: 'While everything else is away',
  immich: 'Immich',
  port: 'Port',
  host: 'Address',
  launchAtLogin: 'Launch at login',
  notifications: 'Notifications',
  preventSleep: 'Keeping awake',
  checkForUpdates: 'Checking for updates',
}

function renamesOf(before: Config, after: Config): Map<string, string> {
  const now = after.backends.map(({ name }) => name)
  const old = before.backends.map(({ name }) => name)
  const renames = new Map<string, string>()
  for (const { name, url } of after.backends) {
    if (old.includes(name)) continue
    const was = before.backends.find((backend) => backend.url === url && !now.includes(backend.name))
    if (was !== undefined) renames.set(was.name, name)
  }
  return renames
}

/** The routes of a configuration with renamed backends replaced: a route that follows a rename counts as unchanged. */
function withNewNames(config: Config, renames: ReadonlyMap<string, string>): Config {
  const renamed = (name: string): string => renames.get(name) ?? name
  const rename = (pool: Pool): Pool => {
    if (typeof pool === 'string') return renamed(pool)
    return Array.isArray(pool) ? pool.map(renamed) : { ...pool, backends: pool.backends.map(renamed) }
  }
  const renameAll = (routes: Config['taskRouting']): Config['taskRouting'] =>
    Object.fromEntries(Object.entries(routes).map(([key, pool]) => [key, rename(pool)]))
  return {
    ...config,
    defaultBackend: rename(config.defaultBackend),
    taskRouting: renameAll(config.taskRouting),
    modelTypeRouting: renameAll(config.modelTypeRouting),
  }
}

/** All differences as phrases, in the order of the page; empty if there is none. */
export function differences(earlier: Config, after: Config): string[] {
  const renames = renamesOf(earlier, after)
  const before = withNewNames(earlier, renames)
  const changes = backendChanges(before, after, renames)
  if (!equal(before.defaultBackend, after.defaultBackend)) changes.push('Default backend')
  changes.push(...routeChanges(before, after))
  for (const key of changedKeys(before, after)) {
    if (NAMED_ABOVE.has(key)) continue
    const [a, b] = [before[key], after[key]]
    const inner = GROUPS.has(key) ? changedKeys(a as Plain, b as Plain) : [key]
    changes.push(...inner.map((name) => SETTING_WORDS[name] ?? name))
  }
  return changes
}
