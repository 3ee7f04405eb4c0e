import { describe, expect, test } from 'vitest'
import type { Answer } from '../../../src-main/backends/client.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import { judgeAnswer, judgeError } from '../../../src-main/predict/verdict.ts'

const answer = (status: number, body = ''): Answer => ({ status, headers: {}, body: Buffer.from(body) })

describe('an answer', () => {
  test.each([
    [200, '{"clip":"[1]"}', { kind: 'success' }],
    [200, '<html>', { kind: 'failed', reason: 'answered 200 without a JSON object', lost: false }],
    [200, '{"clip":"[1', { kind: 'failed', reason: 'answered 200 without a JSON object' }],
    [204, '', { kind: 'failed', reason: 'answered 204' }],
    [301, '', { kind: 'failed', reason: 'answered 301, a redirect; give the final URL' }],
    [400, '', { kind: 'refused', blame: undefined }],
    [404, '', { kind: 'refused', blame: 'answered 404' }],
    [422, '', { kind: 'refused', blame: undefined }],
    [429, '', { kind: 'failed', reason: 'answered 429' }],
    [500, '', { kind: 'doubtful', reason: 'answered 500' }],
    [503, '', { kind: 'failed', reason: 'answered 503', timedOut: false }],
    [508, '', { kind: 'failed', reason: expect.stringContaining('leads back to the proxy') as string }],
  ])('%i %s', (status, body, verdict) => {
    expect(judgeAnswer(answer(status, body))).toMatchObject(verdict)
  })
})

describe('no answer', () => {
  test.each([
    ['refused', new BackendError('connect', 'connection refused'), { lost: true, timedOut: false }],
    ['reset', new BackendError('reset', 'connection reset'), { lost: true, timedOut: false }],
    [
      'late, connected',
      new BackendError('timeout', 'late', { connected: true }),
      { lost: false, timedOut: true },
    ],
    [
      'late, not connected',
      new BackendError('timeout', 'late', { connected: false }),
      { lost: true, timedOut: true },
    ],
    ['broken', new BackendError('answer', 'not an HTTP answer'), { lost: false, timedOut: false }],
  ])('%s', (_what, error, verdict) => {
    expect(judgeError(error)).toEqual({ kind: 'failed', reason: error.message, ...verdict })
  })

  test('given up by the client', () => {
    expect(judgeError(new BackendError('aborted', 'given up by the client'))).toEqual({ kind: 'aborted' })
  })

  test('a defect of this program is no verdict on a backend', () => {
    const defect = new TypeError('x is not a function')
    expect(() => judgeError(defect)).toThrow(defect)
  })
})
