import { beforeEach, describe, expect, test } from 'vitest'
import { HealthState, type BenchCount, type CheckResult } from '../../../src-main/backends/health-state.ts'

const IDLE = { slots: 2, inFlight: 0, waiting: 0, answerMs: {} }

const GOOD: CheckResult = {
  ok: true,
  timedOut: false,
  connected: true,
  error: '',
  durationMs: 3,
  busy: false,
}
const REFUSED: CheckResult = {
  ok: false,
  timedOut: false,
  connected: false,
  error: 'connection refused',
  durationMs: 1,
  busy: false,
}
const LATE: CheckResult = {
  ok: false,
  timedOut: true,
  connected: true,
  error: 'timed out after 1.5 s',
  durationMs: 1_500,
  busy: false,
}
/** As after a power cut: nobody even takes the connection. */
const NOBODY: CheckResult = { ...LATE, connected: false, error: 'no connection within 1.5 s' }

let state: HealthState
/** Milliseconds on the monotonic clock. */
let now: number

beforeEach(() => {
  state = new HealthState(0)
  now = 1_000
})

const check = (result: CheckResult, wall = now) => state.onCheck(result, wall, now)
const fail = (counts: BenchCount = 'at-once') => state.onFailure('answered 503', counts, now, now)
const lose = () => state.onFailure('connection reset', 'if-up', now, now)

describe('by pings', () => {
  test('a good one is healthy, a refused one unhealthy at once', () => {
    expect(check(GOOD)).toBe(true)
    expect(check(GOOD)).toBe(false)
    expect(check(REFUSED)).toBe(true)
    expect([state.status, state.error]).toEqual(['unhealthy', 'connection refused'])
    check(GOOD)
    expect([state.status, state.error]).toEqual(['healthy', ''])
  })

  test('from healthy to unhealthy takes two time-outs in a row', () => {
    check(GOOD)
    check(LATE)
    expect(state.status).toBe('healthy')
    check(GOOD)
    check(LATE)
    expect(state.status).toBe('healthy')
    check(LATE)
    expect(state.status).toBe('unhealthy')
  })

  test('an unknown one is unhealthy at the first', () => {
    check(LATE)
    expect(state.status).toBe('unhealthy')
  })

  test('not by a time-out while a prediction runs there, for 10 s', () => {
    check(GOOD)
    for (let round = 0; round < 5; round++) check({ ...LATE, busy: true })
    expect(state.status).toBe('healthy')
    const fresh = new HealthState(0)
    fresh.onCheck({ ...LATE, busy: true }, now, now)
    expect(fresh.status).toBe('unknown')
  })

  test('a time-out without a connection counts also while a prediction runs there', () => {
    check(GOOD)
    check({ ...NOBODY, busy: true })
    expect(state.status).toBe('healthy')
    check({ ...NOBODY, busy: true })
    expect([state.status, state.error]).toEqual(['unhealthy', 'no connection within 1.5 s'])
  })

  test('the last error stays when it is healthy again, and is none while it is only busy', () => {
    expect(state.lastError).toBeNull()
    check({ ...LATE, busy: true })
    expect(state.lastError).toBeNull()
    check(REFUSED, 5_000)
    check(GOOD, 9_000)
    expect(state.snapshot(IDLE, now, now)).toMatchObject({
      status: 'healthy',
      error: '',
      lastError: { at: 5, text: 'connection refused' },
    })
  })

  test('keeps the last sixty checks', () => {
    for (let round = 0; round < 70; round++) check(round % 2 === 0 ? GOOD : REFUSED)
    expect(state.history).toHaveLength(60)
    expect(state.history.at(-1)).toMatchObject({ status: 'unhealthy', error: 'connection refused' })
  })
})

