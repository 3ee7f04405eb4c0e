import { expect, test } from 'vitest'
import { BrokenModels } from '../../../src-main/backends/broken-models.ts'
import { MAX_BENCHED_TASKS, MODEL_BROKEN_MS } from '../../../src-main/backends/limits.ts'

const REAL = 'clip/visual/ViT-B-32__openai'

test('made-up models leave room for one that failed after them, whether their time is over or not', () => {
  for (const later of [1, MODEL_BROKEN_MS + 1]) {
    const broken = new BrokenModels()
    for (let index = 0; index < MAX_BENCHED_TASKS; index++) broken.add([`clip/visual/made-up-${index}`], 0)
    broken.add([REAL], later)
    expect(broken.has(() => [REAL], later)).toBe(true)
    expect(broken.list(0)).toHaveLength(MAX_BENCHED_TASKS)
  }
})

test('one that failed again outlasts those that did not', () => {
  const broken = new BrokenModels()
  broken.add([REAL], 0)
  for (let index = 0; index < 2 * MAX_BENCHED_TASKS; index++) {
    broken.add([REAL], index)
    broken.add([`clip/visual/made-up-${index}`], index)
  }
  expect(broken.has(() => [REAL], 0)).toBe(true)
})
