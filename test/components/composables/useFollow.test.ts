import { describe, expect, it } from 'vitest'
import { newerThan } from '../../../src-renderer/composables/useFollow.ts'
import { toRows } from '../../../src-renderer/lib/rows.ts'
import { recordOf } from '../support/records.ts'

describe('records', () => {
  it('newer than the last one seen are counted in both orders', () => {
    const records = ['a', 'b', 'c'].map((id) => recordOf({ id }))
    const usual = { records, matches: () => true, open: new Set<string>(), traces: new Map() }
    const rows = (newestFirst: boolean): ReturnType<typeof toRows>['rows'] =>
      toRows({ ...usual, order: { column: 'time', isDescending: newestFirst } }).rows
    expect(newerThan(rows(true), 'a', true)).toBe(2)
    expect(newerThan(rows(false), 'b', false)).toBe(1)
    expect(newerThan(rows(false), 'gone', false)).toBe(0)
  })
})
