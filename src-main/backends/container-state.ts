/**
 * The life of a managed container: started when it is needed, stopped when it is not, at once on a pause, restarted when
 * its models are broken. Pure: every step is given the clock (milliseconds that never go back).
 */
import {
  CONTAINER_LEFT_ALONE_MS,
  CONTAINER_LOOK_MS,
  CONTAINER_PROBLEM_LOOK_MS,
  CONTAINER_RESTART_MS,
  CONTAINER_START_MS,
  ERRORS_BEFORE_RESTART,
  FAILED_STARTS,
  FAILED_STARTS_WITHIN_MS,
  START_RETRY_MS,
} from './limits.ts'
import type { ContainerAct } from './container-engine.ts'

/** Unknown: the engine was not asked yet. Healthy: it runs, and its server has answered. */
export type ContainerPhase = 'unknown' | 'stopped' | 'starting' | 'healthy' | 'stopping'

export interface ContainerState {
  readonly phase: ContainerPhase
  /**
   * What the engine is to do in this phase, once nothing runs on the server; undefined where it was done: then a ping
   * is waited for, or nothing.
   */
  readonly act: ContainerAct | undefined
  /** The engine was asked for that and has not answered yet. */
  readonly isCalled: boolean
  /** When the engine had started it; undefined before, and in other phases. */
  readonly startedAt: number | undefined
  /** A request or a user needed the container while it was stopping. */
  readonly isWantedAgain: boolean
  /** A pause: nothing starts it. `stop`: and it is stopped. */
  readonly pause: 'none' | 'keep' | 'stop'
  /** The last prediction that ended there, or the start. */
  readonly usedAt: number
  readonly failedStarts: readonly number[]
  /** Until then only a user starts it. */
  readonly leftAloneUntil: number
  readonly restartedAt: number
  /** Answers 500 in a row. */
  readonly errorsInRow: number
  /** Whether its last `/ping` was answered. */
  readonly isAnswering: boolean
  /** The engine is to be asked how it stands. */
  readonly isStale: boolean
  readonly lookedAt: number
  /** Not before this. */
  readonly lookFrom: number
  /** What is wrong, as a sentence; else empty. */
  readonly problem: string
}

export const NEW_CONTAINER: ContainerState = {
  phase: 'unknown',
  act: undefined,
  isCalled: false,
  startedAt: undefined,
  isWantedAgain: false,
  pause: 'none',
  usedAt: 0,
  failedStarts: [],
  leftAloneUntil: -Infinity,
  restartedAt: -Infinity,
  errorsInRow: 0,
  isAnswering: false,
  isStale: true,
  lookedAt: -Infinity,
  lookFrom: -Infinity,
  problem: '',
}

export type ContainerEvent =
  /** A request needs the container, or a user pressed *Start*. */
  | { readonly kind: 'needed'; readonly byHand: boolean }
  | { readonly kind: 'stop-asked' }
  | { readonly kind: 'pause'; readonly pause: ContainerState['pause'] }
  /** The engine is asked. */
  | { readonly kind: 'called' }
  /** The engine's answers. */
  | { readonly kind: 'seen'; readonly isRunning: boolean }
  | { readonly kind: 'look-failed'; readonly message: string }
  | { readonly kind: 'done'; readonly act: ContainerAct }
  | { readonly kind: 'failed'; readonly act: ContainerAct; readonly message: string }
  /** Its own `/ping`. */
  | { readonly kind: 'pinged'; readonly ok: boolean }
  /** A prediction ended there. `model`: a model could not be loaded, which a restart mends. */
  | { readonly kind: 'predicted'; readonly how: 'well' | 'error' | 'model' | 'other' }
  | { readonly kind: 'tick' }

export interface ContainerFacts {
  /** Milliseconds without a prediction until it is stopped. */
  readonly stopAfterMs: number
  /** Predictions that run there. */
  readonly inFlight: number
}

type Change = Partial<ContainerState>

const rest = (phase: ContainerPhase): Change => ({
  phase,
  act: undefined,
  isCalled: false,
  startedAt: undefined,
  isWantedAgain: false,
})
const begin = (phase: 'starting' | 'stopping', act: ContainerAct): Change => ({ ...rest(phase), act })
const healthy = (now: number): Change => ({
  ...rest('healthy'),
  usedAt: now,
  failedStarts: [],
  errorsInRow: 0,
  problem: '',
})

