import { describe, expect, it } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { timelineOf } from '../../../src-renderer/lib/timeline.ts'
import { recordOf } from '../support/records.ts'

describe('times', () => {
  it('are shared out between wait, backend and merge', () => {
    const incoming = recordOf({ id: 'a', durationMs: 100 })
    const at = (ms: number): string => new Date(Date.parse(incoming.timestamp) + ms).toISOString()
    const out = recordOf({
      id: 'b',
      type: 'outgoing',
      traceId: 'a',
      durationMs: 60,
      waitMs: 20,
      timestamp: at(25),
    })
    const { totalMs, lanes } = timelineOf(incoming, [out])
    expect(totalMs).toBe(100)
    expect(lanes).toMatchObject([
      { waitFrom: 5, sentAt: 25, answeredAt: 85, waitMs: 20, backendMs: 60, mergeMs: 15 },
    ])
    expect(timelineOf(undefined, [out]).totalMs).toBe(80)
    const replay = recordOf({ id: 'c', type: 'outgoing', traceId: 'a', durationMs: 9, timestamp: at(60_000) })
    expect(timelineOf(incoming, [out, replay])).toMatchObject({ totalMs: 100, lanes: [{ waitFrom: 5 }] })
  })

  it('begin with how long it was held until a backend was back', () => {
    const incoming = recordOf({ id: 'a', durationMs: 1_000 })
    const timestamp = new Date(Date.parse(incoming.timestamp) + 950).toISOString()
    const times = { durationMs: 50, waitMs: 50, heldMs: 800, timestamp }
    const out = recordOf({ id: 'b', type: 'outgoing', traceId: 'a', ...times })
    expect(timelineOf(incoming, [out]).lanes).toMatchObject([
      { heldFrom: 100, heldMs: 800, waitFrom: 900, waitMs: 50, sentAt: 950 },
    ])
  })

  it('of a failed attempt end at its answer', () => {
    const tasks = ['ocr/detection']
    const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
    const sent = (id: string, more: object): DebugRecord =>
      recordOf({ id, type: 'outgoing', traceId: 'in', tasks, ...more })
    const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 100 })
    const failed = sent('f', {
      backend: 'nas',
      timestamp: at(5),
      durationMs: 20,
      status: 503,
      error: 'answered 503',
    })
    const good = sent('g', { backend: 'gpu', timestamp: at(25), durationMs: 60 })
    expect(timelineOf(incoming, [failed, good]).lanes).toMatchObject([
      { mergeMs: 0, outcome: 'failed, tried again on gpu' },
      { mergeMs: 15, outcome: '' },
    ])
  })
})
