import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classOf, percentile, type Durations, addClass } from '../../../src-main/history/durations.ts'
import { readMinutes, writeMinutes } from '../../../src-main/history/format.ts'
import { KEPT_MINUTES, MAX_SERIES, MAX_UNPACKED_BYTES, MINUTE_MS } from '../../../src-main/history/limits.ts'
import { Minutes, minuteOf, seriesOf } from '../../../src-main/history/minutes.ts'
import { pack, unpack } from '../../../src-main/history/pack.ts'
import { countedTasks, tasksOf } from '../../../src-main/history/tasks.ts'
import { OTHERS } from '../../../src-shared/history.ts'

const NOON = Date.UTC(2026, 7, 1, 12)
const at = (minutes: number): number => NOON + minutes * MINUTE_MS

function attempt(
  minutes: Minutes,
  wallMs: number,
  more: Partial<Parameters<Minutes['attempt']>[0]> = {},
): void {
  const usual = { backend: 'gpu', tasks: ['ocr'], isText: false, isAnswered: true, durationMs: 100 }
  minutes.attempt({ ...usual, ...more }, wallMs)
}

/** What a minute counted of each backend and task: images, texts, failures. */
function counted(minutes: Minutes, wallMs: number): Record<string, number[]> {
  const cells = [...(minutes.get(minuteOf(wallMs))?.cells ?? [])]
  return Object.fromEntries(
    cells.map(([key, { images, texts, failures }]) => {
      const { backend, task } = seriesOf(key)
      return [`${backend} ${task}`, [images, texts, failures]]
    }),
  )
}

describe('minutes', () => {
  test('an attempt behind a fold is counted, also where the one before it was', () => {
    const minutes = new Minutes()
    attempt(minutes, at(0))
    minutes.fold(0)
    attempt(minutes, at(0))
    expect(counted(minutes, at(0))).toEqual({ [`${OTHERS} ${OTHERS}`]: [1, 0, 0], 'gpu ocr': [1, 0, 0] })
  })

  test('an attempt counts in its UTC minute, once for each task', () => {
    const minutes = new Minutes()
    attempt(minutes, at(0))
    attempt(minutes, at(0) + MINUTE_MS - 1, { tasks: ['ocr', 'clip/visual'] })
    attempt(minutes, at(1), { isText: true })
    attempt(minutes, at(1), { isAnswered: false })
    expect(counted(minutes, at(0))).toEqual({ 'gpu ocr': [2, 0, 0], 'gpu clip/visual': [1, 0, 0] })
    expect(counted(minutes, at(1))).toEqual({ 'gpu ocr': [0, 1, 1] })
  })

  test('a clock that is set back adds to what is there', () => {
    const minutes = new Minutes()
    attempt(minutes, at(60))
    attempt(minutes, at(0))
    attempt(minutes, at(60))
    expect(counted(minutes, at(60))).toEqual({ 'gpu ocr': [2, 0, 0] })
    expect(counted(minutes, at(0))).toEqual({ 'gpu ocr': [1, 0, 0] })
  })

  test('a clock that was a year ahead for a while has lost nothing', () => {
    const minutes = new Minutes()
    for (let minute = 0; minute < 100; minute++) attempt(minutes, at(minute))
    attempt(minutes, at(525_600))
    attempt(minutes, at(100))
    expect([...minutes.entries()]).toHaveLength(102)
    expect(counted(minutes, at(0))).toEqual({ 'gpu ocr': [1, 0, 0] })
  })

  test('no more than a day is kept, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 3_000 }), (offsets) => {
        const minutes = new Minutes()
        for (const offset of offsets) attempt(minutes, at(offset))
        return [...minutes.entries()].length <= KEPT_MINUTES
      }),
      { numRuns: 20 },
    )
    const minutes = new Minutes()
    for (let minute = 0; minute < KEPT_MINUTES + 10; minute++) attempt(minutes, at(minute))
    expect(minutes.get(minuteOf(at(9)))).toBeUndefined()
    expect(minutes.get(minuteOf(at(10)))).toBeDefined()
  })

  test('the least used series become one, and nothing is lost of their sums', () => {
    const minutes = new Minutes()
    for (let number = 0; number < MAX_SERIES * 3; number++) {
      const uses = number === 0 ? 50 : 1
      for (let use = 0; use < uses; use++) attempt(minutes, at(0), { backend: `node${number}` })
    }
    expect(minutes.seriesCount).toBeLessThanOrEqual(MAX_SERIES + 1)
    const all = counted(minutes, at(0))
    expect(all['node0 ocr']).toEqual([50, 0, 0])
    const sum = Object.values(all).reduce((total, [images = 0]) => total + images, 0)
    expect(sum).toBe(MAX_SERIES * 3 - 1 + 50)
    expect(all['others others']?.[0]).toBeGreaterThan(MAX_SERIES)
  })
})

