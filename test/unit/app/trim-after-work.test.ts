import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import {
  TRIM_AFTER_PREDICTIONS,
  TRIM_AFTER_QUIET_CHECKS,
  TRIM_CHECK_MS,
} from '../../../src-main/app/limits.ts'
import { Trimmer, trimAfterWork } from '../../../src-main/app/trim-after-work.ts'

afterEach(() => vi.useRealTimers())

function start(begun: number) {
  const work = { inFlight: 0, begun }
  const trim = vi.fn(() => true)
  const trimmer = new Trimmer({ work: () => work, trim })
  const check = (times: number): void => {
    for (let time = 0; time < times; time++) trimmer.check()
  }
  return { work, trim, check }
}

test('trims once after work, when none came or ran during some checks', () => {
  const { work, trim, check } = start(7)
  check(TRIM_AFTER_QUIET_CHECKS + 1)
  expect(trim).not.toHaveBeenCalled()
  work.begun += TRIM_AFTER_PREDICTIONS
  check(TRIM_AFTER_QUIET_CHECKS)
  expect(trim, 'work came before the first check').not.toHaveBeenCalled()
  work.inFlight = 1
  check(TRIM_AFTER_QUIET_CHECKS)
  expect(trim, 'work is running').not.toHaveBeenCalled()
  work.inFlight = 0
  check(TRIM_AFTER_QUIET_CHECKS - 1)
  expect(trim, 'it has just ended').not.toHaveBeenCalled()
  check(1)
  expect(trim).toHaveBeenCalledTimes(1)
  check(TRIM_AFTER_QUIET_CHECKS * 2)
  expect(trim).toHaveBeenCalledTimes(1)
})

test('tries again where memory was in use', () => {
  const { work, trim, check } = start(0)
  trim.mockReturnValueOnce(false).mockReturnValueOnce(false)
  work.begun += TRIM_AFTER_PREDICTIONS
  check(TRIM_AFTER_QUIET_CHECKS + 1)
  expect(trim).toHaveBeenCalledTimes(1)
  check(1)
  expect(trim).toHaveBeenCalledTimes(2)
  check(5)
  expect(trim).toHaveBeenCalledTimes(3)
})

test('a prediction now and then puts it off', () => {
  const { work, trim, check } = start(0)
  work.begun += TRIM_AFTER_PREDICTIONS
  check(TRIM_AFTER_QUIET_CHECKS)
  work.begun++
  check(TRIM_AFTER_QUIET_CHECKS)
  expect(trim).not.toHaveBeenCalled()
  check(1)
  expect(trim).toHaveBeenCalledTimes(1)
})

test('a few predictions cause no trim, until they add up', () => {
  const { work, trim, check } = start(0)
  work.begun = TRIM_AFTER_PREDICTIONS - 1
  check(TRIM_AFTER_QUIET_CHECKS + 1)
  expect(trim).not.toHaveBeenCalled()
  work.begun++
  check(TRIM_AFTER_QUIET_CHECKS + 1)
  expect(trim).toHaveBeenCalledTimes(1)
})

test('collects what was dropped, and not before; nothing after the service stops', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let memory: object | undefined = { bytes: Buffer.alloc(1_000) }
  const garbage = new WeakRef(memory)
  let isUsed = true
  const trim = vi.fn(() => {
    if (isUsed) return false
    memory = undefined
    return true
  })
  const work = { inFlight: 0, begun: 0 }
  const stopping = new AbortController()
  trimAfterWork({ work: () => work, trim }, stopping.signal)
  work.begun = TRIM_AFTER_PREDICTIONS
  await nextTurn()
  vi.advanceTimersByTime(TRIM_CHECK_MS * (TRIM_AFTER_QUIET_CHECKS + 1))
  await nextTurn()
  expect(garbage.deref()).toBe(memory)
  expect(memory).toBeDefined()
  await nextTurn()
  isUsed = false
  vi.advanceTimersByTime(TRIM_CHECK_MS)
  await nextTurn()
  expect(garbage.deref()).toBeUndefined()
  expect(trim).toHaveBeenCalledTimes(2)
  work.begun += TRIM_AFTER_PREDICTIONS
  stopping.abort()
  vi.advanceTimersByTime(TRIM_CHECK_MS * 10)
  expect(trim).toHaveBeenCalledTimes(2)
  expect(vi.getTimerCount()).toBe(0)
})
