/** The status of Immich and of the guard as the API shows it. Pure. */
import {
  GUARDED_QUEUES,
  type GuardMode,
  type ImmichStatus,
  type QueueStatus,
} from '../../src-shared/immich.ts'
import { neededPermissions } from './client.ts'
import type { Greeting } from './guard-options.ts'
import { pauseProblem, type Facts } from './guard-decide.ts'
import type { GuardState, QueueState } from './guard-types.ts'
import { RETRY_MAX_MS } from './limits.ts'

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** What the status is made of, for an Immich that is set up. */
export interface StatusInput {
  readonly state: GuardState
  readonly greeting: Greeting | undefined
  readonly facts: Facts
  /** Permissions that a refusal has named. */
  readonly refused: readonly string[]
  readonly saveProblem: string
  /** Unix milliseconds. */
  readonly now: number
}

function queueStatus(
  { pause, seen, catchUp, lastCatchUpAt, leftAloneUntil }: QueueState,
  now: number,
): QueueStatus {
  const reading = seen?.reading
  const isPaused = reading?.isPaused ?? pause?.stage === 'paused'
  return {
    isPaused,
    pausedBy: !isPaused ? null : pause === undefined ? 'an admin' : 'us',
    active: reading?.active ?? 0,
    remaining: reading?.remaining ?? 0,
    catchingUp: catchUp !== undefined,
    lastCatchUpAt: lastCatchUpAt === undefined ? null : seconds(lastCatchUpAt),
    leftAloneUntil: leftAloneUntil === undefined || leftAloneUntil <= now ? null : seconds(leftAloneUntil),
  }
}

/** The permissions that the key lacks, as far as Immich tells. */
export function missingPermissions(greeting: Greeting | undefined, refused: readonly string[]): string[] {
  const { version, permissions } = greeting ?? {}
  const told = version === undefined || permissions === undefined || permissions.includes('all')
  const missing = told ? [] : neededPermissions(version).filter((name) => !permissions.includes(name))
  return [...new Set([...missing, ...refused])]
}

/** A failure is shown for longer than the longest wait before a retry, so that it does not vanish between two. */
function failureProblems({ failures }: GuardState, now: number): string[] {
  return Object.values(failures)
    .filter((failure) => failure !== undefined)
    .filter(({ retryAt }) => now < retryAt + RETRY_MAX_MS)
    .map(({ message }) => message)
}

function problemsOf({ state, facts, saveProblem, now }: StatusInput): string[] {
  const problems = failureProblems(state, now)
  if (saveProblem !== '') problems.push(saveProblem)
  // Before the first answer the failure itself says what is wrong.
  const pausing = state.mode === 'on' && state.urls !== undefined ? pauseProblem(state, facts) : undefined
  if (pausing !== undefined) problems.push(pausing)
  return [...new Set(problems)]
}

type Told = Pick<ImmichStatus, 'guard' | 'version' | 'missingPermissions' | 'problems' | 'queues'>

/** The part of the status that comes from the guard. */
export function guardStatus(input: StatusInput): Told {
  const { state, greeting, refused, now } = input
  const queues: ImmichStatus['queues'] = {}
  for (const name of GUARDED_QUEUES) {
    const queue = state.queues[name]
    const isKnown = queue.seen?.reading !== undefined || queue.pause !== undefined
    if (isKnown) queues[name] = queueStatus(queue, now)
  }
  return {
    guard: state.mode,
    version: greeting?.version ?? null,
    missingPermissions: missingPermissions(greeting, refused),
    problems: problemsOf(input),
    queues,
  }
}

/** The status where no Immich is set up. */
export function noImmich(guard: GuardMode): Told {
  return { guard, version: null, missingPermissions: [], problems: [], queues: {} }
}

/** Why a list of URLs forbids a pause; undefined where it allows it: it has exactly one URL, and that leads here. */
export function urlsProblem(
  urls: readonly string[],
  leadsHere: (url: string) => boolean,
): string | undefined {
  const [only] = urls
  if (only === undefined) {
    return 'Nothing is paused, since Immich has no machine-learning URL; enter this program’s address in its settings'
  }
  if (urls.length > 1) {
    return `Nothing is paused, since Immich has ${urls.length} machine-learning URLs: pausing would stop work that the others could do; leave only this program’s`
  }
  if (leadsHere(only)) return undefined
  return `Nothing is paused, since no request came here under ${shown(only)} within the last 5 minutes, Immich’s machine-learning URL; is it this program’s?`
}

/** A URL, shortened, without the part before an @, which may hold a password. */
function shown(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').slice(0, 200)
}
