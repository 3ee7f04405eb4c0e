import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { TRIM_AFTER_LOOKS, TRIM_AFTER_PREDICTIONS, TRIM_LOOK_MS } from '../../../src-main/app/limits.ts'
import { Trimmer, trimAfterWork } from '../../../src-main/app/trim-after-work.ts'

afterEach(() => vi.useRealTimers())

function start(begun: number) {
  const work = { inFlight: 0, begun }
  const tidy = vi.fn(() => true)
  const { check } = new Trimmer(() => work, tidy)
  /** Looks so often. */
  const look = (times: number): void => {
    for (let time = 0; time < times; time++) check()
  }
  return { work, tidy, look }
}

test('tidies once after work, when none came or ran for some looks', () => {
  const { work, tidy, look } = start(7)
  look(TRIM_AFTER_LOOKS + 1)
  expect(tidy).not.toHaveBeenCalled()
  work.begun += TRIM_AFTER_PREDICTIONS
  look(TRIM_AFTER_LOOKS)
  expect(tidy, 'work came before the first look').not.toHaveBeenCalled()
  work.inFlight = 1
  look(TRIM_AFTER_LOOKS)
  expect(tidy, 'work is running').not.toHaveBeenCalled()
  work.inFlight = 0
  look(TRIM_AFTER_LOOKS - 1)
  expect(tidy, 'it has just ended').not.toHaveBeenCalled()
  look(1)
  expect(tidy).toHaveBeenCalledTimes(1)
  look(TRIM_AFTER_LOOKS * 2)
  expect(tidy).toHaveBeenCalledTimes(1)
})

test('tries again where something could not be let go of', () => {
  const { work, tidy, look } = start(0)
  tidy.mockReturnValueOnce(false).mockReturnValueOnce(false)
  work.begun += TRIM_AFTER_PREDICTIONS
  look(TRIM_AFTER_LOOKS + 1)
  expect(tidy).toHaveBeenCalledTimes(1)
  look(1)
  expect(tidy).toHaveBeenCalledTimes(2)
  look(5)
  expect(tidy).toHaveBeenCalledTimes(3)
})

test('a prediction now and then puts it off', () => {
  const { work, tidy, look } = start(0)
  work.begun += TRIM_AFTER_PREDICTIONS
  look(TRIM_AFTER_LOOKS)
  work.begun++
  look(TRIM_AFTER_LOOKS)
  expect(tidy).not.toHaveBeenCalled()
  look(1)
  expect(tidy).toHaveBeenCalledTimes(1)
})

test('leaves a few predictions alone, until they add up', () => {
  const { work, tidy, look } = start(0)
  work.begun = TRIM_AFTER_PREDICTIONS - 1
  look(TRIM_AFTER_LOOKS + 1)
  expect(tidy).not.toHaveBeenCalled()
  work.begun++
  look(TRIM_AFTER_LOOKS + 1)
  expect(tidy).toHaveBeenCalledTimes(1)
})

test('collects what the service has let go of, and not before', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let memory: object | undefined = { bytes: Buffer.alloc(1_000) }
  const garbage = new WeakRef(memory)
  let isUsed = true
  const service = {
    work: { inFlight: 0, begun: 0 },
    trimMemory: () => {
      if (isUsed) return false
      memory = undefined
      return true
    },
  }
  const stop = trimAfterWork(service)
  service.work.begun = TRIM_AFTER_PREDICTIONS
  await nextTurn()
  vi.advanceTimersByTime(TRIM_LOOK_MS * (TRIM_AFTER_LOOKS + 1))
  await nextTurn()
  expect(garbage.deref()).toBe(memory)
  expect(memory).toBeDefined()
  await nextTurn()
  isUsed = false
  vi.advanceTimersByTime(TRIM_LOOK_MS)
  await nextTurn()
  expect(garbage.deref()).toBeUndefined()
  stop()
})
