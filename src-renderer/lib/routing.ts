/** What the routing means, as sentences and as an order of backends. Pure. */
import type { Config, HealthStatus } from '../../src-main/api.ts'
import { choose } from '../../src-main/routing/balancer.ts'
import { DEFAULT_LEVEL, levelsFor, type Level } from '../../src-main/routing/levels.ts'
import { planDispatches } from '../../src-main/routing/plan.ts'
import { canonicalName } from '../../src-main/settings/names.ts'

export type StatusOf = (name: string) => HealthStatus

/** The tasks of which Immich asks for both types at once. */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  'facial-recognition': ['detection', 'recognition'],
  ocr: ['detection', 'recognition'],
}

/** The levels that answer a task as Immich asks for it; of a single type where one is named. */
export function levelsOf(config: Config, task: string, type?: string): Level[] {
  const joined = JOINED[canonicalName(task)]
  if (type !== undefined && joined?.includes(type) !== true) return levelsFor(config, task, type)
  if (joined === undefined) return levelsFor(config, task, '')
  const entries = joined.map((one) => ({ task, type: one, json: '{}' }))
  return [...(planDispatches(config, entries)[0]?.levels ?? [])]
}

/** `a`, `a and b`, `a, b and c` */
export function list(names: readonly string[], word = 'and'): string {
  if (names.length < 2) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1) ?? ''}`
}

const shared = (names: readonly string[]): string =>
  names.length > 1 ? `${list(names)} in turn` : list(names)

/** Who would be asked, in this order, if each one failed. */
export interface Turn {
  readonly name: string
  readonly status: HealthStatus
  readonly level: Level
}

export function turns(levels: readonly Level[], statusOf: StatusOf): Turn[] {
  const tried = new Set<string>()
  const order: Turn[] = []
  for (;;) {
    const choice = choose({
      levels,
      tried,
      candidate: (name) => ({ status: statusOf(name), hasRoom: true }),
      position: () => 0,
    })
    if (choice.kind !== 'backend') return order
    tried.add(choice.name)
    order.push({ name: choice.name, status: statusOf(choice.name), level: choice.level })
  }
}

/** A level as the user knows it. */
export function levelTitle(level: Level): string {
  if (level.key === DEFAULT_LEVEL) return 'the default'
  return `the row ${level.key.replace(/^(task|type):/, '')}`
}

/** The rule: `OCR goes to gpu; while it is down, to nas.` */
function ruleSentence(title: string, levels: readonly Level[]): string {
  const [first, ...rest] = levels
  if (first === undefined) return `${title} has no backend: choose a default backend.`
  const named = new Set(first.pool)
  let text = `${title} goes to ${shared(first.pool)}`
  let pool: readonly string[] = first.pool
  for (const level of rest) {
    const names = level.pool.filter((name) => !named.has(name))
    if (names.length === 0) continue
    text += `; while ${pool.length > 1 ? 'they are' : 'it is'} down, to ${shared(names)}`
    for (const name of names) named.add(name)
    pool = names
  }
  if (pool === first.pool && first.key !== DEFAULT_LEVEL) {
    text += `, and nowhere else: while ${pool.length > 1 ? 'they are' : 'it is'} down, it fails`
  }
  return `${text}.`
}

/** What is different from the rule at the moment, or nothing. */
function nowSentence(levels: readonly Level[], statusOf: StatusOf): string {
  const [first] = levels
  const [next] = turns(levels, statusOf)
  if (first === undefined || next === undefined) return ''
  const down = first.pool.filter((name) => statusOf(name) === 'unhealthy')
  if (down.length === 0) return ''
  const is = down.length > 1 ? 'are' : 'is'
  if (next.status === 'unhealthy') {
    const all = [...new Set(levels.flatMap(({ pool }) => pool))]
    return ` Now ${list(all)} ${all.length > 1 ? 'are' : 'is'} down: it fails until one is back.`
  }
  return ` Now ${list(down)} ${is} down, so ${next.name} answers.`
}

/** What happens to a task (or one of its types): the rule, and how it stands at the moment. */
export function routeSentence(title: string, levels: readonly Level[], statusOf: StatusOf): string {
  return ruleSentence(title, levels) + nowSentence(levels, statusOf)
}

/** The titles of the routes that name a backend, for the sentence that tells of its removal. */
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
