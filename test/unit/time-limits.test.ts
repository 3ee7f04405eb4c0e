import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TimeLimits } from '../../src-main/time-limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('TimeLimits', () => {
  const ran: string[] = []
  let limits: TimeLimits
  const start = (name: string, ms: number) => limits.start(ms, () => ran.push(name))

  beforeEach(() => {
    ran.length = 0
    limits = new TimeLimits()
  })

  test('each runs out after its own time, whatever their order', () => {
    start('long', 300)
    start('short', 100)
    start('middle', 200.4)
    vi.advanceTimersByTime(99)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['short'])
    vi.advanceTimersByTime(100)
    expect(ran).toEqual(['short'])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['short', 'middle'])
    vi.advanceTimersByTime(10_000)
    expect(ran).toEqual(['short', 'middle', 'long'])
  })

  test('one that is cleared does not run out; the others do', () => {
    const cleared = start('cleared', 100)
    start('other', 200)
    expect(cleared.clear()).toBe(true)
    expect(cleared.clear()).toBe(false)
    vi.advanceTimersByTime(200)
    expect(ran).toEqual(['other'])
  })

  test('one that begins anew has its whole time again', () => {
    const limit = start('limit', 100)
    vi.advanceTimersByTime(90)
    limit.refresh()
    vi.advanceTimersByTime(99)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['limit'])
  })

  test('one that is started when all others have ended runs out too', () => {
    start('first', 100).clear()
    vi.advanceTimersByTime(150)
    start('second', 100)
    vi.advanceTimersByTime(100)
    expect(ran).toEqual(['second'])
  })

  test('one that runs out may end another that is due, and start a new one', () => {
    limits.start(100, () => {
      ran.push('first')
      due.clear()
      start('later', 50)
    })
    const due = start('due', 100)
    vi.advanceTimersByTime(149)
    expect(ran).toEqual(['first'])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['first', 'later'])
  })

  test('a thousand limits share one timer', () => {
    for (let index = 0; index < 1_000; index++) start('limit', 1_000 + index)
    expect(vi.getTimerCount()).toBe(1)
  })
})
