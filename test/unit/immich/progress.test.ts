import { beforeEach, describe, expect, test } from 'vitest'
import type { QueueReading } from '../../../src-main/immich/answers.ts'
import { ProgressKeeper, Rate } from '../../../src-main/immich/progress.ts'
import { progressText, type Progress, type TaskProgress } from '../../../src-shared/immich.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const START = 1_234_567

let progress: ProgressKeeper
const queue = (remaining: number, isPaused = false): QueueReading => ({ isPaused, active: 0, remaining })
const read = (smartSearch: QueueReading) => progress.read(new Map([['smartSearch', smartSearch]]))
/** One image each so many milliseconds, from START on. @returns when it ends */
function work(everyMs: number, forMs: number, start = START): number {
  for (let at = start; at < start + forMs; at += everyMs) progress.succeeded('clip', at)
  return start + forMs
}
const clip = (now: number) => progress.progress(now).clip

beforeEach(() => {
  progress = new ProgressKeeper()
})

describe('the rate', () => {
  test('is what was done a minute', () => {
    expect(clip(work(SECOND, 2 * MINUTE)).ratePerMinute).toBeCloseTo(60, 0)
    progress = new ProgressKeeper()
    expect(clip(work(100, MINUTE)).ratePerMinute).toBeCloseTo(600, 0)
  })

  test('is an average over 5 min: it follows a change, and forgets', () => {
    const slowFrom = work(SECOND, 10 * MINUTE)
    const middle = work(2 * SECOND, 150 * SECOND, slowFrom)
    expect(clip(middle).ratePerMinute).toBeCloseTo(45, -1)
    const end = work(2 * SECOND, 150 * SECOND, middle)
    expect(clip(end).ratePerMinute).toBeCloseTo(30, -1)
    expect(clip(end + 6 * MINUTE).ratePerMinute).toBe(0)
  })

  test('begins anew after a pause that is longer than the window', () => {
    const end = work(SECOND, MINUTE)
    const again = work(SECOND, MINUTE, end + 60 * MINUTE)
    expect(clip(again).ratePerMinute).toBeCloseTo(60, 0)
  })

  test('the first image foretells nothing wild', () => {
    const rate = new Rate()
    rate.add(START)
    expect(rate.perMinute(START)).toBe(0)
    expect(rate.perMinute(START + 1)).toBe(12)
  })

  test('one task says nothing of another', () => {
    const end = work(SECOND, MINUTE)
    expect(progress.progress(end).ocr.ratePerMinute).toBe(0)
    progress.succeeded('captions', end)
    progress.succeeded('facial_recognition', end)
    expect(progress.progress(end + SECOND)['facial-recognition'].ratePerMinute).toBeGreaterThan(0)
  })
})

describe('the end', () => {
  test('is foretold from 30 s of data on', () => {
    read(queue(1_240))
    const early = work(SECOND, 29 * SECOND)
    expect(clip(early)).toMatchObject({ remaining: 1_240, etaSeconds: null })
    const end = work(SECOND, 31 * SECOND, early)
    expect(clip(end).etaSeconds).toBeGreaterThan(1_200)
    expect(clip(end).etaSeconds).toBeLessThan(1_260)
  })

  test.each([
    ['nothing is left', queue(0)],
    ['the queue is paused', queue(10, true)],
  ])('is not, where %s', (_what, reading) => {
    read(reading)
    expect(clip(work(SECOND, MINUTE)).etaSeconds).toBeNull()
  })

  test('is not, without Immich’s counts or without work', () => {
    const end = work(SECOND, MINUTE)
    expect(clip(end)).toMatchObject({ remaining: null, etaSeconds: null })
    read(queue(10))
    expect(clip(end + 10 * MINUTE)).toMatchObject({ remaining: 10, ratePerMinute: 0, etaSeconds: null })
  })
})

test('Immich is asked each 5 s while a page looks, each 30 s while work runs, else never', () => {
  expect(progress.pollMs(START)).toBeUndefined()
  progress.worked(START)
  expect(progress.pollMs(START + 59 * SECOND)).toBe(30 * SECOND)
  expect(progress.pollMs(START + 60 * SECOND)).toBeUndefined()
  progress.looked(START + 100 * SECOND)
  expect(progress.pollMs(START + 114 * SECOND)).toBe(5 * SECOND)
  expect(progress.pollMs(START + 115 * SECOND)).toBeUndefined()
  progress.succeeded('ocr', START + 200 * SECOND)
  expect(progress.pollMs(START + 201 * SECOND)).toBe(30 * SECOND)
})

describe('in words', () => {
  const NONE: TaskProgress = { remaining: 0, ratePerMinute: 0, etaSeconds: null }
  const of = (more: Partial<Progress>): Progress => ({
    clip: NONE,
    'facial-recognition': NONE,
    ocr: NONE,
    ...more,
  })
  const left = (remaining: number | null, etaSeconds: number | null): TaskProgress => ({
    remaining,
    ratePerMinute: 1,
    etaSeconds,
  })

  test.each([
    [of({}), ''],
    [of({ clip: left(null, null) }), ''],
    [of({ clip: left(1_240, 18 * 60) }), '1,240 left, about 18 min'],
    [of({ clip: left(1_000, 60), ocr: left(240, 18 * 60) }), '1,240 left, about 18 min'],
    [of({ clip: left(1_000, 60), ocr: left(240, null) }), '1,240 left'],
    [of({ clip: left(5, 10) }), '5 left, less than a minute'],
    [of({ clip: left(50_000, 7.4 * 3_600) }), '50,000 left, about 7 h'],
  ])('%#', (progress, text) => expect(progressText(progress)).toBe(text))
})
