import { describe, expect, test } from 'vitest'
import type { Pause } from '../../../src-main/courtesy/pause-state.ts'
import { ownPauseOf, pauseUntil } from '../../../src-main/desktop/tray/pause-ends.ts'

const at = (text: string): number => new Date(text).getTime()
const NOW = at('2026-11-26T17:30:00')

test.each([
  ['hour', '2026-11-26T17:30:00', '2026-11-26T18:30:00'],
  ['morning', '2026-11-26T17:30:00', '2026-11-27T06:00:00'],
  ['morning', '2026-11-27T02:00:00', '2026-11-27T06:00:00'],
  ['morning', '2026-11-27T06:00:00', '2026-11-28T06:00:00'],
  ['morning', '2026-12-31T23:59:59', '2027-01-01T06:00:00'],
] as const)('%s from %s is %s', (end, from, until) => expect(pauseUntil(end, at(from))).toBe(at(until)))

test('until somebody resumes', () => expect(pauseUntil('resumed', NOW)).toBeNull())

describe('how this computer’s backends stand', () => {
  const pause = (until: number | null): Pause => ({ by: 'hand', until, reason: '', letsTextsThrough: false })
  const own = (...pauses: (Pause | undefined)[]): ReturnType<typeof ownPauseOf> =>
    ownPauseOf(
      { onThisComputer: pauses.map((_pause, index) => String(index)), of: (name) => pauses[Number(name)] },
      NOW,
    )

  test('none here, none paused, one paused', () => {
    expect(own()).toBeUndefined()
    expect(own(undefined)).toEqual({ text: undefined, isAnyPaused: false, isNight: false })
    expect(own(undefined, pause(null))).toEqual({ text: undefined, isAnyPaused: true, isNight: false })
  })

  test('all paused: the first end is told', () => {
    expect(own(pause(null))?.text).toBe('paused')
    expect(own(pause(at('2026-11-26T20:00:00')), pause(at('2026-11-26T18:30:00')), pause(null))?.text).toBe(
      'paused until 18:30',
    )
  })
})
