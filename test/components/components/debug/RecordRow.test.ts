import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import RecordRow from '../../../../src-renderer/components/debug/RecordRow.vue'
import { NEWEST_FIRST, toRows, type Row } from '../../../../src-renderer/lib/rows.ts'
import { tracesOf } from '../../../../src-renderer/lib/traces.ts'
import type { DebugRecord } from '../../../../src-shared/api.ts'
import { recordOf } from '../../support/records.ts'

const rowOf = (record: DebugRecord, outgoing: readonly DebugRecord[] = []): Row => {
  const [row] = toRows({
    records: [record, ...outgoing],
    matches: () => true,
    open: new Set(),
    order: NEWEST_FIRST,
    traces: tracesOf([record, ...outgoing]),
  }).rows
  return row ?? expect.unreachable()
}

describe('the marks in a row', () => {
  it('are elements, never markup', () => {
    const record = recordOf({ id: 'x', url: '/<b>bold</b>' })
    const row = rowOf(record)
    const props = { row, index: 0, height: 36, isSelected: false, isActive: false, words: ['<b>'] }
    const shown = mount(RecordRow, { props })
    expect(shown.find('b').exists()).toBe(false)
    expect(shown.get('mark').text()).toBe('<b>')
    expect(shown.get('.what').text()).toBe('POST /<b>bold</b>')
  })
})

describe('a row', () => {
  const mounted = (row: Row) =>
    mount(RecordRow, { props: { row, index: 0, height: 36, isSelected: false, isActive: false, words: [] } })

  it('tells the way of a failover and marks it', () => {
    const tasks = ['ocr/detection']
    const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
    const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 50, tasks })
    const sent = { type: 'outgoing', traceId: 'in', tasks } as const
    const failed = recordOf({
      ...sent,
      id: 'f',
      backend: 'nas',
      timestamp: at(1),
      status: 503,
      error: 'answered 503',
    })
    const good = recordOf({ ...sent, id: 'g', backend: 'gpu', timestamp: at(20) })
    const row = mounted(rowOf(incoming, [failed, good]))
    expect(row.get('.answered').text()).toContain('nas ✗ → gpu ✓')
    expect(row.get('.mark').text()).toBe('failover')
    expect(row.findAll('.row-bar rect.step-failed')).toHaveLength(1)
    expect(row.get('.row-bar').attributes('aria-label')).toBe('Took 50 ms')
  })

  it('marks a replay, and a try of the proxy’s own', () => {
    expect(
      mounted(rowOf(recordOf({ id: 'r', cause: 'replay' })))
        .get('.mark')
        .text(),
    ).toBe('replay')
    expect(
      mounted(rowOf(recordOf({ id: 't', cause: 'try' })))
        .get('.mark')
        .text(),
    ).toBe('own try')
  })
})
