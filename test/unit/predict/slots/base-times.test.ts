import { expect, test } from 'vitest'
import { BaseTimes } from '../../../../src-main/predict/slots/base-times.ts'
import { MAX_WORKS } from '../../../../src-main/predict/slots/limits.ts'

test('of kinds of work without room, the one that was used longest ago goes', () => {
  const times = new BaseTimes()
  times.add('clip/visual', 30)
  for (let index = 0; index < MAX_WORKS; index++) times.add(`made-up-${index}/x`, 1)
  expect(times.weightOf('clip/visual')).toBe(0)
  times.add('clip/visual', 30)
  for (let index = 0; index < 2 * MAX_WORKS; index++) {
    times.add('clip/visual', 30)
    times.add(`made-up-${index}/x`, 1)
  }
  expect(times.weightOf('clip/visual')).toBeGreaterThan(MAX_WORKS / 2)
  expect(times.longestMs).toBe(30)
})
