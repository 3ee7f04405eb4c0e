import { beforeEach, describe, expect, test } from 'vitest'
import {
  initialPause,
  storedOf,
  nextChange,
  pauseOf,
  reducePause,
} from '../../../src-main/courtesy/pause-state.ts'
import type {
  StoredPause,
  PauseEvent,
  PauseState,
  Rules,
  SignName,
} from '../../../src-main/courtesy/pause-types.ts'
import { parseSchedule } from '../../../src-shared/schedule.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const EVENING = new Date('2026-08-05T18:00:00').getTime()

const RULES: Rules = {
  schedule: [],
  programs: ['cs2', 'blender.exe'],
  games: true,
  onBattery: true,
  idleSeconds: 300,
  keepSearch: true,
}

let state: PauseState
let rules: Rules
/** Milliseconds since the start of the test, on both clocks. */
let at: number

beforeEach(() => {
  state = initialPause(undefined)
  rules = RULES
  at = 0
})

const now = () => ({ wall: EVENING + at, mono: 5_000 + at })
const told = () => pauseOf(state, now(), rules)
const reason = () => told()?.reason

function step(event: PauseEvent): void {
  state = reducePause(state, event, now(), rules)
}

/** Looks each 10 s for so long, the first time at once. */
function looking(ms: number, found: SignName[], isFirst = false): void {
  const end = at + ms
  for (;;) {
    step({ kind: 'looked', at: now().mono, isFirst, found })
    if (at + 10 * SECOND > end) return
    at += 10 * SECOND
  }
}

describe('by rules', () => {
  test('a reason pauses when a second look finds it after 10 s', () => {
    looking(0, ['game'])
    expect(told()).toBeUndefined()
    looking(10 * SECOND, ['game'])
    expect(told()).toEqual({ by: 'rule', until: null, reason: 'game running', letsTextsThrough: true })
  })

  test('one that is there for a moment does not', () => {
    looking(0, ['game'])
    at += 10 * SECOND
    looking(0, [])
    at += 10 * SECOND
    looking(0, ['game'])
    expect(told()).toBeUndefined()
  })

  test('what the first look after a rest finds pauses at once', () => {
    looking(0, ['program:cs2'], true)
    expect(reason()).toBe('cs2 running')
  })

  test('it ends 180 s after the first look that does not find it', () => {
    looking(10 * SECOND, ['game'])
    at += 10 * SECOND
    const goneAt = at
    looking(170 * SECOND, [])
    expect(reason()).toBe('game running')
    expect(nextChange(state, now(), rules)).toBe(10 * SECOND)
    at = goneAt + 180 * SECOND - 1
    expect(reason()).toBe('game running')
    at = goneAt + 180 * SECOND
    expect(told()).toBeUndefined()
  })

  test('a game that starts anew in between goes on pausing', () => {
    looking(10 * SECOND, ['game'])
    at += 10 * SECOND
    looking(100 * SECOND, [])
    at += 10 * SECOND
    looking(0, ['game'])
    at += 10 * SECOND
    looking(170 * SECOND, [])
    expect(reason()).toBe('game running')
  })

  test('after a rest it counts as gone since it was seen last', () => {
    looking(10 * SECOND, ['game'])
    at += 10 * MINUTE
    expect(reason()).toBe('game running')
    looking(0, [], true)
    expect(told()).toBeUndefined()
  })

  test('and within 180 s of that it waits for the rest of them', () => {
    looking(10 * SECOND, ['game'])
    at += 60 * SECOND
    looking(0, [], true)
    expect(reason()).toBe('game running')
    at += 120 * SECOND
    expect(told()).toBeUndefined()
  })

  test('all reasons are told', () => {
    looking(10 * SECOND, ['game', 'program:blender.exe', 'battery', 'input'])
    expect(reason()).toBe('game running, blender.exe running, on battery, computer in use')
  })

  test('a reason that the rules do not ask for any more is none', () => {
    looking(10 * SECOND, ['game', 'program:cs2'])
    rules = { ...RULES, games: false }
    step({ kind: 'rules' })
    expect(reason()).toBe('cs2 running')
    rules = { ...RULES, games: false, programs: [] }
    step({ kind: 'rules' })
    expect(told()).toBeUndefined()
  })
})

