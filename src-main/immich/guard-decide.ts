/** Decides the next action of the queue guard from its state, the counts and the time. Pure. */
import { GUARDED_QUEUES, type GuardedQueue } from '../../src-shared/immich.ts'
import type { GuardState, PauseReason, QueueState } from './guard-types.ts'
import {
  AWAY_BEFORE_PAUSE_MS,
  CATCH_UP_INTERVAL_MS,
  DRAIN_LIMIT_MS,
  HEALTHY_BEFORE_RESUME_MS,
  POLL_AT_WORK_MS,
  POLL_LOOKED_AT_MS,
  QUEUES_ACT_FRESH_MS,
  QUEUES_FRESH_MS,
  QUIET_BEFORE_CATCH_UP_MS,
  SUSPEND_FORGOTTEN_MS,
  URLS_ACT_FRESH_MS,
  URLS_FRESH_MS,
} from './limits.ts'

/** The input of the decision beside the guard's own state. Times are Unix milliseconds. */
export interface Facts {
  /** Number of lost images that a catch-up should find. */
  pending(queue: GuardedQueue): number
  lastLossAt(queue: GuardedQueue): number | undefined
  /** When an image of the queue's task came last. */
  lastImageAt(queue: GuardedQueue): number | undefined
  /** How often Immich is asked for its counts because a page or the tray shows them; undefined for not at all. */
  pollMs: number | undefined
  /** Why these machine-learning URLs forbid a pause; undefined where they allow it. */
  urlsProblem(urls: readonly string[]): string | undefined
}

export type Action =
  | { readonly kind: 'greet' | 'urls' | 'read' | 'duplicates' }
  | { readonly kind: 'pause'; readonly queue: GuardedQueue; readonly why: PauseReason }
  | { readonly kind: 'resume'; readonly queue: GuardedQueue; readonly gaveUp: boolean }
  | { readonly kind: 'start'; readonly queue: GuardedQueue }

const READ: Action = { kind: 'read' }

/** The next action; undefined where there is none now. One at a time, since each answer may change the next. */
export function decide(state: GuardState, facts: Facts, now: number): Action | undefined {
  if (isSuspended(state, now)) return undefined
  for (const action of candidates(state, facts, now)) {
    const { retryAt = 0 } = state.failures[action.kind] ?? {}
    if (now >= retryAt) return action
    // Every other action depends on the result of this one.
    if (action.kind === 'read') return undefined
  }
  return undefined
}

/**
 * When {@link decide} has to be asked again if no event comes before; undefined where only an event can change it.
 */
export function nextTime(state: GuardState, facts: Facts, now: number): number | undefined {
  const times = [
    state.suspendedAt === undefined ? undefined : state.suspendedAt + SUSPEND_FORGOTTEN_MS,
    ...Object.values(state.failures).map((failure) => failure?.retryAt),
    ...(state.mode === 'off' ? [] : [pollTime(state, facts), urlsPollTime(state, facts)]),
    ...GUARDED_QUEUES.flatMap((name) => queueTimes(state, name, facts)),
    state.urls === undefined
      ? undefined
      : wanted(state, facts, now)
        ? state.urls.at + URLS_FRESH_MS
        : undefined,
  ]
  const coming = times.filter((time) => time !== undefined).filter((time) => time > now)
  return coming.length === 0 ? undefined : Math.min(...coming)
}

/** Why the guard would not pause a queue now, or undefined where it would; as a sentence. */
export function pauseProblem({ urls }: GuardState, facts: Facts): string | undefined {
  if (urls === undefined) return 'Immich’s settings were not read yet'
  return urls.problem === '' ? facts.urlsProblem(urls.list) : urls.problem
}

function isSuspended({ suspendedAt }: GuardState, now: number): boolean {
  return suspendedAt !== undefined && now - suspendedAt < SUSPEND_FORGOTTEN_MS
}

