/** Configurations and entries for the tests of routing: three backends `a`, `b` and `c`, the first one the default. */
import type { Config } from '../../src-shared/config/schema.ts'
import { configSchema, judge } from '../../src-shared/config/schema.ts'
import type { Entry } from '../../src-shared/routing/plan.ts'
import type { Tier } from '../../src-shared/routing/tiers.ts'

/**
 * A judged configuration.
 * @param more fields that are added or replaced
 * @throws {Error} with the problems where it is not valid
 */
export function routingConfig(more: Record<string, unknown> = {}): Config {
  const backends = ['a', 'b', 'c'].map((name) => ({ name, url: `http://${name}:3003` }))
  const judged = judge(configSchema, { defaultBackend: 'a', backends, ...more })
  if (!judged.ok) throw new Error(JSON.stringify(judged.problems))
  return judged.value
}

/** The keys of tiers, in their order. */
export const keysOf = (tiers: readonly Tier[]): string[] => tiers.map((tier) => tier.key)

/** Entries with empty options, from names such as `clip/visual`. */
export function entriesOf(...names: string[]): Entry[] {
  return names.map((name) => {
    const [task = '', type = ''] = name.split('/')
    return { task, type, json: '{}' }
  })
}
