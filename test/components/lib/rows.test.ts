import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../src-renderer/lib/filter.ts'
import { COLUMNS, NEWEST_FIRST, toRows, type Column, type Order } from '../../../src-renderer/lib/rows.ts'
import { tracesOf } from '../../../src-renderer/lib/traces.ts'
import { ALL, recordOf } from '../support/records.ts'

const OLDEST_FIRST: Order = { column: 'time', isDescending: false }

describe('the rows', () => {
  const rowsOf = (text: string, open: string[] = [], order = NEWEST_FIRST): string[] =>
    toRows({
      records: ALL,
      matches: parseFilter(text).test,
      open: new Set(open),
      order,
      traces: tracesOf(ALL),
    }).rows.map(({ record, isChild }) => (isChild ? `>${record.id}` : record.id))

  it('fold outgoing records under incoming ones', () => {
    expect(rowsOf('')).toEqual(['d', 'c', 'a'])
    expect(rowsOf('', ['a'])).toEqual(['d', 'c', 'a', '>b'])
    expect(rowsOf('', ['a'], OLDEST_FIRST)).toEqual(['a', '>b', 'c', 'd'])
  })

  it('let an outgoing record stand alone where its incoming one does not match', () => {
    expect(rowsOf('type:outgoing')).toEqual(['b'])
    const all = {
      records: ALL,
      matches: () => true,
      open: new Set<string>(),
      order: NEWEST_FIRST,
      traces: tracesOf(ALL),
    }
    // The outgoing request belongs to its incoming one: they are one.
    expect(toRows(all).matching).toBe(3)
  })
})

describe('every column sorts', () => {
  const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
  const records = [
    recordOf({ id: 'a', timestamp: at(0), durationMs: 30, status: 200, tasks: ['ocr/detection'], url: '/z' }),
    recordOf({ id: 'b', timestamp: at(1), durationMs: 20, status: 500, tasks: ['clip/visual'], url: '/y' }),
    recordOf({ id: 'c', timestamp: at(2), durationMs: 20, status: 404, tasks: ['faces/x'], url: '/x' }),
    recordOf({ id: 'd', type: 'outgoing', traceId: 'a', timestamp: at(3), backend: 'nas', durationMs: 1 }),
    recordOf({ id: 'e', type: 'outgoing', traceId: 'b', timestamp: at(4), backend: 'gpu', durationMs: 1 }),
  ]
  const expected: Record<Column, string> = {
    time: 'abc',
    what: 'cba',
    task: 'bca',
    answered: 'cba',
    status: 'acb',
    duration: 'bca',
  }
  it.each(COLUMNS)('%s', (column) => {
    const ids = (isDescending: boolean): string =>
      toRows({
        records,
        matches: () => true,
        open: new Set(),
        order: { column, isDescending },
        traces: tracesOf(records),
      })
        .rows.map(({ record }) => record.id)
        .join('')
    expect(ids(false)).toBe(expected[column])
    // Those that are equal stay in the order of time.
    expect(ids(true)).toBe(column === 'duration' ? 'abc' : Array.from(expected[column]).reverse().join(''))
  })
})
