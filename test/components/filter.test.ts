import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import RecordRow from '../../src-renderer/components/debug/RecordRow.vue'
import { parseFilter } from '../../src-renderer/lib/filter.ts'
import { markedParts } from '../../src-renderer/lib/marks.ts'
import { toRows } from '../../src-renderer/lib/rows.ts'
import { recordOf } from './support.ts'

const incoming = recordOf({ id: 'a', tasks: ['clip/visual'], durationMs: 2_500 })
const outgoing = recordOf({
  id: 'b',
  type: 'outgoing',
  traceId: 'a',
  backend: 'gpu',
  tasks: ['clip/visual'],
  durationMs: 2_400,
  status: 503,
  error: 'busy',
})
const ping = recordOf({ id: 'c', method: 'GET', url: '/ping', durationMs: 1 })
const pending = recordOf({ id: 'd', status: 0, pending: true })
const ALL = [incoming, outgoing, ping, pending]

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

  it('are elements, never markup', () => {
    const record = recordOf({ id: 'x', url: '/<b>bold</b>' })
    const row = { record, isChild: false, children: 0, isOpen: false, backends: [] }
    const props = { row, index: 0, height: 36, isSelected: false, isActive: false, words: ['<b>'] }
    const shown = mount(RecordRow, { props })
    expect(shown.find('b').exists()).toBe(false)
    expect(shown.get('mark').text()).toBe('<b>')
    expect(shown.get('.target').text()).toBe('/<b>bold</b>')
  })
})

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
