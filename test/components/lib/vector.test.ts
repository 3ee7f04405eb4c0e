import { describe, expect, it } from 'vitest'
import { cosine, sparkline, summarize, summaryText, vectorOf } from '../../../src-renderer/lib/vector.ts'

const NUMBERS = [0, 3, 4, 0, 0, 0, 0, 0]

describe('vectors', () => {
  it('are recognised as lists and inside strings', () => {
    expect(vectorOf(NUMBERS)).toEqual(NUMBERS)
    expect(vectorOf(JSON.stringify(NUMBERS))).toEqual(NUMBERS)
    for (const other of ['[1,2', '[1,2,3]', '[a]', 'text', [1, 2], 7, null, ['a', ...NUMBERS]]) {
      expect(vectorOf(other)).toBeUndefined()
    }
  })

  it('are summed up', () => {
    expect(summaryText(summarize(NUMBERS))).toBe('float[8] · min 0 · max 4 · ‖v‖ 5')
    expect(cosine(NUMBERS, NUMBERS)).toBeCloseTo(1)
    expect(cosine(NUMBERS, [1])).toBeUndefined()
    expect(cosine([0, 0], [0, 0])).toBeUndefined()
    expect(sparkline(summarize([0, 1, 2]), 100, 10)).toBe('0.0,10.0 50.0,5.0 100.0,0.0')
  })
})
