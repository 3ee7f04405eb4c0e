/** How the backends of a route share its work, as the page shows and asks it. Pure. */
import type { Share } from '../../src-shared/config/pool-schema.ts'
import { poolOf, type Draft, type DraftBackend } from './draft.ts'
import { list } from './routing.ts'

/** The shares in the order in which they are offered. */
export const SHARE_CHOICES: readonly { readonly share: Share; readonly text: string }[] = [
  { share: 'by-speed', text: 'fastest first, shares the work' },
  { share: 'in-order', text: 'in this order' },
  { share: 'round-robin', text: 'in turn' },
]

/** The slower one takes so many times as long: in turn it makes the faster one wait. */
const TWOFOLD = 2

type Answers = Readonly<Record<string, number>>
export type AnswersOf = (backend: DraftBackend) => Answers | undefined

/** A pool that somebody should choose a share for. */
export interface ShareQuestion {
  /** The key of the row; undefined for the default. */
  readonly key: string | undefined
  /** Ids, in the order that is proposed. */
  readonly pool: readonly string[]
  readonly text: string
  /** What the choices are called. */
  readonly inOrder: string
}

/** `twice`, `3 times` */
const timesText = (times: number): string =>
  Math.round(times) === 2 ? 'twice' : `${Math.round(times)} times`

/** How many times as long the second one takes, by the work that both have done; undefined where there is none. */
function timesAsLong(first: Answers, second: Answers): number | undefined {
  const ratios = Object.entries(first).flatMap(([work, ms]) => {
    const other = second[work]
    return other === undefined || ms <= 0 || other <= 0 ? [] : [other / ms]
  })
  ratios.sort((a, b) => a - b)
  return ratios[Math.floor(ratios.length / 2)]
}

interface Pair {
  readonly fast: DraftBackend
  readonly slow: DraftBackend
  readonly times: number
}

/** The two of a pool that lie farthest apart. */
function farthest(pool: readonly DraftBackend[], answersOf: AnswersOf): Pair | undefined {
  let found: Pair | undefined
  for (const fast of pool) {
    for (const slow of pool) {
      const times = timesAsLong(answersOf(fast) ?? {}, answersOf(slow) ?? {})
      if (times !== undefined && times >= (found?.times ?? TWOFOLD)) found = { fast, slow, times }
    }
  }
  return found
}

const nameOf = ({ name }: DraftBackend): string => name.trim()

/** `gpu first, nas when it is off` */
function firstWords([first, ...rest]: readonly DraftBackend[]): string {
  return first === undefined ? '' : `${nameOf(first)} first, ${list(rest.map(nameOf))} when it is off`
}

/** A backend that no route names, while the default names one only: it would do nothing at all. */
function ofIdle(draft: Draft): ShareQuestion | undefined {
  const [only, ...others] = poolOf(draft, draft.defaultPool)
  if (only === undefined || others.length > 0) return undefined
  const named = new Set([only.id, ...[...draft.tasks, ...draft.types].flatMap(({ pool }) => pool)])
  const idle = draft.backends.filter((backend) => nameOf(backend) !== '' && !named.has(backend.id))
  if (idle.length === 0) return undefined
  const pool = [only, ...idle]
  return {
    key: undefined,
    pool: pool.map(({ id }) => id),
    text: `How should ${list(pool.map(nameOf))} share the work?`,
    inOrder: firstWords(pool),
  }
}

/** A list for which nobody has chosen, and whose backends are measured to be unlike. */
function ofUnlike(draft: Draft, answersOf: AnswersOf): ShareQuestion | undefined {
  const lists = [
    { key: undefined, pool: draft.defaultPool, share: draft.defaultShare },
    ...[...draft.tasks, ...draft.types],
  ]
  for (const { key, pool: ids, share } of lists) {
    const pool = poolOf(draft, ids)
    const pair = share === undefined && pool.length > 1 ? farthest(pool, answersOf) : undefined
    if (pair === undefined) continue
    const { fast, slow, times } = pair
    const sorted = [fast, ...pool.filter((backend) => backend !== fast)]
    const where = key === undefined ? '' : ` for ${key}`
    return {
      key,
      pool: sorted.map(({ id }) => id),
      text: `${nameOf(slow)} takes ${timesText(times)} as long as ${nameOf(fast)}, and they take turns${where}. How should they share?`,
      inOrder: firstWords(sorted),
    }
  }
  return undefined
}

/** What is to be asked now; undefined where nothing is. */
export function shareQuestion(draft: Draft, answersOf: AnswersOf): ShareQuestion | undefined {
  return ofIdle(draft) ?? ofUnlike(draft, answersOf)
}

/** Puts an answer into the draft. */
export function answerShare(draft: Draft, { key, pool }: ShareQuestion, share: Share): void {
  if (key === undefined) {
    draft.defaultPool = [...pool]
    draft.defaultShare = share
    return
  }
  const route = [...draft.tasks, ...draft.types].find((one) => one.key === key)
  if (route === undefined) return
  route.pool = [...pool]
  route.share = share
}
