/** The pauses of one backend: how events change them, and which one is in force. Pure: each step is given the time. */
import { LOOK_AHEAD_MS, windowEnd } from '../../src-shared/schedule.ts'
import { GONE_BEFORE_RESUME_MS, REASON_BEFORE_PAUSE_MS } from './limits.ts'
import type {
  StoredPause,
  Now,
  Overruled,
  PauseEvent,
  PauseState,
  Rules,
  Sign,
  SignName,
} from './pause-types.ts'

const NOTHING: PauseState = { hand: undefined, signs: {}, overruled: [] }

type Signs = PauseState['signs']
type Looked = Extract<PauseEvent, { kind: 'looked' }>

/** The state at the start. @param stored the state stored by the last run */
export function initialPause(stored: StoredPause | undefined): PauseState {
  return stored === undefined ? NOTHING : { ...NOTHING, ...stored }
}

export function storedOf({ hand, overruled }: PauseState): StoredPause | undefined {
  return hand === undefined && overruled.length === 0 ? undefined : { hand, overruled }
}

const PROGRAM = 'program:'
const MINUTE_MS = 60_000

const namesOf = (signs: Signs): SignName[] => Object.keys(signs) as SignName[]

function pick(signs: Signs, isKept: (name: SignName) => boolean): Signs {
  return Object.fromEntries(
    namesOf(signs)
      .filter(isKept)
      .map((name) => [name, signs[name]]),
  )
}

/** Whether a rule is about a sign. */
function isAsked(name: SignName, rules: Rules): boolean {
  if (name === 'game') return rules.games
  if (name === 'battery') return rules.onBattery
  if (name === 'input') return rules.idleSeconds > 0
  return rules.programs.includes(name.slice(PROGRAM.length))
}

function seen(before: Sign | undefined, { at, isFirst }: Looked): Sign {
  const since = before === undefined || before.goneSince !== undefined ? at : before.since
  const pauses = isFirst || before?.pauses === true || at - since >= REASON_BEFORE_PAUSE_MS
  return { since, seenAt: at, goneSince: undefined, pauses }
}

/** Without work no looks were made, so after a rest a sign that is not found counts as gone since it was last found. */
function unseen(before: Sign, { at, isFirst }: Looked): Sign | undefined {
  if (!before.pauses) return undefined
  return { ...before, goneSince: before.goneSince ?? (isFirst ? before.seenAt : at) }
}

function afterLook(state: PauseState, look: Looked): PauseState {
  const signs: Partial<Record<SignName, Sign>> = {}
  for (const name of new Set([...namesOf(state.signs), ...look.found])) {
    const before = state.signs[name]
    const after = look.found.includes(name) ? seen(before, look) : before && unseen(before, look)
    if (after !== undefined) signs[name] = after
  }
  // A reason that was overruled before a restart, and has ended since.
  const overruled = state.overruled.filter((one) => !('sign' in one) || signs[one.sign] !== undefined)
  return { ...state, signs, overruled }
}

/** Drops what has ended by now. Returns the same state where nothing has. */
function withoutEnded(state: PauseState, now: Now): PauseState {
  const hand = (state.hand?.until ?? Infinity) > now.wall ? state.hand : undefined
  const ended = namesOf(state.signs).filter((name) => {
    const goneSince = state.signs[name]?.goneSince
    return goneSince !== undefined && now.mono - goneSince >= GONE_BEFORE_RESUME_MS
  })
  const overruled = state.overruled.filter((one) =>
    'sign' in one ? !ended.includes(one.sign) : one.scheduleUntil > now.wall,
  )
  if (hand === state.hand && ended.length === 0 && overruled.length === state.overruled.length) return state
  return { hand, signs: pick(state.signs, (name) => !ended.includes(name)), overruled }
}

/** All present reasons for a pause, to be overruled until each has ended. */
function reasonsNow(state: PauseState, rules: Rules, now: Now): Overruled[] {
  const scheduleUntil = windowEnd(rules.schedule, now.wall)
  // A window without an end is overruled up to the end of the days that are looked ahead.
  const schedule =
    scheduleUntil === undefined ? [] : [{ scheduleUntil: Math.min(scheduleUntil, now.wall + LOOK_AHEAD_MS) }]
  return [...namesOf(state.signs).map((sign) => ({ sign })), ...schedule]
}

/** The next state. */
export function reducePause(before: PauseState, event: PauseEvent, now: Now, rules: Rules): PauseState {
  const state = withoutEnded(before, now)
  switch (event.kind) {
    case 'paused':
      return { ...state, hand: event.pause }
    case 'resumed':
      return { ...state, hand: undefined, overruled: reasonsNow(state, rules, now) }
    case 'looked':
      return withoutEnded(afterLook(state, event), now)
    case 'rules':
      return { ...state, signs: pick(state.signs, (name) => isAsked(name, rules)) }
    case 'tick':
      return state
  }
}

/** The pause in force, as it is shown. */
export interface Pause {
  readonly by: 'hand' | 'rule'
  /** Unix milliseconds; null where the end is not known. */
  readonly until: number | null
  /** For example "game running"; empty where none was given. */
  readonly reason: string
  /** Whether text queries are still sent to it where no other backend can take them. */
  readonly letsTextsThrough: boolean
}

function textOf(name: SignName): string {
  if (name === 'game') return 'game running'
  if (name === 'battery') return 'on battery'
  if (name === 'input') return 'computer in use'
  return `${name.slice(PROGRAM.length)} running`
}

/** The pause in force at a moment; undefined where there is none. */
export function pauseOf(before: PauseState, now: Now, rules: Rules): Pause | undefined {
  const { hand, signs, overruled } = withoutEnded(before, now)
  if (hand !== undefined) return { by: 'hand', ...hand, letsTextsThrough: false }
  const isOverruled = (name: SignName): boolean => overruled.some((one) => 'sign' in one && one.sign === name)
  const reasons = namesOf(signs).filter((name) => signs[name]?.pauses === true && !isOverruled(name))
  const scheduleEnd = windowEnd(rules.schedule, now.wall)
  const isScheduled = scheduleEnd !== undefined && !overruled.some((one) => 'scheduleUntil' in one)
  if (reasons.length === 0 && !isScheduled) return undefined
  const isEndKnown = reasons.length === 0 && isScheduled && Number.isFinite(scheduleEnd)
  return {
    by: 'rule',
    until: isEndKnown ? scheduleEnd : null,
    reason: [...reasons.map(textOf), ...(isScheduled ? ['schedule'] : [])].join(', '),
    letsTextsThrough: rules.keepSearch,
  }
}

/** Milliseconds until the pause may change without a look; undefined where it will not. */
export function nextChange(state: PauseState, now: Now, rules: Rules): number | undefined {
  const times: number[] = []
  const until = state.hand?.until ?? Infinity
  if (Number.isFinite(until)) times.push(until - now.wall)
  for (const name of namesOf(state.signs)) {
    const goneSince = state.signs[name]?.goneSince
    if (goneSince !== undefined) times.push(goneSince + GONE_BEFORE_RESUME_MS - now.mono)
  }
  // Windows begin and end at whole minutes.
  if (rules.schedule.length > 0) times.push(MINUTE_MS - (now.wall % MINUTE_MS))
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times))
}
