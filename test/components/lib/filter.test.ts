import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../src-renderer/lib/filter.ts'
import { tracesOf } from '../../../src-renderer/lib/traces.ts'
import { ALL, recordOf } from '../support/records.ts'

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
    ['from:192.168.1.20', 'a'],
    ['from:192', 'a'],
    ['-from:192', 'bcd'],
    ['192.168.1.20', 'a'],
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
    ['is:ping', 'c'],
    ['is:failover', ''],
    ['-is:ping', 'abd'],
    ['with:pings', 'abcd'],
    ['is:', 'abcd'],
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

  it('tells a key that it does not know, and names the one that was meant', () => {
    expect(parseFilter('statuss:500').problems).toEqual(['statuss is no key; status?'])
    expect(parseFilter('dog:cat').problems).toEqual([expect.stringContaining('dog is no key')])
    // It is searched for as text all the same.
    expect(parseFilter('dog:cat').words).toEqual(['dog:cat'])
    expect(parseFilter('http://gpu:3003').problems).toEqual([])
    expect(parseFilter('"a: b"').problems).toEqual([])
  })

  it('knows what is special about a record', () => {
    const incoming = recordOf({ id: 'in', timestamp: '2026-01-01T00:00:00.000Z' })
    const sent = {
      type: 'outgoing' as const,
      traceId: 'in',
      tasks: ['ocr/detection'],
      timestamp: incoming.timestamp,
    }
    const records = [
      incoming,
      recordOf({ ...sent, id: 'f', backend: 'nas', status: 503, error: 'answered 503' }),
      recordOf({ ...sent, id: 'g', backend: 'gpu' }),
      recordOf({ id: 'r', cause: 'replay' }),
    ]
    const context = { backendsOf: () => [], traces: tracesOf(records) }
    const ids = (text: string): string[] =>
      records.filter(parseFilter(text, context).test).map(({ id }) => id)
    expect(ids('is:failover')).toEqual(['in'])
    expect(ids('is:replay')).toEqual(['r'])
    expect(ids('is:rep -is:failover')).toEqual(['r'])
  })
})
