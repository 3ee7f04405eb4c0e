import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../src-renderer/lib/filter.ts'
import { markedParts } from '../../../src-renderer/lib/marks.ts'

describe('marks', () => {
  it('are where the free text stands, whatever its case', () => {
    const { words } = parseFilter('Predict -ping type:out "a b" x:y')
    expect(words).toEqual(['predict', 'a b', 'x:y'])
    expect(markedParts('/PREDICT/x', words)).toEqual([
      { text: '/', isMatch: false },
      { text: 'PREDICT', isMatch: true },
      { text: '/x', isMatch: false },
    ])
    expect(markedParts('aaa', ['aa', ''])).toEqual([{ text: 'aaa', isMatch: true }])
    expect(markedParts('', ['a'])).toEqual([])
    // In lower case this letter is two.
    expect(markedParts('İx', ['x'])).toEqual([{ text: 'İx', isMatch: false }])
  })
})
