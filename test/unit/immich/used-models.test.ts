import { expect, test } from 'vitest'
import { machineLearningOf, settingsSchema } from '../../../src-main/immich/answers.ts'
import { UsedModels } from '../../../src-main/immich/used-models.ts'

const settings = (at: number, modelName: string | undefined) => ({
  at,
  list: [],
  models: { clip: modelName },
  problem: '',
})
const used = (models: UsedModels, at: number | undefined, named?: string, now = 1_000) => [
  ...models.of(['clip/visual/m'], at === undefined ? undefined : settings(at, named), now),
]

test('a model counts unless settings that were read after its failure name another', () => {
  const models = new UsedModels()
  expect(used(models, undefined)).toHaveLength(1)
  expect(used(models, 900, 'other', 1_500)).toHaveLength(1)
  expect(used(models, 2_000, undefined, 2_000)).toHaveLength(1)
  expect(used(models, 2_000, 'other', 2_000)).toEqual([])
  expect(used(models, 2_000, 'm', 2_000)).toHaveLength(1)
})

test('one that failed anew after it could be loaded waits for the settings again', () => {
  const models = new UsedModels()
  used(models, undefined)
  expect(used(models, 2_000, 'other', 2_000)).toEqual([])
  models.of([], undefined, 2_500)
  expect(used(models, 2_000, 'other', 3_000)).toHaveLength(1)
})

test('after the clock was set back the next reading counts', () => {
  const models = new UsedModels()
  used(models, undefined, undefined, 9_000)
  expect(used(models, 100, 'other', 100)).toHaveLength(1)
  expect(used(models, 200, 'other', 200)).toEqual([])
})

test('names in another form do not hide the URLs', () => {
  const json = {
    machineLearning: {
      urls: ['http://proxy:3003'],
      clip: 'x',
      facialRecognition: { modelName: 'x'.repeat(1_000) },
      ocr: { modelName: 'PP-OCRv5_mobile' },
    },
  }
  expect(machineLearningOf(settingsSchema.parse(json))).toEqual({
    urls: ['http://proxy:3003'],
    models: { clip: undefined, 'facial-recognition': undefined, ocr: 'PP-OCRv5_mobile' },
  })
})
