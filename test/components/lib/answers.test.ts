import { describe, expect, it } from 'vitest'
import { compareAnswers } from '../../../src-renderer/lib/answers.ts'

const NUMBERS = [0, 3, 4, 0, 0, 0, 0, 0]

describe('answers', () => {
  it('are compared by value, vectors by their direction', () => {
    const vector = JSON.stringify(NUMBERS)
    const other = JSON.stringify(NUMBERS.map((value, index) => value + index / 100))
    const before = JSON.stringify({ clip: vector, n: 1, list: ['a'] })
    expect(compareAnswers(before, before).every(({ same }) => same)).toBe(true)
    const after = JSON.stringify({ clip: other, n: 2, list: ['a', 'b'] })
    expect(compareAnswers(before, after)).toEqual([
      { path: 'clip', same: false, isVector: true, text: expect.stringMatching(/^cosine 0\.99/) as string },
      { path: 'n', same: false, text: '1, then 2' },
      { path: 'list[1]', same: false, text: 'nothing, then "b"' },
      { path: 'list[0]', same: true, text: '"a"' },
    ])
    expect(compareAnswers('text', 'text')).toEqual([{ path: 'answer', same: true, text: 'the same text' }])
  })
})
