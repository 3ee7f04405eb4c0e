import { describe, expect, test } from 'vitest'
import { BackendLoad, type Running } from '../../../../src-main/predict/schedule/backend-load.ts'
import { COLD_START_MS, MODELS_KEPT_MS } from '../../../../src-main/predict/schedule/limits.ts'
import { Pauses } from '../../../../src-main/predict/schedule/pauses.ts'

const IMAGE = { work: 'clip/visual', isText: false, route: 'default' }
const TEXT = { work: 'clip/textual', isText: true, route: 'default' }

/** One request after the other, each of so many milliseconds. Returns the time at the end. */
function work(load: BackendLoad, from: number, count: number, ms: number, kind = IMAGE): number {
  let now = from
  for (let index = 0; index < count; index++) {
    const running = load.begin(kind, now)
    now += ms
    load.end(running, 'success', now)
  }
  return now
}

/** A backend that has answered before. */
function warm(ms = 30, setLimit?: number): { load: BackendLoad; now: number } {
  const load = new BackendLoad(0, setLimit)
  return { load, now: work(load, 0, 10, ms) }
}

describe('the slots of a backend', () => {
  test('are what was learned, or the number that was set', () => {
    expect(new BackendLoad(0).slots).toBe(2)
    const load = new BackendLoad(0, 7)
    expect(load.slots).toBe(7)
    load.setLimit(undefined)
    expect(load.slots).toBe(2)
  })

  test('open one by one after it came back, and after 300 s without a request', () => {
    const { load, now } = warm(30, 4)
    expect(load.limit(now)).toBe(4)
    load.cameBack()
    expect(load.member('healthy', now)).toMatchObject({ limit: 1, isReturning: true, isLimitSet: false })
    const later = work(load, now, 3, 30)
    expect(load.member('healthy', later)).toMatchObject({ limit: 4, isReturning: false, isLimitSet: true })
    expect(load.limit(later + MODELS_KEPT_MS - 1)).toBe(4)
    expect(load.limit(later + MODELS_KEPT_MS)).toBe(1)
  })

  test('count what runs until it ends, whatever the end', () => {
    const { load, now } = warm(30, 4)
    const ends = ['success', 'failure', 'overload', 'cancelled'] as const
    const running = ends.map(() => load.begin(IMAGE, now))
    expect(load.inFlight).toBe(4)
    running.forEach((each, index) => load.end(each, ends[index] ?? 'success', now + 30))
    expect(load.inFlight).toBe(0)
    load.end(running[0] as Running, 'success', now + 40)
    expect(load.inFlight).toBe(0)
  })
})