describe('by schedule', () => {
  beforeEach(() => {
    rules = { ...RULES, schedule: parseSchedule(['17:00-23:00']), keepSearch: false }
  })

  test('it begins and ends at its own minutes', () => {
    expect(told()).toEqual({
      by: 'rule',
      until: EVENING + 5 * 60 * MINUTE,
      reason: 'schedule',
      letsTextsThrough: false,
    })
    at = 5 * 60 * MINUTE
    expect(told()).toBeUndefined()
    expect(nextChange(state, now(), rules)).toBe(MINUTE)
  })

  test('with a game beside it, nobody knows the end', () => {
    looking(10 * SECOND, ['game'])
    expect(told()).toMatchObject({ until: null, reason: 'game running, schedule' })
  })

  test('one that never ends has no end', () => {
    rules = { ...rules, schedule: parseSchedule(['00:00-24:00']) }
    expect(told()).toMatchObject({ until: null, reason: 'schedule' })
    step({ kind: 'resumed' })
    expect(told()).toBeUndefined()
  })
})

describe('by hand', () => {
  const pause = (until: number | null, why = ''): void =>
    step({ kind: 'paused', pause: { until, reason: why } })

  test('it comes before every rule, and ends at its time', () => {
    looking(10 * SECOND, ['game'])
    pause(EVENING + 60 * MINUTE, 'guests')
    expect(told()).toEqual({
      by: 'hand',
      until: EVENING + 60 * MINUTE,
      reason: 'guests',
      letsTextsThrough: false,
    })
    expect(nextChange(state, now(), rules)).toBe(60 * MINUTE - at)
    at = 60 * MINUTE
    // The game was not looked for meanwhile.
    expect(reason()).toBe('game running')
    looking(0, [], true)
    expect(told()).toBeUndefined()
  })

  test('without an end it lasts until somebody resumes', () => {
    pause(null)
    at = 365 * 24 * 60 * MINUTE
    expect(told()).toMatchObject({ by: 'hand', until: null })
    step({ kind: 'resumed' })
    expect(told()).toBeUndefined()
  })

  test('a resume lasts until the reason has ended, and that one alone', () => {
    looking(10 * SECOND, ['game'])
    step({ kind: 'resumed' })
    expect(told()).toBeUndefined()
    at += 10 * SECOND
    looking(60 * MINUTE, ['game'])
    expect(told()).toBeUndefined()
    // Another reason.
    at += 10 * SECOND
    looking(10 * SECOND, ['game', 'program:cs2'])
    expect(reason()).toBe('cs2 running')
    // The game ends, and another is started later.
    at += 10 * SECOND
    looking(180 * SECOND, [])
    at += 10 * SECOND
    looking(10 * SECOND, ['game'])
    expect(reason()).toBe('game running')
  })

  test('a round that begins anew within 180 s is the same reason', () => {
    looking(10 * SECOND, ['game'])
    step({ kind: 'resumed' })
    at += 10 * SECOND
    looking(120 * SECOND, [])
    at += 10 * SECOND
    looking(60 * SECOND, ['game'])
    expect(told()).toBeUndefined()
  })

  test('a resume in a window of the schedule lasts to its end', () => {
    rules = { ...RULES, schedule: parseSchedule(['17:00-23:00']) }
    step({ kind: 'resumed' })
    expect(told()).toBeUndefined()
    at = 5 * 60 * MINUTE - 1
    expect(told()).toBeUndefined()
    // The next evening.
    at = 24 * 60 * MINUTE
    step({ kind: 'tick' })
    expect(reason()).toBe('schedule')
  })
})

describe('what a restart finds', () => {
  const restart = (): void => {
    const stored = storedOf(state)
    state = initialPause(stored && (JSON.parse(JSON.stringify(stored)) as StoredPause))
  }

  test('nothing where nobody has done anything by hand', () => {
    looking(10 * SECOND, ['game'])
    expect(storedOf(state)).toBeUndefined()
  })

  test('a pause by hand with its end', () => {
    step({ kind: 'paused', pause: { until: EVENING + MINUTE, reason: '' } })
    restart()
    expect(told()).toMatchObject({ by: 'hand', until: EVENING + MINUTE })
    at = MINUTE
    expect(told()).toBeUndefined()
  })

  test('what was overruled, until a look does not find it', () => {
    looking(10 * SECOND, ['game'])
    step({ kind: 'resumed' })
    restart()
    looking(0, ['game'], true)
    expect(told()).toBeUndefined()
    restart()
    looking(0, [], true)
    at += 10 * SECOND
    looking(10 * SECOND, ['game'])
    expect(reason()).toBe('game running')
  })
})
