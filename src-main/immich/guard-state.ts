/**
 * The state of the queue guard: a reducer of events over plain data. `guard-decide.ts` derives the actions from it.
 * Pure: it calls no Immich and reads no clock. Times are Unix milliseconds.
 */
import {
  DUPLICATES_QUEUE,
  GUARDED_QUEUES,
  type GuardedQueue,
  type GuardMode,
} from '../../src-shared/immich.ts'
import type { QueueReading, Queues } from './answers.ts'
import type {
  ActionFailure,
  ActionKind,
  CatchUp,
  GuardEvent,
  GuardState,
  StoredGuard,
  StoredQueue,
  PauseReason,
  ReadSettings,
  QueueEvent,
  QueueState,
} from './guard-types.ts'
import {
  CATCH_UP_REFUSED_MS,
  LEFT_ALONE_MS,
  QUEUES_FRESH_MS,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
} from './limits.ts'

const NO_QUEUE: QueueState = {
  served: undefined,
  servedSince: 0,
  seen: undefined,
  pause: undefined,
  owed: false,
  catchUp: undefined,
  lastCatchUpAt: undefined,
  leftAloneUntil: undefined,
  wantsCatchUp: false,
  wantsResume: false,
  refusedUntil: undefined,
  ended: undefined,
}

function everyQueue<T>(of: (queue: GuardedQueue) => T): Record<GuardedQueue, T> {
  return { smartSearch: of('smartSearch'), faceDetection: of('faceDetection'), ocr: of('ocr') }
}

/** The stored state, with times in the future moved to now: the clock may have been set back meanwhile. */
function notInFuture(stored: StoredQueue, now: number): StoredQueue {
  const { pause, catchUp, lastCatchUpAt, leftAloneUntil } = stored
  const atMost = (time: number | undefined, most: number): number | undefined =>
    time === undefined ? undefined : Math.min(time, most)
  return {
    owed: stored.owed,
    pause: pause === undefined ? undefined : { ...pause, at: Math.min(pause.at, now) },
    catchUp: catchUp === undefined ? undefined : { ...catchUp, startedAt: Math.min(catchUp.startedAt, now) },
    lastCatchUpAt: atMost(lastCatchUpAt, now),
    leftAloneUntil: atMost(leftAloneUntil, now + LEFT_ALONE_MS),
  }
}

/** The state at the start. @param stored the state stored by the last run */
export function initialState(stored: StoredGuard | undefined, now: number): GuardState {
  const storedOfQueue = (queue: GuardedQueue): Partial<QueueState> =>
    stored === undefined ? {} : notInFuture(stored.queues[queue], now)
  return {
    mode: 'off',
    catchUp: true,
    queues: everyQueue((queue) => ({ ...NO_QUEUE, servedSince: now, ...storedOfQueue(queue) })),
    duplicatesOwed: stored?.duplicatesOwed ?? false,
    greeted: false,
    urls: undefined,
    failures: {},
    suspendedAt: undefined,
    now,
  }
}

/** The part of the state that is stored for a restart; undefined where it is empty. */
export function storedOf(state: GuardState): StoredGuard | undefined {
  const queues = everyQueue((name) => {
    const { pause, owed, catchUp, lastCatchUpAt, leftAloneUntil } = state.queues[name]
    return { pause, owed, catchUp, lastCatchUpAt, leftAloneUntil }
  })
  const isEmpty = GUARDED_QUEUES.every((name) => {
    const { pause, owed, catchUp, lastCatchUpAt, leftAloneUntil } = queues[name]
    return !owed && [pause, catchUp, lastCatchUpAt, leftAloneUntil].every((value) => value === undefined)
  })
  return isEmpty && !state.duplicatesOwed ? undefined : { queues, duplicatesOwed: state.duplicatesOwed }
}

function readSettings({ list, models, problem }: Omit<ReadSettings, 'at'>, at: number): ReadSettings {
  return { at, list, models, problem }
}

/** The next state. */
export function reduce(before: GuardState, event: GuardEvent, now: number): GuardState {
  const state = { ...withoutJump(before, now), now }
  if (isQueueEvent(event)) return onQueueEvent(state, event)
  switch (event.kind) {
    case 'settings':
      return onSettings(state, event.mode, event.catchUp)
    case 'greeted':
      return { ...succeeded(state, 'greet'), greeted: true }
    case 'urls':
      return { ...succeeded(state, 'urls'), urls: readSettings(event, now) }
    case 'read':
      return onRead(state, event.askedAt, event.queues)
    case 'duplicates-started':
      return { ...succeeded(state, 'duplicates'), duplicatesOwed: false }
    case 'failed':
      return onFailed(state, event)
    case 'suspended':
      return { ...state, suspendedAt: now }
    case 'woke':
      return { ...restartTimers(state, now), suspendedAt: undefined }
    case 'tick':
      return state
  }
}