/** Whether a request may start it now. */
export function mayStart(state: ContainerState, byHand: boolean, now: number): boolean {
  if (state.pause !== 'none') return false
  if (byHand) return true
  const lastFailure = state.failedStarts.at(-1) ?? -Infinity
  return now >= state.leftAloneUntil && now - lastFailure >= START_RETRY_MS
}

function onNeeded(state: ContainerState, byHand: boolean, now: number): Change {
  if (!mayStart(state, byHand, now)) return {}
  if (state.phase === 'stopping') return { isWantedAgain: state.act !== 'restart' }
  if (state.phase !== 'stopped' && state.phase !== 'unknown') return {}
  // By hand, what failed before does not count.
  return { ...begin('starting', 'start'), ...(byHand ? { failedStarts: [], leftAloneUntil: -Infinity } : {}) }
}

function onStartFailed(state: ContainerState, message: string, now: number): Change {
  const recent = [...state.failedStarts.filter((at) => now - at < FAILED_STARTS_WITHIN_MS), now]
  const isLeftAlone = recent.length >= FAILED_STARTS
  const minutes = CONTAINER_LEFT_ALONE_MS / 60_000
  const end = isLeftAlone ? `; it is left alone for ${minutes} min, unless somebody starts it by hand` : ''
  return {
    failedStarts: isLeftAlone ? [] : recent,
    leftAloneUntil: isLeftAlone ? now + CONTAINER_LEFT_ALONE_MS : state.leftAloneUntil,
    problem: `${message}${end}`,
    isStale: true,
  }
}

function onStopAsked({ phase, act }: ContainerState): Change {
  const isOn = phase !== 'stopped' && (phase !== 'stopping' || act === 'restart')
  return isOn ? begin('stopping', 'stop') : { isWantedAgain: false }
}

const LATE = `The container was started, and its server did not answer /ping within ${CONTAINER_START_MS / 1000} s; check the backend’s URL and the container’s log`

function onSeen(state: ContainerState, isRunning: boolean, now: number): Change {
  const looked: Change = { isStale: false, lookedAt: now }
  // During a start or a stop, the engine's answer to it will be newer.
  if (state.phase === 'starting' || state.phase === 'stopping') return looked
  // The reason of a failed start is shown until the next start.
  const problem = state.failedStarts.length > 0 || now < state.leftAloneUntil ? state.problem : ''
  if (!isRunning) return { ...looked, ...rest('stopped'), problem }
  return state.phase === 'healthy' ? { ...looked, problem } : { ...looked, ...healthy(now) }
}

function onDone(state: ContainerState, act: ContainerAct, now: number): Change {
  if (act === 'stop') return state.isWantedAgain ? begin('starting', 'start') : rest('stopped')
  const started: Change = { ...rest('starting'), startedAt: now, isAnswering: false }
  // Paused or stopped meanwhile: that comes next.
  return state.phase === 'stopping' && state.act === 'stop' ? {} : started
}

function onFailed(state: ContainerState, act: ContainerAct, message: string, now: number): Change {
  if (act !== 'stop') return { ...rest('stopped'), ...onStartFailed(state, message, now) }
  // It runs on: the next look says so.
  return { ...rest('unknown'), problem: message, isStale: true, lookFrom: now + CONTAINER_LOOK_MS }
}

function onPinged(state: ContainerState, ok: boolean, now: number): Change {
  const answering: Change = { isAnswering: ok }
  const isLookDue = now - state.lookedAt >= CONTAINER_LOOK_MS
  if (!ok) return state.phase === 'healthy' && isLookDue ? { ...answering, isStale: true } : answering
  // A ping that is answered before the engine has restarted the container comes from the old process.
  const hasStarted = state.phase === 'starting' && state.startedAt !== undefined
  if (hasStarted || state.phase === 'unknown') return { ...answering, ...healthy(now) }
  // Another program has started it, or the answer was sent before it was stopped.
  return state.phase === 'stopped' && isLookDue ? { ...answering, isStale: true } : answering
}

/** Where the engine cannot be asked, its server's own answer is enough. */
function onLookFailed(state: ContainerState, message: string, now: number): Change {
  const isUp = state.phase === 'stopped' && state.isAnswering
  return { ...(isUp ? healthy(now) : {}), isStale: false, lookedAt: now, problem: message }
}

function onPredicted(state: ContainerState, how: 'well' | 'error' | 'model' | 'other', now: number): Change {
  const used: Change = { usedAt: now }
  if (how === 'well') return { ...used, errorsInRow: 0 }
  if (how === 'other') return used
  const errorsInRow = state.errorsInRow + 1
  const isBroken = how === 'model' || (errorsInRow >= ERRORS_BEFORE_RESTART && state.isAnswering)
  // A restart is a start, and nothing starts a paused one.
  const isFree = state.phase === 'healthy' && state.pause === 'none'
  const mayRestart = isFree && now - state.restartedAt >= CONTAINER_RESTART_MS
  if (!isBroken || !mayRestart) return { ...used, errorsInRow }
  return { ...used, ...begin('stopping', 'restart'), errorsInRow: 0, restartedAt: now }
}

