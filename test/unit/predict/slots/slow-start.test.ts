import { expect, test } from 'vitest'
import { SlowStart } from '../../../../src-main/predict/slots/slow-start.ts'

/** Of a backend that came back. */
function restarted(): SlowStart {
  const slowStart = new SlowStart()
  slowStart.restart()
  return slowStart
}

test('keeps nothing from a backend that was never away', () => {
  expect(new SlowStart().allowed).toBe(Infinity)
  expect(new SlowStart().isReturning).toBe(false)
})

/** What is allowed after each of so many successes. */
function allowed(slowStart: SlowStart, successes: number, limit: number): number[] {
  return Array.from({ length: successes }, () => {
    slowStart.succeed(limit)
    return slowStart.allowed
  })
}

test('allows one request until its first success, then two, then four, until the limit is reached', () => {
  const slowStart = restarted()
  expect(slowStart.allowed).toBe(1)
  expect(slowStart.isReturning).toBe(true)
  expect(allowed(slowStart, 7, 8)).toEqual([2, 2, 4, 4, 4, 4, Infinity])
  expect(slowStart.isReturning).toBe(false)
})

test('is over at once where the limit is two', () => {
  expect(allowed(restarted(), 1, 2)).toEqual([Infinity])
})

test('begins anew when the backend came back once more', () => {
  const slowStart = restarted()
  allowed(slowStart, 3, 8)
  slowStart.restart()
  expect(slowStart.allowed).toBe(1)
  expect(allowed(slowStart, 3, 8)).toEqual([2, 2, 4])
})