function isQueueEvent(event: GuardEvent): event is QueueEvent {
  return 'queue' in event && event.kind !== 'failed'
}

function onQueueEvent(state: GuardState, event: QueueEvent): GuardState {
  const queue = state.queues[event.queue]
  const { now } = state
  const change = (fields: Partial<QueueState>): GuardState => withQueue(state, event.queue, fields)
  switch (event.kind) {
    case 'served':
      return change(queue.served === event.served ? {} : onServed(queue, event.served, now))
    case 'pausing':
      return change(onPausing(queue, event.why, now))
    case 'paused':
      return succeeded(change(onPaused(queue, event.reading, now)), 'pause')
    case 'resuming':
      return change(queue.pause === undefined ? {} : { pause: { ...queue.pause, stage: 'ending' } })
    case 'resumed':
      return succeeded(change(onResumed(event.gaveUp, now)), 'resume')
    case 'started':
      return succeeded(change(onStarted(event.isCertain, now)), 'start')
    case 'asked':
      if (event.for === 'catch-up') return change({ wantsCatchUp: true, refusedUntil: undefined })
      return change({ wantsResume: queue.pause !== undefined, leftAloneUntil: now + LEFT_ALONE_MS })
  }
}

function withQueue(state: GuardState, name: GuardedQueue, fields: Partial<QueueState>): GuardState {
  return { ...state, queues: { ...state.queues, [name]: { ...state.queues[name], ...fields } } }
}

function mapQueues(
  state: GuardState,
  change: (queue: QueueState, name: GuardedQueue) => QueueState,
): GuardState {
  return { ...state, queues: everyQueue((name) => change(state.queues[name], name)) }
}

/** Restarts the time that a backend has been up or away, since its health was not watched meanwhile. */
function restartTimers(state: GuardState, now: number): GuardState {
  return mapQueues(state, (queue) => ({ ...queue, servedSince: now }))
}

/** Moves times in the future to now. After the clock was set back, all that waits for one of them would stop. */
function withoutJump(state: GuardState, now: number): GuardState {
  if (now >= state.now) return state
  const shift = state.now - now
  const earlier = (at: number | undefined): number | undefined => (at === undefined ? undefined : at - shift)
  const queues = mapQueues(restartTimers(state, now), (queue) => ({
    ...queue,
    seen: undefined,
    pause: queue.pause === undefined ? undefined : { ...queue.pause, at: queue.pause.at - shift },
    catchUp:
      queue.catchUp === undefined
        ? undefined
        : { ...queue.catchUp, startedAt: queue.catchUp.startedAt - shift },
    lastCatchUpAt: earlier(queue.lastCatchUpAt),
    leftAloneUntil: earlier(queue.leftAloneUntil),
    refusedUntil: earlier(queue.refusedUntil),
  }))
  return { ...queues, urls: undefined, failures: {} }
}

function succeeded(state: GuardState, action: ActionKind): GuardState {
  if (state.failures[action] === undefined) return state
  const failures = { ...state.failures, [action]: undefined }
  // Immich may have been updated while it was away.
  return { ...state, failures, greeted: state.greeted && action !== 'read' }
}

function interrupted(catchUp: CatchUp | undefined): CatchUp | undefined {
  return catchUp?.end === 'done' ? { ...catchUp, end: 'interrupted' } : catchUp
}

/**
 * Drops catch-ups with another mode than *on*: Immich continues one after the guard was turned off, but its end is not
 * observed. One that a user started in *observe* outlasts a save that leaves it.
 */
function onSettings(state: GuardState, mode: GuardMode, catchUp: boolean): GuardState {
  const set = { ...state, mode, catchUp }
  if (mode === 'on' || (mode === 'observe' && state.mode === 'observe')) return set
  return mapQueues(set, (queue) => ({
    ...queue,
    catchUp: undefined,
    wantsCatchUp: false,
    ...(queue.catchUp === undefined ? {} : { ended: 'uncertain' }),
  }))
}

function onServed(queue: QueueState, served: boolean, now: number): Partial<QueueState> {
  const catchUp = served ? queue.catchUp : interrupted(queue.catchUp)
  return { served, servedSince: now, catchUp }
}

function onPausing({ catchUp }: QueueState, why: PauseReason, now: number): Partial<QueueState> {
  return {
    pause: { why, at: now, stage: 'asked' },
    catchUp: why === 'catch-up' ? catchUp : interrupted(catchUp),
    wantsResume: false,
  }
}

