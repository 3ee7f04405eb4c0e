/** All texts of the routing on /config: who answers what, in sentences that stay short with many backends. */
import type { HealthStatus } from '../../src-shared/api.ts'
import type { Share } from '../../src-shared/config/pool-schema.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import type { Policy } from '../../src-shared/config/schema.ts'
import { DEFAULT_TIER, type Tier } from '../../src-shared/routing/tiers.ts'
import { list, sharing, turns } from '../lib/routing.ts'

type StatusOf = (name: string) => HealthStatus

interface Title {
  readonly words: string
  /** What the configuration calls it, where that is something else. */
  readonly technical: string
}

const TITLES: Readonly<Record<string, string>> = {
  clip: 'Smart search',
  visual: 'Photos',
  textual: 'Search words',
  'facial-recognition': 'Faces',
  ocr: 'Text in photos',
}

function titleOf(key: string): Title {
  const words = TITLES[canonicalName(key)]
  return words === undefined ? { words: key, technical: '' } : { words, technical: key }
}

/** Names that a sentence tells one by one; of more the number is told. */
const MOST_NAMED = 3

/** `gpu, then nas`; `12 share the work, 3 away` */
function poolText({ pool, share }: Pick<Tier, 'pool' | 'share'>, statusOf: StatusOf): string {
  if (pool.length < 2) return list(pool)
  if (pool.length <= MOST_NAMED) {
    if (share === 'in-order') return pool.join(', then ')
    return share === 'by-speed' ? `${list(pool)}, sharing by speed` : `${list(pool)} in turn`
  }
  const away = pool.filter((name) => statusOf(name) === 'unhealthy').length
  const how = {
    'in-order': `${pool.length} in order, ${pool[0] ?? ''} first`,
    'by-speed': `${pool.length} share the work`,
    'round-robin': `${pool.length} take turns`,
  }[share]
  return away === 0 ? how : `${how}, ${away} away`
}

function awayText([first, ...rest]: readonly Tier[], statusOf: StatusOf): string {
  if (first === undefined) return ''
  const are = first.pool.length > 1 ? 'they are' : 'it is'
  if (first.policy === 'wait') return ` If ${are} away, photos wait.`
  const named = new Set(first.pool)
  const next = rest.find(({ pool }) => pool.some((name) => !named.has(name)))
  if (next !== undefined) {
    const others = next.pool.filter((name) => !named.has(name))
    return ` If ${are} away: ${poolText({ ...next, pool: others }, statusOf)}.`
  }
  return first.key === DEFAULT_TIER ? '' : ` If ${are} away, it fails.`
}

/** What differs from the rule now; empty where nothing does. */
function nowText(tiers: readonly Tier[], statusOf: StatusOf): string {
  const [first] = tiers
  const off = first?.pool.filter((name) => statusOf(name) === 'unhealthy') ?? []
  const answering = sharing(turns(tiers, statusOf))
  if (off.length === 0 || answering.length === 0) return ''
  const who = off.length > MOST_NAMED ? `${off.length} of them` : list(off)
  const is = off.length > 1 ? 'are' : 'is'
  if (answering[0]?.status === 'unhealthy') return `${who} ${is} off.`
  const names = answering.map(({ name }) => name)
  const now =
    names.length > MOST_NAMED
      ? `${names.length} others answer`
      : `${list(names)} ${names.length > 1 ? 'answer' : 'answers'}`
  return `${who} ${is} off, so ${now} now.`
}

const POLICIES: Readonly<Record<Policy, string>> = {
  strict: 'fail: nobody else is asked',
  fallback: 'use the next: what stands above this line',
  wait: 'wait: photos wait for one, up to 4½ minutes or as set below',
}

const SHARES: Readonly<Record<Share, string>> = {
  'by-speed': 'by speed: the fastest first, all share the work',
  'in-order': 'in this order: the next one while those before it are off',
  'round-robin': 'in turn: each takes the next photo',
}

export const words = {
  title: 'Routing',
  intro: 'Who answers what. A line that names nobody does as the line it belongs to.',
  everything: 'Everything else',
  titleOf,
  hidden: (key: string): string => `${titleOf(key).words} goes to`,
  goesTo: 'goes to',
  /** After the title: `gpu, then nas. If they are away, it fails.` */
  sentence: (tiers: readonly Tier[], statusOf: StatusOf): string => {
    const [first] = tiers
    if (first === undefined) return 'nobody: choose a backend.'
    return `${poolText(first, statusOf)}.${awayText(tiers, statusOf)}`
  },
  inherited: (tiers: readonly Tier[], statusOf: StatusOf): string => {
    const [first] = tiers
    if (first === undefined) return 'nobody: choose a backend.'
    const from =
      first.key === DEFAULT_TIER ? 'everything else' : titleOf(first.key.replace(/^\w+:/, '')).words
    return `as ${from.toLowerCase()}: ${poolText(first, statusOf)}`
  },
  nowText,
  change: 'Change',
  changeOf: (title: string): string => `Change who answers ${title}`,
  done: 'Done',
  remove: (key: string): string => `Remove the line ${key}`,
  order: (title: string): string => `Backends for ${title}`,
  none: (inherited: string): string => `Nobody is named here, so it goes ${inherited}.`,
  choose: 'choose a backend…',
  another: 'add a backend…',
  addTo: (title: string): string => `Add a backend for ${title}`,
  up: (name: string): string => `${name} earlier`,
  down: (name: string): string => `${name} later`,
  take: (name: string): string => `Remove ${name}`,
  drag: 'Drag to another place',
  share: 'How they share the work',
  shareOf: (share: Share): string => SHARES[share],
  policy: 'If they are away',
  policyOf: (policy: Policy): string => POLICIES[policy],
  unnamed: '(a backend without a name)',
  problemOf: (title: string, problem: string): string => `${title} ${problem}`,
} as const