describe('the speed of a backend', () => {
  test('follows its answers by kind of work', () => {
    const { load, now } = warm(30)
    const later = work(load, now, 10, 12, TEXT)
    expect(load.speed(IMAGE.work, later).serviceMs).toBeCloseTo(30)
    expect(load.speed(TEXT.work, later).serviceMs).toBeCloseTo(12)
    const last = work(load, later, 20, 90)
    expect(load.speed(IMAGE.work, last).serviceMs).toBeGreaterThan(88)
    expect(load.speed(TEXT.work, last).serviceMs).toBeCloseTo(12)
  })

  test('does not count the time in the queue of the machine', () => {
    const { load, now } = warm(30, 1)
    load.setLimit(1)
    const first = load.begin(IMAGE, now)
    const second = load.begin(IMAGE, now)
    load.end(first, 'success', now + 30)
    load.end(second, 'success', now + 60)
    expect(load.speed(IMAGE.work, now + 60).serviceMs).toBeCloseTo(30)
  })

  test('tells when the next one would begin', () => {
    const { load, now } = warm(30, 1)
    load.begin(IMAGE, now)
    load.begin(IMAGE, now + 10)
    expect(load.speed(IMAGE.work, now + 20)).toMatchObject({ ahead: 2, imagesAhead: 2, ownSlots: 1 })
    expect(load.speed(IMAGE.work, now + 20).firstDoneMs).toBeCloseTo(10)
    expect(load.speed(IMAGE.work, now + 20).queuedMs).toBeCloseTo(30)
    const waiting = { count: 3, images: 2, ms: 75 }
    const speed = load.speed(IMAGE.work, now + 20, waiting)
    expect(speed).toMatchObject({ ahead: 5, imagesAhead: 4 })
    expect(speed.queuedMs).toBeCloseTo(105)
  })

  test('expects what takes more than twice its time to take longer still', () => {
    const { load, now } = warm(30, 1)
    load.begin(IMAGE, now)
    expect(load.speed(IMAGE.work, now + 45).firstDoneMs).toBe(0)
    expect(load.speed(IMAGE.work, now + 1_060).firstDoneMs).toBeCloseTo(1_000)
  })

  test('is that of loading its models, 5 s until it was seen, where it was unused for 300 s', () => {
    const { load, now } = warm(30)
    expect(load.speed(IMAGE.work, now + MODELS_KEPT_MS - 1).serviceMs).toBeCloseTo(30)
    const rested = now + MODELS_KEPT_MS
    expect(load.speed(IMAGE.work, rested)).toMatchObject({ serviceMs: COLD_START_MS })
    expect(load.speed(IMAGE.work, rested).steadyMs).toBeCloseTo(30)
    const later = work(load, rested, 1, 3_200)
    expect(load.speed(IMAGE.work, later).serviceMs).toBeCloseTo(30)
    expect(load.speed(IMAGE.work, later + MODELS_KEPT_MS).serviceMs).toBe(3_200)
  })

  test('is that of loading its models after it came back', () => {
    const { load, now } = warm(30)
    load.cameBack()
    expect(load.speed(IMAGE.work, now).serviceMs).toBe(COLD_START_MS)
  })

  test('takes a quick first answer for one whose model was there', () => {
    const load = new BackendLoad(0)
    work(load, 0, 1, 30)
    expect(load.speed(IMAGE.work, 30).serviceMs).toBeCloseTo(30)
    expect(load.speed(IMAGE.work, 30 + MODELS_KEPT_MS).serviceMs).toBe(COLD_START_MS)
  })

  test('expects the second request during a loading to find the model there', () => {
    const { load, now } = warm(30, 4)
    load.cameBack()
    load.begin(IMAGE, now)
    const speed = load.speed(IMAGE.work, now + 1_000)
    expect(speed.serviceMs).toBeCloseTo(30)
    expect(speed.firstDoneMs).toBe(COLD_START_MS - 1_000)
  })

  test('is kept over a restart, through JSON', () => {
    const { load, now } = warm(30)
    const kept = JSON.parse(JSON.stringify(load.learned())) as ReturnType<BackendLoad['learned']>
    const again = new BackendLoad(now, undefined, kept)
    expect(again.speed(IMAGE.work, now).steadyMs).toBeCloseTo(30)
    expect(again.speed(IMAGE.work, now)).toMatchObject({ serviceMs: COLD_START_MS, isTried: true })
  })

  test('knows no more kinds of work than its limit', () => {
    const load = new BackendLoad(0, 1)
    for (let index = 0; index < 1_000; index++)
      work(load, index * 10, 1, 10, { ...IMAGE, work: `task/${index}` })
    expect(Object.keys(load.learned().speeds).length).toBeLessThanOrEqual(33)
  })
})

describe('a busy time', () => {
  test('lasts over pauses that are shorter than an answer, and ends with a longer one', () => {
    const { load, now } = warm(30, 1)
    let at = now
    for (let index = 0; index < 10; index++) at = work(load, at + 10, 1, 30)
    expect(load.speed(IMAGE.work, at).busyMs).toBeGreaterThan(390)
    expect(load.speed(IMAGE.work, at + 31).busyMs).toBe(0)
    load.begin(IMAGE, at + 100)
    expect(load.speed(IMAGE.work, at + 110).busyMs).toBe(10)
  })

  test('is one of images, not of texts', () => {
    const { load, now } = warm(30, 1)
    const at = work(load, now + 1_000, 50, 30, TEXT)
    expect(load.speed(IMAGE.work, at).busyMs).toBe(0)
  })
})

describe('passing over', () => {
  test('is counted until the backend gets a request of this kind', () => {
    const { load, now } = warm(30)
    load.passOver(IMAGE.work, 400)
    load.passOver(IMAGE.work, 400)
    load.begin(TEXT, now)
    expect(load.speed(IMAGE.work, now)).toMatchObject({ passedOverMs: 800, isTried: true })
    load.begin(IMAGE, now)
    expect(load.speed(IMAGE.work, now).passedOverMs).toBe(0)
  })
})

describe('the pauses of clients', () => {
  test('are the mean of the times between answers and the next images', () => {
    const pauses = new Pauses()
    for (let at = 0; at < 100_000; at += 100) {
      pauses.answered(at)
      pauses.answered(at + 5)
      pauses.came(at + 20)
      pauses.came(at + 25)
    }
    expect(pauses.rhythm(100_000).pauseMs).toBeCloseTo(20)
    expect(pauses.rhythm(100_000).pausing).toBe(0)
  })

  test('tell how many clients are at it, without those that have no more images', () => {
    const pauses = new Pauses()
    pauses.answered(0)
    pauses.answered(500)
    expect(pauses.rhythm(900).pausing).toBe(2)
    expect(pauses.rhythm(1_400).pausing).toBe(1)
    pauses.came(5_000)
    expect(pauses.rhythm(5_000)).toEqual({ pauseMs: 0, pausing: 0 })
  })
})
