import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../src-renderer/lib/filter.ts'
import { toRows } from '../../../src-renderer/lib/rows.ts'
import { ALL } from '../support/records.ts'

describe('the rows', () => {
  const rowsOf = (text: string, open: string[] = [], newestFirst = true): string[] =>
    toRows({ records: ALL, matches: parseFilter(text).test, open: new Set(open), newestFirst }).rows.map(
      ({ record, isChild }) => (isChild ? `>${record.id}` : record.id),
    )

  it('fold outgoing records under incoming ones', () => {
    expect(rowsOf('')).toEqual(['d', 'c', 'a'])
    expect(rowsOf('', ['a'])).toEqual(['d', 'c', 'a', '>b'])
    expect(rowsOf('', ['a'], false)).toEqual(['a', '>b', 'c', 'd'])
  })

  it('let an outgoing record stand alone where its incoming one does not match', () => {
    expect(rowsOf('type:outgoing')).toEqual(['b'])
    expect(toRows({ records: ALL, matches: () => true, open: new Set(), newestFirst: true }).matching).toBe(4)
  })
})
