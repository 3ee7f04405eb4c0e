import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../src-renderer/lib/filter.ts'
import { ALL } from '../support/records.ts'

const found = (text: string): string => {
  const { test } = parseFilter(text)
  return ALL.filter(test)
    .map(({ id }) => id)
    .join('')
}

describe('the filter', () => {
  it.each([
    ['', 'abcd'],
    ['type:outgoing', 'b'],
    ['type:out', 'b'],
    ['status:5xx', 'b'],
    ['status:200', 'ac'],
    ['status:error', 'b'],
    ['status:pending', 'd'],
    ['backend:gpu', 'b'],
    ['task:clip', 'ab'],
    ['task:clip -type:outgoing', 'a'],
    ['method:get', 'c'],
    ['method:po', 'abd'],
    ['status:e', 'b'],
    ['status:pend', 'd'],
    ['slow:>', 'abcd'],
    ['slow:<=', 'abcd'],
    ['slow:>2s', 'ab'],
    ['slow:2450ms', 'a'],
    ['slow:<1s', 'c'],
    ['/ping', 'c'],
    ['"busy"', 'b'],
    ['http://nowhere', ''],
    ['type:', 'abcd'],
    ['PING', 'c'],
  ])('%s', (text, ids) => {
    expect(found(text)).toBe(ids)
  })

  it('says what it does not understand, and goes on with the rest', () => {
    const { problems, test } = parseFilter('slow:soon status:abc type:incoming')
    expect(problems).toEqual([
      '"slow:soon" is not understood; write for example slow:>2s',
      '"status:abc" is not understood; write for example status:5xx',
    ])
    expect(ALL.filter(test)).toHaveLength(3)
  })
})
