import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WAKE_PAUSE_MS, WAKE_REPEAT_MS, WAKE_SILENT_MS } from '../../../src-main/backends/limits.ts'
import { Waker } from '../../../src-main/backends/wake.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import type { WakeConfig } from '../../../src-shared/config/schema.ts'

let sends = 0
let failure: Error | undefined
let changes = 0
let waker: Waker

function create(wake: Partial<WakeConfig> = {}): Waker {
  return new Waker({
    name: 'gpu',
    wake: { mac: 'aa:bb:cc:dd:ee:ff', ...wake },
    log: silentLogger(),
    onChange: () => {
      changes++
    },
    send: () => {
      sends++
      return failure === undefined ? Promise.resolve() : Promise.reject(failure)
    },
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  sends = 0
  changes = 0
  failure = undefined
  waker = create()
})
afterEach(() => {
  waker.stop()
  vi.useRealTimers()
})

describe('Waker', () => {
  test('sends at once and every 10 s until the ping answers', async () => {
    expect(waker.need('image')).toBe(true)
    expect(waker.need('image')).toBe(true)
    expect(sends).toBe(1)
    await vi.advanceTimersByTimeAsync(WAKE_REPEAT_MS * 3)
    expect(sends).toBe(4)
    waker.answered()
    expect(waker.status).toEqual({ state: 'idle', problem: '' })
    await vi.advanceTimersByTimeAsync(WAKE_REPEAT_MS * 3)
    expect(sends).toBe(4)
  })

  test('gives up after 120 s, then is woken by hand alone for 10 min', async () => {
    waker.need('image')
    await vi.advanceTimersByTimeAsync(120_000)
    expect(waker.status.state).toBe('gave-up')
    expect(sends).toBe(12)
    expect(waker.need('image')).toBe(false)
    expect(waker.need('hand')).toBe(true)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(waker.need('image')).toBe(false)
    await vi.advanceTimersByTimeAsync(WAKE_PAUSE_MS)
    expect(waker.need('image')).toBe(true)
  })

  test('gives up after the seconds that are set', async () => {
    waker = create({ giveUpSeconds: 30 })
    waker.need('image')
    await vi.advanceTimersByTimeAsync(29_999)
    expect(waker.isWaking).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(waker.isWaking).toBe(false)
  })

  test('only what is in `on` wakes it, images where it is absent', () => {
    expect(waker.need('text')).toBe(false)
    expect(sends).toBe(0)
    waker = create({ on: ['text'] })
    expect(waker.need('image')).toBe(false)
    expect(waker.need('text')).toBe(true)
    waker = create({ on: [] })
    expect(waker.need('image')).toBe(false)
    expect(waker.need('hand')).toBe(true)
  })

  test('a send that fails is told, and tried again', async () => {
    failure = new Error('No magic packet could be sent: no right')
    waker.need('hand')
    await vi.advanceTimersByTimeAsync(0)
    expect(waker.status).toEqual({ state: 'waking', problem: 'No magic packet could be sent: no right' })
    failure = undefined
    await vi.advanceTimersByTimeAsync(WAKE_REPEAT_MS)
    expect(waker.status.problem).toBe('')
    expect(sends).toBe(2)
  })

  test('says after 30 s that nothing came', async () => {
    waker.need('hand')
    await vi.advanceTimersByTimeAsync(WAKE_SILENT_MS - 1)
    expect(waker.status.problem).toBe('')
    const before = changes
    await vi.advanceTimersByTimeAsync(1)
    expect(waker.status.problem).toContain('nothing came within 30 s')
    expect(changes).toBe(before + 1)
    waker.answered()
    expect(waker.status.problem).toBe('')
  })

  test('sends nothing more once it is stopped', async () => {
    waker.need('image')
    waker.stop()
    await vi.advanceTimersByTimeAsync(WAKE_REPEAT_MS * 2)
    expect(sends).toBe(1)
  })
})
