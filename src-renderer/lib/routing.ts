/** The routing as sentences and as an order of backends. Pure. */
import type { HealthStatus } from '../../src-shared/api.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import type { Share } from '../../src-shared/config/pool-schema.ts'
import { place } from '../../src-shared/routing/share.ts'
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

/** The backends of a pool with the way they share the work. */
function shared(names: readonly string[], share: Share): string {
  if (names.length < 2) return list(names)
  if (share === 'in-order') return names.join(', else ')
  return share === 'by-speed' ? `${list(names)}, the fastest first` : `${list(names)} in turn`
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
    const placement = place({
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

/** What follows if no other tier has a backend that was not tried before. */
function lastWords([first, ...rest]: readonly Tier[]): string {
  if (first === undefined || first.key === DEFAULT_TIER) return ''
  const are = first.pool.length > 1 ? 'they are' : 'it is'
  if (first.policy === 'strict') return `, and nowhere else: while ${are} down, it fails`
  const next = rest.at(-1)
  if (next === undefined) return `; there is no default backend, so while ${are} down, it fails`
  return `; ${tierTitle(next)} is ${list(next.pool)} too, so while ${are} down, it fails`
}

/** The rule as a phrase after the title: `goes to gpu; while it is down, to nas.` */
function ruleSentence(tiers: readonly Tier[]): string {
  const [first, ...rest] = tiers
  if (first === undefined) return 'has no backend: choose a default backend.'
  const named = new Set(first.pool)
  let text = `goes to ${shared(first.pool, first.share)}`
  let pool: readonly string[] = first.pool
  for (const tier of rest) {
    const names = tier.pool.filter((name) => !named.has(name))
    if (names.length === 0) continue
    text += `; while ${pool.length > 1 ? 'they are' : 'it is'} down, to ${shared(names, tier.share)}`
    for (const name of names) named.add(name)
    pool = names
  }
  return `${text}${pool === first.pool ? lastWords(tiers) : ''}.`
}

/** How the current state differs from the rule; empty if it does not. */
function nowSentence(tiers: readonly Tier[], statusOf: StatusOf): string {
  const [first] = tiers
  const answering = sharing(turns(tiers, statusOf))
  const [next] = answering
  if (first === undefined || next === undefined) return ''
  const down = first.pool.filter((name) => statusOf(name) === 'unhealthy')
  if (down.length === 0) return ''
  const is = down.length > 1 ? 'are' : 'is'
  if (next.status === 'unhealthy') {
    const all = [...new Set(tiers.flatMap(({ pool }) => pool))]
    return ` Now ${list(all)} ${all.length > 1 ? 'are' : 'is'} down: it fails until one is back.`
  }
  const how = next.tier.share === 'by-speed' ? 'answer, the fastest first' : 'answer in turn'
  return ` Now ${list(down)} ${is} down, so ${list(answering.map(({ name }) => name))} ${answering.length > 1 ? how : 'answers'}.`
}

/** What happens to a task or type, as a phrase after its name: the rule, and the current state. */
export function routeWords(tiers: readonly Tier[], statusOf: StatusOf): string {
  return ruleSentence(tiers) + nowSentence(tiers, statusOf)
}

export function routeSentence(title: string, tiers: readonly Tier[], statusOf: StatusOf): string {
  return `${title} ${routeWords(tiers, statusOf)}`
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
    texts.push(`${names} (${tierTitle(first.tier)}${first.status === 'unhealthy' ? ', down' : ''})`)
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
