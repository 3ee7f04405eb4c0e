/** The routing as an order of backends, and who answers in sentences. Pure. */
import type { HealthStatus } from '../../src-shared/api.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import { chooseBackend } from '../../src-shared/routing/share.ts'
import { DEFAULT_TIER, tiersFor, type Tier } from '../../src-shared/routing/tiers.ts'
import { planDispatches } from '../../src-shared/routing/plan.ts'
import { canonicalName } from '../../src-shared/config/names.ts'

export type StatusOf = (name: string) => HealthStatus

/** The tasks for which Immich requests both types at once. */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  'facial-recognition': ['detection', 'recognition'],
  ocr: ['detection', 'recognition'],
}

/** The tiers of a task as Immich requests it, or of a single type. */
export function tiersOf(config: Config, task: string, type?: string): Tier[] {
  const joined = JOINED[canonicalName(task)]
  if (type !== undefined && joined?.includes(type) !== true) return tiersFor(config, task, type)
  if (joined === undefined) return tiersFor(config, task, '')
  const entries = joined.map((one) => ({ task, type: one, json: '{}' }))
  return [...(planDispatches(config, entries)[0]?.tiers ?? [])]
}

/** `a`, `a and b`, `a, b and c` */
export function list(names: readonly string[], word = 'and'): string {
  if (names.length < 2) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1) ?? ''}`
}

const FREE = { inFlight: 0, limit: 1, isLimitSet: false, isReturning: false } as const

/** The backends in the order in which they would be tried if each one failed. */
export interface Turn {
  readonly name: string
  readonly status: HealthStatus
  readonly tier: Tier
}

export function turns(tiers: readonly Tier[], statusOf: StatusOf): Turn[] {
  const tried = new Set<string>()
  const order: Turn[] = []
  // While all have free slots and nothing is known of their speed, every share is the order of the pool.
  const inOrder = tiers.map((tier) => ({ ...tier, share: 'in-order' as const }))
  for (;;) {
    const placement = chooseBackend({
      tiers: inOrder,
      tried,
      isText: false,
      member: (name) => ({ status: statusOf(name), ...FREE }),
      speed: () => {
        throw new Error('In order, no speed is asked for')
      },
      rhythm: () => ({ pauseMs: 0, pausing: 0 }),
      position: () => 0,
    })
    const tier = placement.kind === 'backend' ? tiers.find(({ key }) => key === placement.tier) : undefined
    if (placement.kind !== 'backend' || tier === undefined) return order
    tried.add(placement.name)
    order.push({ name: placement.name, status: statusOf(placement.name), tier })
  }
}

/** The backends that take turns now: those in the tier of the first one with the same health; in order, that one alone. */
export function sharing(order: readonly Turn[]): Turn[] {
  const [first] = order
  if (first?.tier.share === 'in-order') return [first]
  const end = order.findIndex(({ tier, status }) => tier !== first?.tier || status !== first.status)
  return order.slice(0, end === -1 ? order.length : end)
}

/** The name of a tier for the user. */
export function tierTitle(tier: Tier): string {
  if (tier.key === DEFAULT_TIER) return 'the default'
  return `the row ${tier.key.replace(/^(task|type):/, '')}`
}

/** A sentence of the "why" line: which backend answers now, and why. */
export function answeringText(order: readonly Turn[]): string {
  const taking = sharing(order)
  const [first] = taking
  if (first === undefined) return ''
  const isTried = first.status === 'unhealthy'
  if (taking.length === 1)
    return `${isTried ? 'is tried' : 'answers'} now, because of ${tierTitle(first.tier)}.`
  const takes = first.tier.share === 'by-speed' ? 'share the work by speed' : 'take turns'
  const verb = isTried ? 'are tried in turn' : takes
  return `${verb} now, because of ${tierTitle(first.tier)}; if one fails, the ${taking.length > 2 ? 'next' : 'other'}.`
}

/** The backends that follow when those have failed, in order. Backends of a tier that take turns are grouped. */
export function nextText(order: readonly Turn[]): string {
  const texts: string[] = []
  let rest = order.slice(sharing(order).length)
  while (rest.length > 0) {
    const group = sharing(rest)
    const [first] = group
    if (first === undefined) break
    const names = list(
      group.map(({ name }) => name),
      'or',
    )
    texts.push(`${names} (${tierTitle(first.tier)}${first.status === 'unhealthy' ? ', off' : ''})`)
    rest = rest.slice(group.length)
  }
  return texts.join(', then ')
}

/** The titles of the routes that use a backend, for the note about its removal. */
export function routesNaming(
  id: string,
  draft: {
    readonly defaultPool: readonly string[]
    readonly tasks: readonly { key: string; pool: readonly string[] }[]
    readonly types: readonly { key: string; pool: readonly string[] }[]
  },
): string[] {
  const titles = draft.defaultPool.includes(id) ? ['the default'] : []
  for (const { key, pool } of [...draft.tasks, ...draft.types]) if (pool.includes(id)) titles.push(key)
  return titles
}
