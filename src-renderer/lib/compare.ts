/** What differs between two configurations, in words. Pure. */
import type { Config } from '../../src-main/api.ts'

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
}

function backendChanges(before: Config, after: Config): string[] {
  const changes: string[] = []
  const names = (config: Config): string[] => config.backends.map(({ name }) => name)
  const [old, now] = [names(before), names(after)]
  for (const backend of after.backends) {
    const match = before.backends.find(({ name }) => name === backend.name)
    if (match === undefined) {
      const renamed = before.backends.find(({ name, url }) => url === backend.url && !now.includes(name))
      if (renamed === undefined) changes.push(`Backend ${backend.name || 'without a name'} added`)
      else changes.push(`Backend ${renamed.name} renamed to ${backend.name || '(no name)'}`)
      continue
    }
    const fields = changedKeys(match, backend).map((key) => FIELD_WORDS[key] ?? key)
    if (fields.length > 0) changes.push(`Backend ${backend.name}: ${fields.join(', ')}`)
  }
  const taken = new Set(changes.flatMap((text) => /^Backend (.*) renamed to /.exec(text)?.[1] ?? []))
  for (const name of old) {
    if (!now.includes(name) && !taken.has(name)) changes.push(`Backend ${name} removed`)
  }
  const kept = (list: string[], other: string[]): string =>
    list.filter((name) => other.includes(name)).join('\n')
  if (kept(old, now) !== kept(now, old)) changes.push('Order of the backends')
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

const SETTING_WORDS: Readonly<Record<string, string>> = {
  port: 'Port',
  host: 'Address',
  launchAtLogin: 'Launch at login',
  notifications: 'Notifications',
  preventSleep: 'Keeping awake',
}

/** Every difference as a phrase, in the order of the page; empty when there is none. */
export function differences(before: Config, after: Config): string[] {
  const changes = backendChanges(before, after)
  if (!equal(before.defaultBackend, after.defaultBackend)) changes.push('Default backend')
  changes.push(...routeChanges(before, after))
  for (const key of changedKeys(before, after)) {
    if (NAMED_ABOVE.has(key)) continue
    const [a, b] = [before[key], after[key]]
    const inner = key === 'server' || key === 'app' ? changedKeys(a as Plain, b as Plain) : [key]
    changes.push(...inner.map((name) => SETTING_WORDS[name] ?? name))
  }
  return changes
}
