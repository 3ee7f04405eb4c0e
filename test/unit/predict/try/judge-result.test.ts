import { describe, expect, test } from 'vitest'
import { foundIn } from '../../../../src-main/predict/try/judge-result.ts'
import type { TryWork } from '../../../../src-shared/try.ts'

const found = (work: TryWork, answer: unknown) => foundIn(work, Buffer.from(JSON.stringify(answer)))
const SIZE = { imageWidth: 1440, imageHeight: 960 }
const FACE = { boundingBox: { x1: 1, y1: 2, x2: 3, y2: 4 }, score: 0.9, embedding: '[0.1,0.2]' }
const OCR = { text: ['a'], box: [0, 0, 1, 0, 1, 1, 0, 1], boxScore: [1], textScore: [0.8] }

describe('an answer is taken apart', () => {
  test('a vector as a text or as a list, with the size of the picture', () => {
    expect(found('clip/visual', { clip: '[0.5,-1]', ...SIZE })).toEqual({
      values: { vector: [0.5, -1] },
      ...SIZE,
    })
    expect(found('clip/textual', { clip: [0.5, -1] })).toEqual({
      values: { vector: [0.5, -1] },
      imageWidth: null,
      imageHeight: null,
    })
  })

  test('faces with the length of their vectors alone, in either spelling of the task; none is an answer', () => {
    const faces = [{ box: { x1: 1, y1: 2, x2: 3, y2: 4 }, score: 0.9, length: 2 }]
    expect(found('facial-recognition', { facial_recognition: [FACE] })?.values).toEqual({ faces })
    expect(found('facial-recognition', { 'facial-recognition': [] })?.values).toEqual({ faces: [] })
  })

  test('texts with their corners', () => {
    expect(found('ocr', { ocr: OCR })?.values).toEqual({
      texts: [{ text: 'a', box: OCR.box, score: 0.8 }],
    })
  })
})

const LONG = Array.from({ length: 9_000 }, () => 1)
test.each<[string, TryWork, unknown]>([
  ['no object', 'clip/visual', ['x']],
  ['another task', 'ocr', { clip: '[1]' }],
  ['a secret text', 'clip/visual', { clip: 'root:x:0:0' }],
  ['a list that is not all numbers', 'clip/visual', { clip: [1, 'secret'] }],
  ['a vector longer than any', 'clip/visual', { clip: LONG }],
  ['an empty vector', 'clip/visual', { clip: '[]' }],
  ['a face without a vector', 'facial-recognition', { 'facial-recognition': [{ ...FACE, embedding: 'x' }] }],
  ['more faces than any', 'facial-recognition', { 'facial-recognition': LONG.map(() => FACE) }],
  ['corners that do not fit the texts', 'ocr', { ocr: { ...OCR, box: [1] } }],
  ['more texts than any', 'ocr', { ocr: { ...OCR, text: LONG.map(String) } }],
])('%s is no answer of a machine-learning server', (_what, work, answer) => {
  expect(found(work, answer)).toBeUndefined()
})

test('what is no JSON is none either; long texts are cut', () => {
  expect(foundIn('clip/visual', Buffer.from('<html>'))).toBeUndefined()
  const [text] = found('ocr', { ocr: { ...OCR, text: ['x'.repeat(10_000)] } })?.values.texts ?? []
  expect(text?.text).toHaveLength(500)
})