function onPause(state: ContainerState, pause: ContainerState['pause']): Change {
  return {
    pause,
    ...takenBack(state, pause),
    ...(pause === 'none' ? {} : { isWantedAgain: false }),
  }
}

/** What the engine was to do and was not asked for yet, where a pause or its end takes it back. */
function takenBack(state: ContainerState, pause: ContainerState['pause']): Change {
  if (state.isCalled) return {}
  const { phase, act } = state
  // Nothing starts a paused one.
  if (phase === 'starting' && act === 'start' && pause !== 'none')
    return { ...rest('stopped'), isStale: true }
  // It runs, and answers: it was to be restarted, or it was paused without being stopped.
  const isRestart = phase === 'stopping' && act === 'restart' && pause !== 'none'
  const isStop = phase === 'stopping' && act === 'stop' && state.pause === 'stop' && pause !== 'stop'
  return isRestart || isStop ? rest('healthy') : {}
}

function onTick(state: ContainerState, { stopAfterMs, inFlight }: ContainerFacts, now: number): Change {
  if (
    state.phase === 'starting' &&
    state.startedAt !== undefined &&
    now - state.startedAt >= CONTAINER_START_MS
  ) {
    // The server would occupy the GPU's memory without use.
    return { ...onStartFailed(state, LATE, now), ...begin('stopping', 'stop') }
  }
  if (state.phase === 'healthy' && inFlight === 0 && now - state.usedAt >= stopAfterMs) {
    return begin('stopping', 'stop')
  }
  const isLookDue = state.problem !== '' && now - state.lookedAt >= CONTAINER_PROBLEM_LOOK_MS
  return isLookDue ? { isStale: true } : {}
}

function changeOf(state: ContainerState, event: ContainerEvent, facts: ContainerFacts, now: number): Change {
  switch (event.kind) {
    case 'needed':
      return onNeeded(state, event.byHand, now)
    case 'stop-asked':
      return onStopAsked(state)
    case 'pause':
      return onPause(state, event.pause)
    case 'seen':
      return onSeen(state, event.isRunning, now)
    case 'look-failed':
      return onLookFailed(state, event.message, now)
    case 'called':
      return { isCalled: true }
    case 'done':
      return onDone(state, event.act, now)
    case 'failed':
      return onFailed(state, event.act, event.message, now)
    case 'pinged':
      return onPinged(state, event.ok, now)
    case 'predicted':
      return onPredicted(state, event.how, now)
    case 'tick':
      return onTick(state, facts, now)
  }
}

/** The next state. */
export function stepContainer(
  before: ContainerState,
  event: ContainerEvent,
  facts: ContainerFacts,
  now: number,
): ContainerState {
  const state = { ...before, ...changeOf(before, event, facts, now) }
  const isOn =
    state.phase === 'healthy' ||
    state.phase === 'starting' ||
    (state.phase === 'stopping' && state.act === 'restart')
  return state.pause === 'stop' && isOn ? { ...state, ...begin('stopping', 'stop') } : state
}

/** The next call of the engine; undefined where there is none, and while one is under way. */
export function nextCall(
  state: ContainerState,
  { inFlight }: ContainerFacts,
  now: number,
): 'inspect' | ContainerAct | undefined {
  if (state.act !== undefined) return state.phase === 'starting' || inFlight === 0 ? state.act : undefined
  return state.isStale && now >= state.lookFrom ? 'inspect' : undefined
}

/** When the next tick is due; undefined where none is. */
export function nextContainerTick(
  state: ContainerState,
  { stopAfterMs, inFlight }: ContainerFacts,
): number | undefined {
  if (state.phase === 'starting' && state.startedAt !== undefined) return state.startedAt + CONTAINER_START_MS
  const times: number[] = []
  if (state.isStale) times.push(state.lookFrom)
  // Else the end of the last prediction is an event.
  if (state.phase === 'healthy' && inFlight === 0) times.push(state.usedAt + stopAfterMs)
  if (state.problem !== '') times.push(state.lookedAt + CONTAINER_PROBLEM_LOOK_MS)
  const due = Math.min(...times)
  return Number.isFinite(due) ? due : undefined
}
