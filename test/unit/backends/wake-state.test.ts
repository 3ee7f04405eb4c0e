import { describe, expect, test } from 'vitest'
import { WAKE_PAUSE_MS, WAKE_REPEAT_MS, WAKE_SILENT_MS } from '../../../src-main/backends/limits.ts'
import {
  ASLEEP,
  isSilent,
  nextWakeTick,
  stepWake,
  type WakeEvent,
  type WakeState,
} from '../../../src-main/backends/wake-state.ts'

const GIVE_UP_MS = 120_000
const NEEDED: WakeEvent = { kind: 'needed', byHand: false }
const BY_HAND: WakeEvent = { kind: 'needed', byHand: true }
const TICK: WakeEvent = { kind: 'tick' }

const step = (state: WakeState, event: WakeEvent, now: number) => stepWake(state, event, now, GIVE_UP_MS)
const waking = step(ASLEEP, NEEDED, 1_000).state

/** When packets are sent if every tick comes in time and nobody answers. */
function sendsUntilTheEnd(): { sentAt: number[]; end: WakeState } {
  let { state } = step(ASLEEP, NEEDED, 0)
  const sentAt = [0]
  for (let ticks = 0; ticks < 100; ticks++) {
    const at = nextWakeTick(state, GIVE_UP_MS)
    if (at === undefined) return { sentAt, end: state }
    const next = step(state, TICK, at)
    if (next.send) sentAt.push(at)
    state = next.state
  }
  throw new Error('it never ends')
}

describe('waking', () => {
  test('the first need sends, further ones do not', () => {
    expect(step(ASLEEP, NEEDED, 5)).toEqual({ state: { kind: 'waking', since: 5, sentAt: 5 }, send: true })
    expect(step(waking, NEEDED, 1_001)).toEqual({ state: waking, send: false })
    expect(step(waking, BY_HAND, 1_001)).toEqual({ state: waking, send: false })
  })

  test('it sends again every 10 s until it is given up after 120 s', () => {
    const { sentAt, end } = sendsUntilTheEnd()
    expect(sentAt).toEqual(Array.from({ length: 12 }, (_, index) => index * WAKE_REPEAT_MS))
    expect(end).toEqual({ kind: 'gave-up', until: GIVE_UP_MS + WAKE_PAUSE_MS })
  })

  test('an answer ends it, at any time', () => {
    for (const state of [ASLEEP, waking, { kind: 'gave-up', until: 9e9 } as const]) {
      expect(step(state, { kind: 'answered' }, 2_000)).toEqual({ state: ASLEEP, send: false })
    }
  })

  test('a tick that comes early sends nothing', () => {
    expect(step(waking, TICK, 1_000 + WAKE_REPEAT_MS - 1)).toEqual({ state: waking, send: false })
    expect(step(ASLEEP, TICK, 1_000)).toEqual({ state: ASLEEP, send: false })
  })

  test('after it was given up it rests for 10 min, unless it is asked by hand', () => {
    const { end } = sendsUntilTheEnd()
    const until = GIVE_UP_MS + WAKE_PAUSE_MS
    expect(step(end, NEEDED, until - 1)).toEqual({ state: end, send: false })
    expect(step(end, BY_HAND, GIVE_UP_MS + 1)).toMatchObject({ state: { kind: 'waking' }, send: true })
    expect(step(end, NEEDED, until)).toMatchObject({ state: { kind: 'waking', since: until }, send: true })
  })

  test('silence is told after 30 s', () => {
    expect(isSilent(waking, 1_000 + WAKE_SILENT_MS - 1)).toBe(false)
    expect(isSilent(waking, 1_000 + WAKE_SILENT_MS)).toBe(true)
    expect(isSilent(ASLEEP, 1e9)).toBe(false)
    expect(isSilent({ kind: 'gave-up', until: 0 }, 1e9)).toBe(true)
  })
})
