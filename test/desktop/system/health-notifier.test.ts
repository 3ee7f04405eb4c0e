import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { NOTIFY_EVERY_MS, NOTIFY_SETTLE_MS } from '../../../src-main/desktop/limits.ts'
import { HealthNotifier } from '../../../src-main/desktop/system/health-notifier.ts'

afterEach(() => void vi.useRealTimers())

describe('notifications of the health', () => {
  const told: string[] = []
  let enabled = true
  /** One of an app that has run for a while. */
  const create = (): HealthNotifier => {
    const notifier = new HealthNotifier({ enabled: () => enabled, notify: (state) => void told.push(state) })
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    return notifier
  }
  beforeEach(() => {
    vi.useFakeTimers()
    told.length = 0
    enabled = true
  })

  test('tell down and well again, and nothing in between', () => {
    const { onOverall } = create()
    onOverall('healthy')
    onOverall('degraded')
    expect(told).toEqual([])
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('degraded')
    onOverall('healthy')
    expect(told).toEqual(['down', 'well'])
  })

  test('come at most once a minute, and the last state is told in the end', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS - 1)
    expect(told).toEqual(['down'])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['down', 'well'])
  })

  test('a change that was taken back within the minute is not told', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    onOverall('down')
    vi.advanceTimersByTime(10 * NOTIFY_EVERY_MS)
    expect(told).toEqual(['down'])
  })

  test('say nothing when the last backend is taken away', () => {
    const { onOverall } = create()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('idle')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(told).toEqual(['down'])
  })

  test('wait after a sleep, and tell only what is still so', () => {
    const { onOverall, onResume } = create()
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS - 1)
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(told).toEqual([])
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    expect(told).toEqual(['down'])
    // What is well again needs no second look.
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onResume()
    onOverall('healthy')
    expect(told).toEqual(['down', 'well'])
  })

  test('can be switched off', () => {
    enabled = false
    create().onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(told).toEqual([])
  })

  test('are over when they are stopped', () => {
    const notifier = create()
    notifier.onOverall('down')
    notifier.onOverall('healthy')
    notifier.stop()
    vi.advanceTimersByTime(2 * NOTIFY_EVERY_MS)
    expect(told).toEqual(['down'])
  })
})
