import { describe, expect, it } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { lengthOf, ticksOf, timelineOf } from '../../../src-renderer/lib/timeline.ts'
import { recordOf } from '../support/records.ts'

const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 100 })
const sent = (id: string, more: Partial<DebugRecord> & { status?: number }): DebugRecord =>
  recordOf({ id, type: 'outgoing', traceId: 'in', tasks: ['ocr/detection'], ...more })
const stepsOf = (outgoing: readonly DebugRecord[]): unknown[] =>
  timelineOf(incoming, outgoing).lanes.map(({ steps }) => steps.map(({ kind, from, ms }) => [kind, from, ms]))

describe('times', () => {
  it('of one attempt are held, wait, backend and reply', () => {
    const out = sent('b', { durationMs: 50, waitMs: 20, heldMs: 10, timestamp: at(35) })
    expect(stepsOf([out])).toEqual([
      [
        ['held', 5, 10],
        ['wait', 15, 20],
        ['work', 35, 50],
        ['reply', 85, 15],
      ],
    ])
    expect(timelineOf(undefined, [out]).totalMs).toBe(80)
    const replay = sent('c', { durationMs: 9, timestamp: at(60_000) })
    expect(timelineOf(incoming, [out, replay]).lanes).toHaveLength(1)
  })

  it('of several tell the wait for the others from merging', () => {
    const quick = sent('q', { backend: 'gpu', durationMs: 20, timestamp: at(5) })
    const slow = sent('s', { backend: 'nas', durationMs: 90, timestamp: at(5) })
    expect(stepsOf([quick, slow])).toEqual([
      [
        ['work', 5, 20],
        ['others', 25, 70],
        ['merge', 95, 5],
      ],
      [
        ['work', 5, 90],
        ['merge', 95, 5],
      ],
    ])
  })

  it('of a failed attempt end at its answer, and name what was tried next', () => {
    const failed = sent('f', {
      backend: 'nas',
      timestamp: at(5),
      durationMs: 20,
      status: 503,
      error: 'answered 503',
    })
    const good = sent('g', { backend: 'gpu', timestamp: at(25), durationMs: 60 })
    expect(stepsOf([failed, good])).toEqual([
      [['failed', 5, 20]],
      [
        ['work', 25, 60],
        ['reply', 85, 15],
      ],
    ])
    expect(timelineOf(incoming, [failed, good]).lanes.map(({ next }) => next)).toEqual(['gpu', ''])
  })
})

describe('the axis', () => {
  it.each([
    [100, [0, 50, 100]],
    [29, [0, 10, 20]],
    [2_450, [0, 1000, 2000]],
    [0, [0]],
  ])('of %d ms has ticks at %j', (ms, ticks) => expect(ticksOf(ms)).toEqual(ticks))

  it('of the small bars is logarithmic, within 0 and 1', () => {
    const lengths = [0, 10, 100, 1_000, 10_000, 300_000].map(lengthOf)
    expect([...lengths].sort((a, b) => a - b)).toEqual(lengths)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1)
    expect(lengths[0]).toBeGreaterThan(0)
  })
})
