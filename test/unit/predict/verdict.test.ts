import { describe, expect, test } from 'vitest'
import type { Answer } from '../../../src-main/backends/client.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import { judgeAnswer, judgeError, retryAfterMs } from '../../../src-main/predict/verdict.ts'

const answer = (status: number, body = ''): Answer => ({ status, headers: {}, body: Buffer.from(body) })

describe('an answer', () => {
  test.each([
    [200, '{"clip":"[1]"}', { kind: 'success' }],
    [200, '{"clip":"[1]"}', { kind: 'success', form: 'text' }],
    [200, '{"clip":[1]}', { kind: 'success', form: 'list' }],
    [200, '{"clip":[]}', { kind: 'success', form: undefined }],
    [200, '{"clip":[{"embedding":"[1]"}]}', { kind: 'success', form: 'text' }],
    [200, '{"clip":[{"embedding":[1]}]}', { kind: 'success', form: 'list' }],
    [200, '{}', { kind: 'failed', reason: 'answered 200 without clip' }],
    [200, '{"detail":"x","imageWidth":1}', { kind: 'failed', reason: 'answered 200 without clip' }],
    [200, '{"clip":null}', { kind: 'failed', reason: 'answered 200 without clip' }],
    [200, '{"clip":""}', { kind: 'failed', reason: 'answered 200 without clip' }],
    [200, '<html>', { kind: 'failed', reason: 'answered 200 without a JSON object', lost: false }],
    [200, '{"clip":"[1', { kind: 'failed', reason: 'answered 200 without a JSON object' }],
    [204, '', { kind: 'failed', reason: 'answered 204' }],
    [301, '', { kind: 'failed', reason: 'answered 301, a redirect; give the final URL' }],
    [400, '', { kind: 'refused', isMisconfigured: false }],
    [404, '', { kind: 'refused', isMisconfigured: true, reason: 'answered 404' }],
    [422, '', { kind: 'refused', isMisconfigured: false }],
    [429, '', { kind: 'failed', reason: 'answered 429' }],
    [500, '', { kind: 'doubtful', reason: 'answered 500' }],
    [503, '', { kind: 'failed', reason: 'answered 503', timedOut: false }],
    [508, '', { kind: 'failed', reason: expect.stringContaining('leads back to the proxy') as string }],
  ])('%i %s', (status, body, verdict) => {
    expect(judgeAnswer(answer(status, body), [{ task: 'clip' }])).toMatchObject(verdict)
  })
})

test('each task must be there, in either spelling; each that is missing is named once', () => {
  const asked = ['facial-recognition', 'ocr', 'ocr', 'größe'].map((task) => ({ task }))
  expect(judgeAnswer(answer(200, '{"facial_recognition":[],"größe":{}}'), asked)).toMatchObject({
    reason: 'answered 200 without ocr',
  })
  expect(judgeAnswer(answer(200, '{"facial_recognition":[],"ocr":{},"größe":{}}'), asked).kind).toBe(
    'success',
  )
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
    const isReset = error.kind === 'reset'
    expect(judgeError(error)).toEqual({ kind: 'failed', reason: error.message, isReset, ...verdict })
  })

  test('given up by the client', () => {
    expect(judgeError(new BackendError('aborted', 'given up by the client'))).toEqual({ kind: 'aborted' })
  })

  test('a defect of this program is no verdict on a backend', () => {
    const defect = new TypeError('x is not a function')
    expect(() => judgeError(defect)).toThrow(defect)
  })
})

test.each([
  [undefined, 0],
  ['5', 5_000],
  ['0', 0],
  ['-5', 0],
  ['9999999', 120_000],
  ['Thu, 01 Jan 1970 00:00:30 GMT', 20_000],
  ['Thu, 01 Jan 1970 00:00:05 GMT', 0],
  ['soon', 0],
])('Retry-After %j is a pause of %i ms, at 10 s after 1970', (header, ms) => {
  expect(retryAfterMs(header, 10_000)).toBe(ms)
})

test.each([429, 503])('%i with Retry-After asks for a pause', (status) => {
  const given = { ...answer(status), headers: { 'retry-after': '7' } }
  expect(judgeAnswer(given, [])).toMatchObject({ kind: 'failed', pauseMs: 7_000 })
})
