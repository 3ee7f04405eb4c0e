import { expect, test } from 'vitest'
import { WorkSpeeds } from '../../../../src-main/predict/schedule/work-speeds.ts'
import { MAX_WORKS } from '../../../../src-main/predict/slots/limits.ts'

/** One request of a kind that was answered after `ms`. */
function answer(speeds: WorkSpeeds, work: string, ms: number): void {
  speeds.use(work)
  speeds.addSteady(work, ms, 0)
}

test('made-up kinds of work make room for those that are used', () => {
  const speeds = new WorkSpeeds()
  for (let index = 0; index < MAX_WORKS; index++) answer(speeds, `made-up-${index}/x`, 9_000)
  answer(speeds, 'clip/visual', 30)
  answer(speeds, 'clip/textual', 5)
  expect([speeds.steadyMs('clip/visual'), speeds.steadyMs('clip/textual')]).toEqual([30, 5])
  expect(Object.keys(speeds.steady())).toHaveLength(MAX_WORKS)
})

test('the kind that was used longest ago goes, whenever it came', () => {
  const speeds = new WorkSpeeds()
  answer(speeds, 'clip/visual', 30)
  answer(speeds, 'ocr', 400)
  for (let index = 0; index < 2 * MAX_WORKS; index++) {
    speeds.use('clip/visual')
    answer(speeds, `made-up-${index}/x`, 9_000)
  }
  expect(speeds.steady()).toMatchObject({ 'clip/visual': 30 })
  expect(speeds.steady()).not.toHaveProperty('ocr')
  expect(speeds.isTried('ocr')).toBe(false)
})

test('what is kept for the next start can be read by it', () => {
  const speeds = new WorkSpeeds()
  for (let index = 0; index < 2 * MAX_WORKS; index++) answer(speeds, `made-up-${index}/x`, 9_000)
  answer(speeds, 'clip/visual', 30)
  expect(new WorkSpeeds(speeds.learned()).steadyMs('clip/visual')).toBe(30)
})
