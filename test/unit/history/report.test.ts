import { describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../../src-main/history/limits.ts'
import { Minutes } from '../../../src-main/history/minutes.ts'
import { historyReport } from '../../../src-main/history/report.ts'
import type { History, HistoryRange, HistoryState } from '../../../src-shared/history.ts'

const NOON = Date.UTC(2026, 7, 1, 12)
const at = (minutes: number): number => NOON + minutes * MINUTE_MS

class Story {
  readonly minutes = new Minutes()

  /** The program is seen in each of these minutes. */
  on(from: number, to: number, state: HistoryState = 'healthy', waiting = 0): this {
    for (let minute = from; minute < to; minute++)
      this.minutes.sample(
        { backends: [{ name: 'gpu', state, waiting, running: 1 }], held: waiting },
        at(minute),
      )
    return this
  }

  photos(minute: number, amount: number, more: { backend?: string; isAnswered?: boolean } = {}): this {
    const usual = { backend: 'gpu', tasks: ['ocr'], isText: false, isAnswered: true, durationMs: 100 }
    for (let count = 0; count < amount; count++) this.minutes.attempt({ ...usual, ...more }, at(minute))
    return this
  }

  report(range: HistoryRange = '1h', now = 59): History {
    return historyReport(this.minutes, range, ['gpu'], at(now))
  }
}

describe('the report', () => {
  test('has one value for each step, and null where the program did not run', () => {
    const { backends, minutesOn, from, stepSeconds, held } = new Story()
      .on(0, 20)
      .on(40, 60, 'healthy', 4)
      .photos(5, 3)
      .photos(50, 1, { isAnswered: false })
      .report()
    expect([from, stepSeconds]).toEqual([at(0) / 1000, 60])
    expect(minutesOn).toEqual(
      Array.from({ length: 60 }, (_, minute) => (minute < 20 || minute >= 40 ? 1 : 0)),
    )
    const [gpu] = backends
    expect(gpu?.all.images.slice(4, 7)).toEqual([0, 3, 0])
    expect(gpu?.all.images[30]).toBeNull()
    expect(gpu?.all.failures[50]).toBe(1)
    expect(gpu?.all.p50Ms[5]).toBeGreaterThan(90)
    expect(gpu?.all.p50Ms[6]).toBeNull()
    expect(gpu?.waiting[30]).toBeNull()
    expect([gpu?.waiting[45], held[45], held[3]]).toEqual([4, 4, 0])
    expect(gpu?.states[30]).toBeNull()
    expect(gpu?.all.total).toMatchObject({ images: 3, texts: 0, failures: 1 })
    expect(gpu?.tasks.map(({ task }) => task)).toEqual(['ocr'])
  })

  test.each([
    ['1h', 60, 60],
    ['6h', 120, 180],
    ['24h', 144, 600],
  ] as const)('%s has %i steps of %i s that begin at multiples of it', (range, steps, seconds) => {
    const report = new Story().on(0, 1).report(range, 7)
    expect(report.minutesOn).toHaveLength(steps)
    expect(report.stepSeconds).toBe(seconds)
    expect(report.from % seconds).toBe(0)
    expect(report.from + steps * seconds).toBeGreaterThan(at(7) / 1000)
    expect(report.minutesOn.reduce((sum, on) => sum + on, 0)).toBe(1)
  })

  test('a backend that was removed follows those of the configuration', () => {
    const story = new Story().on(0, 60).photos(3, 1, { backend: 'attic' })
    expect(story.report().backends.map(({ name, isConfigured }) => [name, isConfigured])).toEqual([
      ['gpu', true],
      ['attic', false],
    ])
  })

  test('uptime is of the time in which it was meant to be there', () => {
    const [gpu] = new Story()
      .on(0, 30)
      .on(30, 40, 'unhealthy')
      .on(40, 50, 'paused')
      .on(50, 60, 'unknown')
      .report().backends
    expect(gpu?.uptime).toBe(0.75)
    expect([gpu?.states[10], gpu?.states[35], gpu?.states[45]]).toEqual(['healthy', 'unhealthy', 'paused'])
    expect(new Story().report().backends[0]?.uptime).toBeNull()
  })
})

describe('the last import', () => {
  test('ends where there was no image for some minutes, and tells who did how much', () => {
    const { lastImport } = new Story()
      .on(0, 60)
      .photos(0, 9)
      .photos(20, 2)
      .photos(25, 4, { backend: 'nas' })
      .photos(34, 1)
      .report()
    expect(lastImport).toMatchObject({
      from: at(20) / 1000,
      to: at(35) / 1000,
      isRunning: false,
      parts: [
        { backend: 'nas', task: 'ocr', images: 4 },
        { backend: 'gpu', task: 'ocr', images: 3 },
      ],
    })
  })

  test('runs while images come', () => {
    expect(new Story().photos(58, 1).report().lastImport?.isRunning).toBe(true)
  })

  test('is not there without images', () => expect(new Story().on(0, 60).report().lastImport).toBeNull())
})
