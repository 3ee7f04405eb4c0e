import { expect, test, vi } from 'vitest'
import { TIDY_AFTER_LOOKS, TIDY_AFTER_PREDICTIONS } from '../../src-main/defaults.ts'
import { Tidier } from '../../src-main/tidy.ts'

function start(begun: number) {
  const work = { inFlight: 0, begun }
  const tidy = vi.fn()
  const { check } = new Tidier(() => work, tidy)
  /** Looks so often. */
  const look = (times: number): void => {
    for (let time = 0; time < times; time++) check()
  }
  return { work, tidy, look }
}

test('tidies once after work, when none came or ran for some looks', () => {
  const { work, tidy, look } = start(7)
  look(TIDY_AFTER_LOOKS + 1)
  expect(tidy).not.toHaveBeenCalled()
  work.begun += TIDY_AFTER_PREDICTIONS
  look(TIDY_AFTER_LOOKS)
  expect(tidy, 'work came before the first look').not.toHaveBeenCalled()
  work.inFlight = 1
  look(TIDY_AFTER_LOOKS)
  expect(tidy, 'work is running').not.toHaveBeenCalled()
  work.inFlight = 0
  look(TIDY_AFTER_LOOKS - 1)
  expect(tidy, 'it has just ended').not.toHaveBeenCalled()
  look(1)
  expect(tidy).toHaveBeenCalledTimes(1)
  look(TIDY_AFTER_LOOKS * 2)
  expect(tidy).toHaveBeenCalledTimes(1)
})

test('a prediction now and then puts it off', () => {
  const { work, tidy, look } = start(0)
  work.begun += TIDY_AFTER_PREDICTIONS
  look(TIDY_AFTER_LOOKS)
  work.begun++
  look(TIDY_AFTER_LOOKS)
  expect(tidy).not.toHaveBeenCalled()
  look(1)
  expect(tidy).toHaveBeenCalledTimes(1)
})

test('leaves a few predictions alone, until they add up', () => {
  const { work, tidy, look } = start(0)
  work.begun = TIDY_AFTER_PREDICTIONS - 1
  look(TIDY_AFTER_LOOKS + 1)
  expect(tidy).not.toHaveBeenCalled()
  work.begun++
  look(TIDY_AFTER_LOOKS + 1)
  expect(tidy).toHaveBeenCalledTimes(1)
})