function* candidates(state: GuardState, facts: Facts, now: number): Generator<Action> {
  if (state.mode !== 'off' && !state.greeted) yield { kind: 'greet' }
  for (const name of GUARDED_QUEUES) {
    const queue = state.queues[name]
    const action =
      queue.pause === undefined ? whileRunning(state, name, facts, now) : whilePaused(state, name, facts, now)
    if (action !== undefined) yield action
  }
  if (state.mode === 'on' && state.duplicatesOwed) yield { kind: 'duplicates' }
  if (state.mode !== 'off' && now >= (urlsPollTime(state, facts) ?? Infinity)) yield { kind: 'urls' }
  if (state.mode !== 'off' && now >= (pollTime(state, facts) ?? Infinity)) yield READ
}

/** When the counts are read next for a page that shows them; at once before the first time. */
function pollTime(state: GuardState, { pollMs }: Facts): number | undefined {
  const readAt = Math.max(...GUARDED_QUEUES.map((name) => state.queues[name].seen?.answeredAt ?? -Infinity))
  if (readAt === -Infinity) return state.now
  return pollMs === undefined ? undefined : readAt + pollMs
}

/** When the settings are read again for the page that shows what is wrong with them. */
function urlsPollTime({ urls }: GuardState, { pollMs }: Facts): number | undefined {
  return urls === undefined || pollMs !== POLL_LOOKED_AT_MS ? undefined : urls.at + URLS_FRESH_MS
}

/** For how long a backend has been up (or away), milliseconds; -1 where it is not. */
function servedFor({ served, servedSince }: QueueState, wantedState: boolean, now: number): number {
  return served === wantedState ? now - servedSince : -1
}

function isFresh({ seen }: QueueState, freshMs: number, now: number): boolean {
  return seen !== undefined && now - seen.answeredAt < freshMs
}

/** Whether a catch-up is due, whether or not it is possible now. */
function wantsMissing(state: GuardState, name: GuardedQueue, facts: Facts, now: number): boolean {
  const queue = state.queues[name]
  if (queue.catchUp !== undefined) return false
  if (queue.wantsCatchUp) return true
  if (!state.catchUp || now < (queue.refusedUntil ?? 0)) return false
  if (queue.lastCatchUpAt !== undefined && now - queue.lastCatchUpAt < CATCH_UP_INTERVAL_MS) return false
  return queue.owed || facts.pending(name) > 0
}

/** Whether our pause may end now. */
function mayEnd({ mode }: GuardState, queue: QueueState, now: number): boolean {
  if (mode !== 'on' || queue.wantsResume) return true
  return queue.pause?.why !== 'hand' && servedFor(queue, true, now) >= HEALTHY_BEFORE_RESUME_MS
}

/** When the guard began to wait for the active jobs of a paused queue to end. */
function drainedSince({ pause, servedSince }: QueueState): number {
  return Math.max(pause?.at ?? 0, servedSince + HEALTHY_BEFORE_RESUME_MS)
}

/** Whether images came so late after the pause that a paused queue cannot have sent them. */
function hasImagesSince(name: GuardedQueue, at: number, facts: Facts): boolean {
  // Images that were on their way at the pause arrive at once.
  return (facts.lastImageAt(name) ?? -Infinity) > at + QUEUES_FRESH_MS
}

function whilePaused(state: GuardState, name: GuardedQueue, facts: Facts, now: number): Action | undefined {
  const queue = state.queues[name]
  const pausedAt = queue.pause?.at ?? now
  const seenAt = queue.seen?.askedAt ?? -Infinity
  // Immich was asked to pause and has not confirmed it.
  if (queue.pause?.stage === 'asked') return READ
  if (!mayEnd(state, queue, now)) {
    // A paused queue sends images, so somebody has resumed it.
    return hasImagesSince(name, Math.max(seenAt, pausedAt), facts) ? READ : undefined
  }
  if (!isFresh(queue, QUEUES_FRESH_MS, now) || seenAt < pausedAt) return READ
  const action = atEndOfPause(state, name, facts, now)
  return action === undefined || isFresh(queue, QUEUES_ACT_FRESH_MS, now) ? action : READ
}

