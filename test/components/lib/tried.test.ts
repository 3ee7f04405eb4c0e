import { describe, expect, it } from 'vitest'
import { scaledSize } from '../../../src-renderer/lib/picture.ts'
import { paritiesOf } from '../../../src-renderer/lib/parity.ts'
import {
  boxesOfTried,
  NOTHING_TRIED,
  unsureModels,
  withAnswer,
  worksOf,
} from '../../../src-renderer/lib/tried.ts'
import { words } from '../../../src-renderer/texts/try.ts'
import type { TryResult } from '../../../src-shared/try.ts'

const result = (more: Partial<TryResult>): TryResult => ({
  work: 'clip/visual',
  modelName: 'm',
  ok: true,
  error: '',
  firstMs: 812,
  againMs: 34,
  ...more,
})
/** A vector at an angle to (1, 0): its cosine with that is known. */
const at = (cosine: number): number[] => [cosine, Math.sqrt(1 - cosine * cosine)]
const parity = (one: readonly number[], other: readonly number[]) =>
  paritiesOf(
    new Map([
      ['gpu', [result({ vector: one })]],
      ['nas', [result({ vector: other })]],
    ]),
  )[0]

describe('parity', () => {
  it.each([
    [1, 'same'],
    [0.9951, 'same'],
    [0.9949, 'close'],
    [0.9801, 'close'],
    [0.9799, 'different'],
    [-1, 'different'],
  ] as const)('cosine %d is %s', (cosine, level) => {
    expect(parity([1, 0], at(cosine))).toMatchObject({ level, one: 'gpu', other: 'nas', work: 'clip/visual' })
  })

  it('another length is another model, told with both', () => {
    const found = parity([1, 0], [1, 0, 0])
    expect(found).toMatchObject({ level: 'different', cosine: undefined, lengths: [2, 3] })
    expect(found && words.parity(found)).toBe(
      'Same picture: gpu computes 2 numbers and nas 3. These two compute different vectors: searches will miss; same model?',
    )
  })

  it('compares each with the first that has a vector, picture and words apart', () => {
    const three = new Map([
      ['off', [result({ ok: false, error: 'connection refused' })]],
      ['gpu', [result({ vector: [1, 0] }), result({ work: 'clip/textual', vector: [0, 1] })]],
      ['nas', [result({ vector: [1, 0] }), result({ work: 'clip/textual', vector: [1, 0] })]],
    ])
    expect(paritiesOf(three).map(({ work, one, other, level }) => [work, one, other, level])).toEqual([
      ['clip/visual', 'gpu', 'nas', 'same'],
      ['clip/textual', 'gpu', 'nas', 'different'],
    ])
  })
})

describe('what was tried', () => {
  it('gathers the answers of a backend; a newer one stands for the older', () => {
    const one = withAnswer(NOTHING_TRIED, { results: [result({})], imageWidth: 1440, imageHeight: 960 })
    const two = withAnswer(one, { results: [result({ ok: false })], imageWidth: null, imageHeight: null })
    expect(two).toEqual({ results: [result({ ok: false })], imageWidth: 1440, imageHeight: 960 })
  })

  it('has boxes in shares of the picture', () => {
    const faces = [{ box: { x1: 0, y1: 0, x2: 720, y2: 480 }, score: 0.9, length: 512 }]
    const texts = [{ text: 'GOOD VIEW', box: [0.5, 0.5, 1, 0.5, 1, 1, 0.5, 1], score: 0.8 }]
    const boxes = boxesOfTried({
      results: [result({ work: 'facial-recognition', faces }), result({ work: 'ocr', texts })],
      imageWidth: 1440,
      imageHeight: 960,
    })
    expect(boxes.map(({ label, points }) => [label, points[2]])).toEqual([
      ['face 1 90 %', [0.5, 0.5]],
      ['GOOD VIEW 80 %', [1, 1]],
    ])
  })

  it('asks for search words only where there are some', () => {
    expect(worksOf(['clip', 'ocr'], true)).toEqual(['clip/visual', 'clip/textual', 'ocr'])
    expect(worksOf(['clip'], false)).toEqual(['clip/visual'])
  })

  it('names each model once that may have to be downloaded', () => {
    const models = [
      { work: 'clip/visual', modelName: 'a', isDefault: true },
      { work: 'clip/textual', modelName: 'a', isDefault: true },
      { work: 'ocr', modelName: 'b', isDefault: false },
      { work: 'facial-recognition', modelName: 'c', isDefault: true },
    ] as const
    expect(unsureModels(models, ['clip/visual', 'clip/textual', 'ocr'])).toEqual(['a'])
  })

  it('tells in words what was found, and both times', () => {
    expect(words.times(result({}))).toBe('812 ms (with loading the model), then 34 ms')
    expect(words.times(result({ firstMs: 40 }))).toBe('40 ms, then 34 ms')
    expect(words.result(result({ vector: [1, 2] }))).toBe('a vector of 2 numbers')
    expect(words.result(result({ faces: [] }))).toBe('no face found')
    expect(words.result(result({ ok: false, error: 'answered 500' }))).toBe('answered 500')
  })
})

it('a picture is scaled to its longer side, and never enlarged', () => {
  expect(scaledSize(4000, 3000, 1440)).toEqual({ width: 1440, height: 1080 })
  expect(scaledSize(300, 8000, 1440)).toEqual({ width: 54, height: 1440 })
  expect(scaledSize(640, 480, 1440)).toEqual({ width: 640, height: 480 })
})
