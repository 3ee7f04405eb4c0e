import { describe, expect, it } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import {
  attemptsText,
  imagePart,
  isPing,
  searchText,
  traceFor,
  tracesOf,
  whatText,
} from '../../../src-renderer/lib/traces.ts'
import { recordOf } from '../support/records.ts'

const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 50 })
const sent = (id: string, more: Partial<DebugRecord> & { status?: number }): DebugRecord =>
  recordOf({ id, type: 'outgoing', traceId: 'in', timestamp: at(1), tasks: ['ocr/detection'], ...more })
const failed = sent('f', { backend: 'nas', status: 503, error: 'answered 503' })
const good = sent('g', { backend: 'gpu', timestamp: at(20) })
const of = (...records: DebugRecord[]) => traceFor(incoming, tracesOf([incoming, ...records]))

describe('a trace', () => {
  it('tells the attempts and the failover', () => {
    const trace = of(failed, good)
    expect(attemptsText(trace.attempts)).toBe('nas ✗ → gpu ✓')
    expect([trace.isFailover, trace.hasFailed]).toEqual([true, true])
    expect(of(good)).toMatchObject({ isFailover: false, hasFailed: false })
    expect(attemptsText(of(sent('p', { backend: 'gpu', status: 0, pending: true })).attempts)).toBe('gpu …')
  })

  it('of parts on two backends is no failover', () => {
    const other = sent('o', { backend: 'nas', tasks: ['clip/visual'] })
    expect(attemptsText(of(good, other).attempts)).toBe('gpu ✓ nas ✓')
    expect(of(sent('x', { ...failed, tasks: ['clip/visual'] }), good).isFailover).toBe(false)
  })

  it('leaves out what was sent again by hand', () => {
    const replayed = sent('r', { backend: 'late', timestamp: at(10), cause: 'replay' })
    const later = sent('l', { backend: 'later', timestamp: at(900) })
    expect(attemptsText(of(good, replayed, later).attempts)).toBe('gpu ✓')
    // A replay through the proxy has attempts like any request.
    const again = { ...incoming, cause: 'replay' } as const
    expect(attemptsText(traceFor(again, tracesOf([again, good])).attempts)).toBe('gpu ✓')
  })

  it('of a record without an incoming one is its own attempt', () => {
    expect(attemptsText(traceFor(failed, tracesOf([failed])).attempts)).toBe('nas ✗')
  })
})

describe('what was asked', () => {
  const withParts = (parts: NonNullable<DebugRecord['request']['body']['parts']>): DebugRecord => {
    const record = recordOf({ id: 'x' })
    return { ...record, request: { ...record.request, body: { ...record.request.body, parts } } }
  }
  const entries = { name: 'entries', contentType: '', size: 2, preview: '{}' }

  it('is the searched text, the picture, or the call', () => {
    const text = withParts([entries, { name: 'text', contentType: '', size: 6, preview: 'sunset' }])
    expect([searchText(text), whatText(text), imagePart(text)]).toEqual(['sunset', '“sunset”', undefined])
    const image = withParts([entries, { name: 'image', filename: 'blob', contentType: '', size: 9 }])
    expect([searchText(image), whatText(image), imagePart(image)]).toEqual([undefined, '', 1])
    expect(whatText(recordOf({ id: 'p', method: 'GET', url: '/nope' }))).toBe('GET /nope')
  })

  it.each([
    ['/ping', true],
    ['/ping/', true],
    ['/ping?x=1', true],
    ['/pingpong', false],
    ['/predict', false],
  ])('GET %s is a ping: %s', (url, expected) => {
    expect(isPing(recordOf({ id: 'x', method: 'GET', url }))).toBe(expected)
  })
})