function onPaused(queue: QueueState, reading: QueueReading | undefined, now: number): Partial<QueueState> {
  const { pause, seen } = queue
  if (pause === undefined) return {}
  const active = reading?.active ?? seen?.reading?.active ?? 0
  // A pause for a catch-up loses no active job, since a backend serves them.
  const isMidWay = pause.why !== 'catch-up' && active > 0
  return {
    pause: { ...pause, stage: 'paused' },
    owed: queue.owed || isMidWay,
    seen: reading === undefined ? seen : { askedAt: pause.at, answeredAt: now, reading },
  }
}

function onResumed(gaveUp: boolean, now: number): Partial<QueueState> {
  return {
    pause: undefined,
    wantsResume: false,
    seen: undefined,
    ...(gaveUp ? { refusedUntil: now + CATCH_UP_REFUSED_MS, wantsCatchUp: false } : {}),
  }
}

function onStarted(isCertain: boolean, now: number): Partial<QueueState> {
  return {
    catchUp: { startedAt: now, end: isCertain ? 'done' : 'uncertain' },
    lastCatchUpAt: now,
    owed: false,
    wantsCatchUp: false,
  }
}

function onRead(before: GuardState, askedAt: number, queues: Queues): GuardState {
  let state = succeeded(before, 'read')
  for (const name of GUARDED_QUEUES) {
    const queue = state.queues[name]
    // An answer to a call that was sent before our own change describes the state before that change.
    if (queue.pause !== undefined && askedAt < queue.pause.at) continue
    state = withQueue(state, name, onReading(queue, queues.get(name), askedAt, state.now))
    const hasCaughtUp = queue.catchUp !== undefined && state.queues[name].catchUp === undefined
    if (hasCaughtUp && name === 'smartSearch' && state.mode === 'on')
      state = { ...state, duplicatesOwed: queues.has(DUPLICATES_QUEUE) }
  }
  return state
}

function onReading(
  queue: QueueState,
  reading: QueueReading | undefined,
  askedAt: number,
  now: number,
): Partial<QueueState> {
  const seen = { askedAt, answeredAt: now, reading }
  const { pause, catchUp } = queue
  if (reading === undefined) {
    const ended = catchUp === undefined ? queue.ended : 'uncertain'
    return { seen, pause: undefined, catchUp: undefined, owed: false, ended }
  }
  if (pause === undefined) {
    const isDone = catchUp !== undefined && askedAt >= catchUp.startedAt && reading.remaining === 0
    return isDone ? { seen, catchUp: undefined, ended: catchUp.end } : { seen }
  }
  if (reading.isPaused) {
    if (pause.stage === 'asked') return { ...onPaused(queue, reading, now), seen }
    return { seen, pause: { ...pause, stage: 'paused' } }
  }
  // The queue runs although we paused it. Then an admin resumed it, unless we did, or Immich never carried out the
  // pause.
  const isAdmins = pause.stage === 'paused'
  return {
    seen,
    pause: undefined,
    wantsResume: false,
    ...(isAdmins ? { leftAloneUntil: now + LEFT_ALONE_MS } : {}),
  }
}

function onFailed(state: GuardState, failure: ActionFailure): GuardState {
  const { action, queue: name, message } = failure
  const count = (state.failures[action]?.count ?? 0) + 1
  const waitMs = Math.min(RETRY_FIRST_MS * 2 ** (count - 1), RETRY_MAX_MS)
  const noted: GuardState = {
    ...state,
    failures: { ...state.failures, [action]: { count, retryAt: state.now + waitMs, message } },
  }
  if (name === undefined) return action === 'duplicates' ? onDuplicatesFailed(noted, failure) : noted
  if (action === 'pause') return failure.mayHaveActed ? noted : withQueue(noted, name, { pause: undefined })
  return action === 'start' ? onStartFailed(noted, name, failure) : noted
}

/** Codes after which a retry can help: Immich was busy or could not be reached. */
const WORTH_RETRYING: ReadonlySet<string> = new Set(['IMMICH_BUSY', 'IMMICH_UNREACHABLE', 'IMMICH_TIMEOUT'])

function onDuplicatesFailed(state: GuardState, { code }: ActionFailure): GuardState {
  return WORTH_RETRYING.has(code) ? state : { ...state, duplicatesOwed: false }
}

function onStartFailed(state: GuardState, name: GuardedQueue, failure: ActionFailure): GuardState {
  const { now } = state
  // The catch-up may have begun. A second one would process every photo twice, so it counts as begun; its losses stay
  // counted at its end.
  if (failure.mayHaveActed) return withQueue(state, name, onStarted(false, now))
  if (failure.code === 'IMMICH_BUSY') {
    const failures = {
      ...state.failures,
      start: { count: 1, retryAt: now + QUEUES_FRESH_MS, message: failure.message },
    }
    return withQueue({ ...state, failures }, name, { seen: undefined })
  }
  if (WORTH_RETRYING.has(failure.code)) return state
  return withQueue(state, name, { refusedUntil: now + CATCH_UP_REFUSED_MS, wantsCatchUp: false })
}
