import { expect, test, vi } from 'vitest'
import { TIDY_AFTER_PREDICTIONS } from '../../src-main/defaults.ts'
import { Tidier } from '../../src-main/tidy.ts'

test('tidies once after work, when none came or ran between two looks', () => {
  const work = { inFlight: 0, begun: 7, keptBytes: 0 }
  const tidy = vi.fn()
  const { check } = new Tidier(() => work, tidy)
  check()
  check()
  expect(tidy).not.toHaveBeenCalled()
  work.begun += TIDY_AFTER_PREDICTIONS
  check()
  expect(tidy, 'work came since the last look').not.toHaveBeenCalled()
  work.inFlight = 1
  check()
  expect(tidy, 'work is running').not.toHaveBeenCalled()
  work.inFlight = 0
  work.keptBytes = 1
  check()
  expect(tidy, 'memory is still held').not.toHaveBeenCalled()
  work.keptBytes = 0
  check()
  expect(tidy).toHaveBeenCalledTimes(1)
  check()
  check()
  expect(tidy).toHaveBeenCalledTimes(1)
})

test('leaves a few predictions alone, until they add up', () => {
  const work = { inFlight: 0, begun: 0, keptBytes: 0 }
  const tidy = vi.fn()
  const { check } = new Tidier(() => work, tidy)
  work.begun = TIDY_AFTER_PREDICTIONS - 1
  check()
  check()
  expect(tidy).not.toHaveBeenCalled()
  work.begun++
  check()
  check()
  expect(tidy).toHaveBeenCalledTimes(1)
})
