import { expect, test } from 'vitest'
import { attemptTimeoutMs } from '../../../src-main/predict/dispatch-run.ts'

test.each([
  ['half of the remaining time while another candidate is left', 100_000, true, undefined, 50_000],
  ['all of it for the last one', 100_000, false, undefined, 100_000],
  ['the backend’s own limit where that is less', 100_000, true, 20_000, 20_000],
  ['not more than the share although the backend may take longer', 100_000, true, 90_000, 50_000],
  ['a millisecond when the time is over', -5, false, undefined, 1],
])('an attempt gets %s', (_what, remainingMs, isAnotherLeft, configuredMs, expected) => {
  expect(attemptTimeoutMs(remainingMs, isAnotherLeft, configuredMs)).toBe(expected)
})
