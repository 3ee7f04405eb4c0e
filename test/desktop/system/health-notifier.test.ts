import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { NOTIFY_EVERY_MS, NOTIFY_SETTLE_MS } from '../../../src-main/desktop/limits.ts'
import { HealthNotifier } from '../../../src-main/desktop/system/health-notifier.ts'

afterEach(() => void vi.useRealTimers())

describe('health notifications', () => {
  const sent: string[] = []
  let enabled = true
  /** A notifier of an app that has run for a while. */
  const create = (): HealthNotifier => {
    const notifier = new HealthNotifier({ enabled: () => enabled, notify: (state) => void sent.push(state) })
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    return notifier
  }
  beforeEach(() => {
    vi.useFakeTimers()
    sent.length = 0
    enabled = true
  })

  test('report down and up again, and nothing in between', () => {
    const { onOverall } = create()
    onOverall('healthy')
    onOverall('degraded')
    expect(sent).toEqual([])
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('degraded')
    onOverall('healthy')
    expect(sent).toEqual(['down', 'up'])
  })

  test('waiting and paused are not reported, and are not well again', () => {
    const { onOverall } = create()
    onOverall('waiting')
    onOverall('healthy')
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('paused')
    onOverall('waiting')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
    onOverall('degraded')
    expect(sent).toEqual(['down', 'up'])
  })

  test('come at most once a minute, and the last state is reported in the end', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS - 1)
    expect(sent).toEqual(['down'])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual(['down', 'up'])
  })

  test('a change that is reversed within the minute is not reported', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    onOverall('down')
    vi.advanceTimersByTime(10 * NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
  })

  test('report nothing when the last backend is removed', () => {
    const { onOverall } = create()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('idle')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
  })

  test('wait after a sleep, and report only what still holds', () => {
    const { onOverall, onResume } = create()
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS - 1)
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual([])
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    expect(sent).toEqual(['down'])
    // Being up again is reported without waiting.
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onResume()
    onOverall('healthy')
    expect(sent).toEqual(['down', 'up'])
  })

  test('can be switched off', () => {
    enabled = false
    create().onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual([])
  })

  test('end when the notifier is stopped', () => {
    const notifier = create()
    notifier.onOverall('down')
    notifier.onOverall('healthy')
    notifier.stop()
    vi.advanceTimersByTime(2 * NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
  })
})