describe('durations', () => {
  test('a percentile is within 10 % of the measured value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 300_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95),
        (values, share) => {
          const durations: Durations = []
          for (const value of values) addClass(durations, classOf(value), 1)
          const sorted = [...values].sort((a, b) => a - b)
          const exact = sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? 0
          const found = percentile(durations, share) ?? 0
          return Math.abs(found - exact) / exact < 0.1
        },
      ),
    )
  })

  test.each([0, -5, NaN, Infinity])('%s ms has a class', (ms) => {
    const durations: Durations = []
    addClass(durations, classOf(ms), 1)
    expect(percentile(durations, 0.5)).toBeGreaterThan(0)
  })

  test('nothing has none', () => expect(percentile([], 0.5)).toBeNull())
})

describe('tasks', () => {
  const tasks = countedTasks({ taskRouting: { facial_recognition: 'gpu', search: 'nas' } })
  test.each([
    [[{ task: 'clip', type: 'visual' }], ['clip/visual']],
    [[{ task: 'clip', type: 'textual' }], ['clip/textual']],
    [
      [
        { task: 'facial_recognition', type: 'detection' },
        { task: 'facial-recognition', type: 'recognition' },
      ],
      ['facial-recognition'],
    ],
    [[{ task: 'search', type: 'x' }], ['search']],
    [
      [
        { task: 'made', type: 'up' },
        { task: 'ocr', type: 'detection' },
        { task: 'also', type: 'made up' },
      ],
      ['others', 'ocr'],
    ],
    [[], ['others']],
  ])('%j counts as %j', (entries, expected) => expect(tasksOf(entries, tasks)).toEqual(expected))
})

/** A day in which every minute has something of so many series. */
function fullDay(series: number): Minutes {
  const minutes = new Minutes()
  for (let minute = 0; minute < 1_440; minute++) {
    for (let number = 0; number < series; number++) {
      for (let time = 0; time < 8; time++)
        attempt(minutes, at(minute), {
          backend: `node${Math.floor(number / 4)}`,
          tasks: [`task${number % 4}`],
          durationMs: 20 * 1.7 ** ((time * 7 + number * 3 + minute) % 13),
        })
    }
    minutes.sample(
      { backends: [{ name: 'node0', state: 'healthy', waiting: 2, running: 1 }], held: 3 },
      at(minute),
    )
    minutes.reply({ isText: false, isAnswered: minute % 2 === 0 }, at(minute))
  }
  return minutes
}

describe('the file', () => {
  test('gives back what was written', async () => {
    const [written, read] = [fullDay(3), new Minutes()]
    readMinutes(await writeMinutes(written), read, at(1_440))
    expect(new Map(read.entries())).toEqual(new Map(written.entries()))
  })

  test('adds to what was counted before it was read', async () => {
    const minutes = new Minutes()
    attempt(minutes, at(0))
    const earlier = new Minutes()
    attempt(earlier, at(0))
    attempt(earlier, at(-5))
    readMinutes(await writeMinutes(earlier), minutes, at(0))
    expect(counted(minutes, at(0))).toEqual({ 'gpu ocr': [2, 0, 0] })
    expect(counted(minutes, at(-5))).toEqual({ 'gpu ocr': [1, 0, 0] })
  })

  test('is no larger than it may be: the least used series become one', async () => {
    const minutes = fullDay(16)
    for (let time = 0; time < 100; time++) attempt(minutes, at(0), { backend: 'busy' })
    const whole = await pack(minutes, Infinity)
    const limit = Math.floor(whole.length / 2)
    const bytes = await pack(minutes, limit)
    expect(bytes.length).toBeLessThanOrEqual(limit)
    const read = new Minutes()
    readMinutes(unpack(bytes, MAX_UNPACKED_BYTES), read, at(1_440))
    expect(read.seriesCount).toBeLessThan(16)
    expect(Object.keys(counted(read, at(0)))).toContain('others others')
  })

  test('that unpacks to more than it may is refused', async () => {
    const bytes = await pack(fullDay(1), Infinity)
    expect(() => unpack(bytes, 1_000)).toThrow()
  })
})
