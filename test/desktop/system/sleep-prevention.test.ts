import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { STAY_AWAKE_MS } from '../../../src-main/desktop/limits.ts'
import { SleepPrevention } from '../../../src-main/desktop/system/sleep-prevention.ts'

afterEach(() => void vi.useRealTimers())

describe('sleep prevention', () => {
  const work = { atWork: 0, ended: 0 }
  const unblock = vi.fn<() => void>()
  const block = vi.fn(() => unblock)
  let enabled = true
  beforeEach(() => {
    vi.useFakeTimers()
    vi.clearAllMocks()
    block.mockReturnValue(unblock)
    Object.assign(work, { atWork: 0, ended: 5 })
    enabled = true
  })
  const create = (): SleepPrevention =>
    new SleepPrevention({ work: () => ({ ...work }), enabled: () => enabled, block })

  test('lasts while predictions run and a minute longer', () => {
    const { check } = create()
    check()
    expect(block).not.toHaveBeenCalled()
    Object.assign(work, { atWork: 1, ended: 6 })
    check()
    check()
    expect(block).toHaveBeenCalledTimes(1)
    work.atWork = 0
    vi.advanceTimersByTime(STAY_AWAKE_MS - 1)
    check()
    expect(unblock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    check()
    expect(unblock).toHaveBeenCalledTimes(1)
  })

  test('counts predictions that began and ended between two checks', () => {
    const { check } = create()
    work.ended++
    check()
    expect(block).toHaveBeenCalledTimes(1)
  })

  test('ends at once when it is disabled or the app ends', () => {
    const awake = create()
    work.atWork = 1
    awake.check()
    enabled = false
    awake.check()
    expect(unblock).toHaveBeenCalledTimes(1)
    awake.release()
    expect(unblock).toHaveBeenCalledTimes(1)
  })
})
