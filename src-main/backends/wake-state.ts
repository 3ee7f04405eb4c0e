/**
 * When a sleeping backend is sent magic packets: at once when it is needed, again until its `/ping` answers, and no more
 * for a time where it does not. Pure: every step is given the clock.
 */
import { WAKE_PAUSE_MS, WAKE_REPEAT_MS, WAKE_SILENT_MS } from './limits.ts'

export type WakeState =
  /** Nothing needs the backend, or it is awake. */
  | { readonly kind: 'idle' }
  /** Packets are sent until it answers. Times are milliseconds of the clock that is given. */
  | { readonly kind: 'waking'; readonly since: number; readonly sentAt: number }
  /** It did not answer in time. Until `until` only a user wakes it. */
  | { readonly kind: 'gave-up'; readonly until: number }

export type WakeEvent =
  /** A request needs the backend, or a user pressed *Wake now*. */
  | { readonly kind: 'needed'; readonly byHand: boolean }
  /** Its `/ping` answered. */
  | { readonly kind: 'answered' }
  /** Time has passed. */
  | { readonly kind: 'tick' }

export interface WakeStep {
  readonly state: WakeState
  /** Whether magic packets are to be sent now. */
  readonly send: boolean
}

export const ASLEEP: WakeState = { kind: 'idle' }

const begin = (now: number): WakeStep => ({ state: { kind: 'waking', since: now, sentAt: now }, send: true })
const stay = (state: WakeState): WakeStep => ({ state, send: false })

/**
 * The next state.
 * @param now milliseconds of a clock that never goes back
 * @param giveUpMs how long after the first packet a machine is taken for one that does not come
 */
export function stepWake(state: WakeState, event: WakeEvent, now: number, giveUpMs: number): WakeStep {
  if (event.kind === 'answered') return stay(ASLEEP)
  if (event.kind === 'needed') {
    if (state.kind === 'waking') return stay(state)
    if (state.kind === 'gave-up' && !event.byHand && now < state.until) return stay(state)
    return begin(now)
  }
  if (state.kind !== 'waking') return stay(state)
  if (now - state.since >= giveUpMs) return stay({ kind: 'gave-up', until: now + WAKE_PAUSE_MS })
  if (now - state.sentAt < WAKE_REPEAT_MS) return stay(state)
  return { state: { ...state, sentAt: now }, send: true }
}

/** When the next tick is due, or undefined where none is. */
export function nextWakeTick(state: WakeState, giveUpMs: number): number | undefined {
  if (state.kind !== 'waking') return undefined
  return Math.min(state.sentAt + WAKE_REPEAT_MS, state.since + giveUpMs)
}

/**
 * Whether it was sent packets for so long without an answer that a person who waits should be told: in a bridged
 * container broadcasts vanish without an error.
 */
export function isSilent(state: WakeState, now: number): boolean {
  return state.kind === 'gave-up' || (state.kind === 'waking' && now - state.since >= WAKE_SILENT_MS)
}
