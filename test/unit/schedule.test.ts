import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseSchedule, parseWindow, timeText, windowEnd } from '../../src-shared/schedule.ts'

/** Clocks go forward on 29 March 2026 from 02:00 to 03:00, and back on 25 October from 03:00 to 02:00. */
const ZONE = 'Europe/Berlin'
const zoneBefore = process.env['TZ']
beforeAll(() => {
  process.env['TZ'] = ZONE
})
afterAll(() => {
  if (zoneBefore === undefined) delete process.env['TZ']
  else process.env['TZ'] = zoneBefore
})

const utc = (text: string): number => Date.parse(`${text}:00Z`)
const local = (text: string): number => new Date(`${text}:00`).getTime()

function endOf(schedule: string[], at: number): string | undefined {
  const end = windowEnd(parseSchedule(schedule), at)
  return end === undefined
    ? undefined
    : Number.isFinite(end)
      ? new Date(end).toISOString().slice(0, 16)
      : 'never'
}

describe('reading a window', () => {
  test.each([
    ['Mon-Fri 17:00-23:00', [1, 2, 3, 4, 5], 1020, 1380],
    ['sat,SUN 9:30 – 24:00', [6, 0], 570, 1440],
    ['Fri-Mon 22:00-02:00', [5, 6, 0, 1], 1320, 120],
    [' 17:00-23:00 ', [0, 1, 2, 3, 4, 5, 6], 1020, 1380],
    ['Mon, Wed-Thu 00:00-24:00', [1, 3, 4], 0, 1440],
  ])('%s', (text, days, from, to) => expect(parseWindow(text)).toEqual({ days: new Set(days), from, to }))

  test.each([
    ['', 'must be like "Mon-Fri 17:00-23:00"'],
    ['Mo-Fr 17:00-23:00', 'must be like'],
    ['Mon-Fri', 'must be like'],
    ['Mon--Fri 17:00-23:00', 'must be like'],
    ['Mon-Fri-Sun 17:00-23:00', 'must be like'],
    ['Mon-Fri 17-23', 'must be like'],
    ['Mon-Fri 25:00-26:00', 'must be like'],
    ['Mon-Fri 17:60-18:00', 'must be like'],
    ['Mon-Fri 24:00-06:00', 'midnight is 00:00 at the beginning'],
    ['Mon-Fri 22:00-00:00', 'and 24:00 at the end'],
    ['Mon-Fri 17:00-17:00', 'begins and ends at the same time; the whole day is 00:00-24:00'],
  ])('refuses "%s"', (text, problem) => expect(parseWindow(text)).toContain(problem))
})

describe('a moment and the window around it', () => {
  test('the first minute is inside, the last is not', () => {
    const schedule = ['Mon-Fri 17:00-23:00']
    expect(endOf(schedule, utc('2026-08-05T14:59'))).toBeUndefined()
    expect(endOf(schedule, utc('2026-08-05T15:00'))).toBe('2026-08-05T21:00')
    expect(endOf(schedule, utc('2026-08-05T20:59') + 59_999)).toBe('2026-08-05T21:00')
    expect(endOf(schedule, utc('2026-08-05T21:00'))).toBeUndefined()
    // A Saturday.
    expect(endOf(schedule, utc('2026-08-08T15:00'))).toBeUndefined()
  })

  test('over midnight it belongs to the day on which it began', () => {
    const schedule = ['Fri 22:00-02:00']
    expect(endOf(schedule, local('2026-08-07T23:00'))).toBe('2026-08-08T00:00')
    expect(endOf(schedule, local('2026-08-08T01:59'))).toBe('2026-08-08T00:00')
    expect(endOf(schedule, local('2026-08-08T02:00'))).toBeUndefined()
    expect(endOf(schedule, local('2026-08-07T01:00'))).toBeUndefined()
    expect(endOf(['Sun 22:00-02:00'], local('2026-08-10T01:00'))).toBe('2026-08-10T00:00')
  })

  test('windows that follow each other end with the last', () => {
    expect(endOf(['Mon 17:00-24:00', 'Tue 00:00-02:00'], local('2026-08-03T18:00'))).toBe('2026-08-04T00:00')
    expect(endOf(['Mon-Fri 17:00-20:00', 'Mon-Fri 19:00-22:00'], local('2026-08-03T18:00'))).toBe(
      '2026-08-03T20:00',
    )
    expect(endOf(['00:00-24:00'], local('2026-08-03T18:00'))).toBe('never')
    expect(endOf([], local('2026-08-03T18:00'))).toBeUndefined()
  })

  test('in spring, an end that is skipped is where the clock jumps, and a window that is skipped does not come', () => {
    expect(endOf(['Sun 01:30-02:30'], utc('2026-03-29T00:45'))).toBe('2026-03-29T01:00')
    for (let minute = 0; minute < 120; minute++) {
      expect(endOf(['Sun 02:15-02:45'], utc('2026-03-29T00:00') + minute * 60_000)).toBeUndefined()
    }
    // Seven hours instead of eight.
    expect(endOf(['Sat 22:00-06:00'], utc('2026-03-28T21:00'))).toBe('2026-03-29T04:00')
  })

  test('in autumn, times that come twice count twice', () => {
    // Nine hours instead of eight.
    expect(endOf(['Sat 22:00-06:00'], utc('2026-10-24T20:00'))).toBe('2026-10-25T05:00')
    const schedule = ['Sun 02:15-02:45']
    expect(endOf(schedule, utc('2026-10-25T00:14'))).toBeUndefined()
    expect(endOf(schedule, utc('2026-10-25T00:15'))).toBe('2026-10-25T00:45')
    expect(endOf(schedule, utc('2026-10-25T01:00'))).toBeUndefined()
    expect(endOf(schedule, utc('2026-10-25T01:15'))).toBe('2026-10-25T01:45')
  })
})

test('a time is said as a person says it', () => {
  const now = local('2026-11-26T17:00')
  expect(timeText(local('2026-11-26T18:30'), now)).toBe('18:30')
  expect(timeText(local('2026-11-27T06:00'), now)).toBe('Fri 06:00')
  expect(timeText(local('2026-12-02T16:59'), now)).toBe('Wed 16:59')
  expect(timeText(local('2026-12-03T18:00'), now)).toBe('2026-12-03 18:00')
  expect(timeText(local('2026-11-25T18:00'), now)).toBe('2026-11-25 18:00')
})