describe('by predictions', () => {
  test('three failures in a row bench it for 10 s, doubling to 2 min, until one succeeds', () => {
    check(GOOD)
    fail()
    fail()
    expect(state.isBenched(now)).toBe(false)
    fail()
    expect(state.error).toBe('3 predictions in a row failed: answered 503')
    const benches: number[] = []
    for (let round = 0; round < 6; round++) {
      benches.push(state.benchLeft(now))
      check(GOOD)
      expect(state.status).toBe('unhealthy')
      now += state.benchLeft(now)
      check(GOOD)
      expect(state.status).toBe('healthy')
      fail()
    }
    expect(benches).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000])
    state.onSuccess(5, [], now, now)
    expect([state.status, state.isBenched(now)]).toEqual(['healthy', false])
    fail()
    fail()
    expect(state.isBenched(now)).toBe(false)
    fail()
    expect(state.benchLeft(now)).toBe(10_000)
  })

  test('failures that were under way when it was benched do not lengthen the bench', () => {
    for (let round = 0; round < 8; round++) fail()
    expect(state.benchLeft(now)).toBe(10_000)
  })

  test('a success between them starts the count anew; a lone 500 does not count', () => {
    fail()
    fail()
    state.onSuccess(1, [], now, now)
    fail()
    fail()
    for (let round = 0; round < 5; round++) fail('never')
    expect(state.isBenched(now)).toBe(false)
    expect(state.failures).toBe(9)
  })

  test('a restart that loses many at once counts as one failure; lost again and again it is benched', () => {
    check(GOOD)
    for (let round = 0; round < 8; round++) lose()
    check(GOOD)
    expect(state.status).toBe('healthy')
    lose()
    check(GOOD)
    expect([state.status, state.isBenched(now)]).toEqual(['healthy', false])
    lose()
    check(GOOD)
    expect([state.status, state.benchLeft(now)]).toEqual(['unhealthy', 10_000])
    expect(state.error).toBe('3 predictions in a row failed: connection reset')
  })

  test.each([
    ['refused', REFUSED],
    ['without a connection', NOBODY],
  ])('failures while pings are %s count for nothing when it is back', (_what, away) => {
    check(GOOD)
    fail()
    fail()
    check(away)
    for (let round = 0; round < 5; round++) {
      fail()
      lose()
    }
    expect(state.isBenched(now)).toBe(false)
    check(GOOD)
    expect(state.status).toBe('healthy')
    fail()
    fail()
    expect(state.isBenched(now)).toBe(false)
  })

  test('a bench ends with a good ping after it was away, not with one after a late one', () => {
    check(GOOD)
    for (let round = 0; round < 3; round++) fail()
    check(LATE)
    check(GOOD)
    expect([state.status, state.isBenched(now)]).toEqual(['unhealthy', true])
    check(REFUSED)
    check(GOOD)
    expect([state.status, state.isBenched(now)]).toEqual(['healthy', false])
  })

  test('the last error is that of a prediction as well, whoever is to blame', () => {
    fail()
    state.onSuccess(1, [], now, now)
    expect(state.lastError).toEqual({ at: 1, text: 'answered 503' })
    state.onNeutral(undefined, now)
    expect(state.lastError?.text).toBe('answered 503')
    state.onNeutral('answered 400', 2_000)
    expect([state.lastError, state.failures]).toEqual([{ at: 2, text: 'answered 400' }, 2])
  })

  test('p50 is the median of the last answers', () => {
    expect(state.p50()).toBeNull()
    for (const ms of [30, 10, 20]) state.onSuccess(ms, [], now, now)
    expect(state.p50()).toBe(20)
    for (let round = 0; round < 101; round++) state.onSuccess(7, [], now, now)
    expect(state.p50()).toBe(7)
  })
})

test('a clock that is set back prolongs no bench and breaks no state', () => {
  for (let round = 0; round < 3; round++) fail()
  now += 10_000
  const dayBefore = now - 86_400_000
  state.onCheck(GOOD, dayBefore, now)
  expect(state.status).toBe('healthy')
  expect(state.snapshot(IDLE, dayBefore, now)).toMatchObject({ benchedUntil: null, status: 'healthy' })
})

