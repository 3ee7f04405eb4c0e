import { describe, expect, it } from 'vitest'
import { ref, shallowRef } from 'vue'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { useRecordList } from '../../../src-renderer/composables/useRecordList.ts'
import { answeringBackends } from '../../../src-renderer/lib/answering.ts'
import { scope, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage()

describe('an incoming record', () => {
  it('is given the backends that answered it, replays and failed attempts aside', () => {
    const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
    const sent = (id: string, more: Partial<DebugRecord> & { status?: number }): DebugRecord =>
      recordOf({ id, type: 'outgoing', traceId: 'in', timestamp: at(1), ...more })
    const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 50, status: 200 })
    const failed = sent('f', { backend: 'old', status: 503, error: 'answered 503' })
    const good = sent('g', { backend: 'gpu' })
    const other = sent('o', { backend: 'nas', timestamp: at(20) })
    const replayed = sent('r', { backend: 'late', timestamp: at(900) })
    const running = sent('p', { backend: 'soon', status: 0, pending: true })
    const of = (...records: DebugRecord[]): unknown => answeringBackends(records).get('in')
    expect(of(incoming, failed, good, other, replayed, running)).toEqual(['gpu', 'nas'])
    expect(of(incoming, failed)).toBeUndefined()
    const busy = { ...incoming, response: { ...incoming.response, statusCode: 503 } }
    expect(of(busy, failed)).toEqual(['old'])
    expect(of(good)).toBeUndefined()
    const list = scope.run(() => useRecordList(shallowRef([incoming, good]), ref('backend:gpu')))
    expect(list?.rows.value.map(({ record }) => record.id)).toEqual(['in'])
  })
})