/** Our pause may end, and Immich's answer about the queue is recent. */
function atEndOfPause(state: GuardState, name: GuardedQueue, facts: Facts, now: number): Action | undefined {
  const queue = state.queues[name]
  const isMissingWanted = state.mode === 'on' && !queue.wantsResume && wantsMissing(state, name, facts, now)
  if (!isMissingWanted) return { kind: 'resume', queue: name, gaveUp: false }
  if ((queue.seen?.reading?.active ?? 0) === 0) return { kind: 'start', queue: name }
  const isTooLong = now - drainedSince(queue) > DRAIN_LIMIT_MS
  return isTooLong ? { kind: 'resume', queue: name, gaveUp: true } : undefined
}

/** Why a running queue should be paused now, or undefined. */
function reasonToPause(
  state: GuardState,
  name: GuardedQueue,
  facts: Facts,
  now: number,
): PauseReason | undefined {
  if (state.mode !== 'on') return undefined
  const queue = state.queues[name]
  if (now < (queue.leftAloneUntil ?? 0) && !queue.wantsCatchUp) return undefined
  if (servedFor(queue, false, now) >= AWAY_BEFORE_PAUSE_MS) return 'away'
  if (servedFor(queue, true, now) < HEALTHY_BEFORE_RESUME_MS) return undefined
  const isQuiet = now - (facts.lastLossAt(name) ?? -Infinity) >= QUIET_BEFORE_CATCH_UP_MS
  const isDue = queue.wantsCatchUp || isQuiet
  return isDue && wantsMissing(state, name, facts, now) ? 'catch-up' : undefined
}

/** Whether a queue should be paused; only then its permission to be paused is checked. */
function wanted(state: GuardState, facts: Facts, now: number): boolean {
  return GUARDED_QUEUES.some(
    (name) => state.queues[name].pause === undefined && reasonToPause(state, name, facts, now) !== undefined,
  )
}

function whileRunning(state: GuardState, name: GuardedQueue, facts: Facts, now: number): Action | undefined {
  const queue = state.queues[name]
  const seenAt = queue.seen?.answeredAt ?? 0
  if (state.mode !== 'off' && queue.catchUp !== undefined && now - seenAt >= POLL_AT_WORK_MS) return READ
  const why = reasonToPause(state, name, facts, now)
  if (why === undefined) return undefined
  const problem = pauseProblem(state, facts)
  const freshMs = problem === undefined ? URLS_ACT_FRESH_MS : URLS_FRESH_MS
  if (state.urls === undefined || now - state.urls.at >= freshMs) return { kind: 'urls' }
  if (problem !== undefined) return undefined
  // The queue does not exist or an admin paused it. It is read again when images come all the same.
  if (isNotOurs(queue)) return hasImagesSince(name, seenAt, facts) ? READ : undefined
  return isFresh(queue, QUEUES_ACT_FRESH_MS, now) ? { kind: 'pause', queue: name, why } : READ
}

/** Whether a queue is paused by somebody else, or does not exist in this version of Immich. */
function isNotOurs({ seen }: QueueState): boolean {
  return seen !== undefined && (seen.reading === undefined || seen.reading.isPaused)
}

function queueTimes(state: GuardState, name: GuardedQueue, facts: Facts): (number | undefined)[] {
  const queue = state.queues[name]
  const { seen, servedSince, lastCatchUpAt, pause, catchUp } = queue
  const seenAt = seen?.answeredAt
  const after = (at: number | undefined, ms: number): number | undefined =>
    at === undefined ? undefined : at + ms
  const own = [
    queue.served === false ? servedSince + AWAY_BEFORE_PAUSE_MS : undefined,
    queue.served === true ? servedSince + HEALTHY_BEFORE_RESUME_MS : undefined,
    queue.leftAloneUntil,
    queue.refusedUntil,
    after(lastCatchUpAt, CATCH_UP_INTERVAL_MS),
    after(facts.lastLossAt(name), QUIET_BEFORE_CATCH_UP_MS),
    catchUp === undefined ? undefined : after(seenAt ?? state.now, POLL_AT_WORK_MS),
  ]
  if (pause === undefined) return own
  return [...own, after(seenAt, QUEUES_FRESH_MS), drainedSince(queue) + DRAIN_LIMIT_MS + 1]
}
