import { describe, expect, it } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { failureSentences } from '../../../src-renderer/lib/failures.ts'
import { recordOf } from '../support/records.ts'

describe('the sentences of a failure', () => {
  it('name the backend that failed and the one that was tried next', () => {
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
    const replayed = sent('r', { backend: 'gpu', timestamp: at(60_000), durationMs: 60 })

    const sentence = 'nas answered 503 (Service Unavailable); the proxy tried gpu next.'
    expect(failureSentences(failed, [incoming, failed, good])).toEqual([sentence])
    expect(failureSentences(incoming, [incoming, failed, good])).toEqual([sentence])
    expect(failureSentences(good, [incoming, failed, good])).toEqual([])
    // What was sent again by hand, long after, is no second attempt.
    const lost = { ...incoming, error: 'nas: answered 503' }
    lost.response = { ...lost.response, statusCode: 502 }
    expect(failureSentences(lost, [lost, failed, replayed])).toEqual([
      'nas answered 503 (Service Unavailable).',
      'Immich was answered 502 (Bad Gateway).',
    ])
    // An answer that was handed on is one error, not two.
    const handedOn = { ...incoming, error: 'nas: answered 503' }
    handedOn.response = { ...handedOn.response, statusCode: 503 }
    expect(failureSentences(handedOn, [handedOn, failed])).toEqual([
      'nas answered 503 (Service Unavailable), and so was Immich.',
    ])
    const refused = sent('c', { backend: 'nas', status: 0, error: 'connection refused' })
    expect(failureSentences(refused, [refused])).toEqual(['nas: connection refused.'])
    const odd = sent('d', { backend: 'nas', error: 'answered 200 without a JSON object' })
    expect(failureSentences(odd, [odd])).toEqual(['nas answered 200 without a JSON object.'])
    const none = recordOf({ id: 'n', status: 503, error: 'no backend configured' })
    expect(failureSentences(none, [none])).toEqual([
      'no backend configured. Immich was answered 503 (Service Unavailable).',
    ])
  })
})