describe('a task that it refused and another backend answered', () => {
  const differ = () => state.onDiffered(['facial_recognition'], 'answered 413', now, now)
  const isBenched = () => state.isBenchedFor(['facial-recognition'], now)

  test('is benched for 10 s, then for twice as long, at most 2 min; others are not, and health stays', () => {
    check(GOOD)
    for (const seconds of [10, 20, 40, 80, 120, 120]) {
      differ()
      // Sent before the bench began: it does not prolong it.
      differ()
      expect(state.isBenchedFor(['clip'], now)).toBe(false)
      now += seconds * 1_000 - 1
      expect(isBenched()).toBe(true)
      now++
      expect(isBenched()).toBe(false)
    }
    expect(state.status).toBe('healthy')
  })

  test('is shown while it lasts, and forgotten with an answer', () => {
    differ()
    const { benched } = state.snapshot(IDLE, 50_000, now)
    expect(benched).toEqual([{ task: 'facial-recognition', until: 60, reason: 'answered 413' }])
    state.onSuccess(5, ['facial-recognition'], now, now)
    expect(isBenched()).toBe(false)
    expect(state.snapshot(IDLE, 50_000, now).benched).toEqual([])
  })

  test('is one of at most 20: a client may send names of its own', () => {
    for (let index = 0; index < 30; index++) state.onDiffered([`task ${index}`], 'answered 400', now, now)
    expect(state.snapshot(IDLE, now, now).benched).toHaveLength(20)
  })
})

test('a pause that it asked for ends neither with a good ping nor with an answer, only by itself', () => {
  check(GOOD)
  state.onFailure('answered 503', 'at-once', now, now, 30_000)
  check(GOOD)
  state.onSuccess(5, [], now, now)
  expect(state.status).toBe('unhealthy')
  now += 29_999
  check(GOOD)
  expect([state.status, state.benchLeft(now)]).toEqual(['unhealthy', 1])
  now++
  check(GOOD)
  expect(state.status).toBe('healthy')
})

describe('late pings while predictions run there', () => {
  const late = (afterMs: number): void => {
    now += afterMs
    check({ ...LATE, busy: true })
  }
  const use = (task = 'clip') => state.onEnd(state.onSend([task], now))

  test('make it unhealthy 10 s after its last sign', () => {
    check(GOOD)
    use()
    state.onSend(['clip'], now)
    late(9_999)
    expect([state.status, state.isLate, state.isGone]).toEqual(['healthy', true, false])
    state.onSuccess(5, ['clip'], now, now)
    expect(state.isLate).toBe(false)
    late(9_999)
    expect(state.status).toBe('healthy')
    late(1)
    expect([state.status, state.error]).toEqual(['unhealthy', 'no ping and no answer for 10 s'])
    expect(state.isGone).toBe(true)
    check(GOOD)
    expect([state.status, state.isLate, state.isGone]).toEqual(['healthy', false, false])
  })

  test('120 s while the first prediction of a task in 300 s runs there', () => {
    check(GOOD)
    use('ocr')
    const isFirst = state.onSend(['clip'], now)
    expect(isFirst).toBe(true)
    late(119_999)
    expect(state.status).toBe('healthy')
    late(1)
    expect(state.error).toBe('no ping and no answer for 120 s')
    state.onEnd(isFirst)
    check(GOOD)
    late(10_000)
    expect(state.status).toBe('unhealthy')
    now += 170_000
    expect(state.onSend(['clip'], now)).toBe(false)
    now += 300_001
    expect(state.onSend(['clip'], now)).toBe(true)
  })

  test('no connection for pings: what runs there will not be answered', () => {
    check(GOOD)
    check({ ...NOBODY, busy: true })
    expect(state.isGone).toBe(false)
    check({ ...NOBODY, busy: true })
    expect(state.isGone).toBe(true)
  })
})
