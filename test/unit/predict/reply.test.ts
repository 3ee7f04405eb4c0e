import { describe, expect, test } from 'vitest'
import { AppError } from '../../../src-main/platform/errors.ts'
import type { FailedAttempt } from '../../../src-main/predict/attempt.ts'
import { replyOfAnswer, replyOfError, replyOfFailure } from '../../../src-main/predict/reply.ts'
import type { Dispatch } from '../../../src-shared/routing/plan.ts'

const dispatch: Dispatch = {
  tiers: [{ key: 'default', pool: ['gpu', 'nas'], share: 'round-robin', policy: 'strict' }],
  entries: [{ task: 'clip', type: 'visual', json: '{}' }],
}
const failed = (backend: string, cause: FailedAttempt['cause'], reason: string = cause): FailedAttempt => ({
  backend,
  reason,
  cause,
})

describe('a dispatch that failed', () => {
  test.each([
    ['all full', [failed('gpu', 'no-slot'), failed('nas', 'no-slot')], 503, '5'],
    ['one full, one down', [failed('gpu', 'no-slot'), failed('nas', 'failure')], 502, undefined],
    ['all late', [failed('gpu', 'timeout'), failed('nas', 'timeout')], 504, undefined],
    ['one late', [failed('gpu', 'timeout'), failed('nas', 'failure')], 502, undefined],
    ['no attempt before the time was over', [], 504, undefined],
  ])('%s', (_what, attempts, status, retryAfter) => {
    expect(replyOfFailure(dispatch, attempts)).toMatchObject({ status, retryAfter })
  })

  test('names each attempt in the body and in the reason phrase', () => {
    const reply = replyOfFailure(dispatch, [
      failed('gpu', 'failure', 'reset'),
      failed('nas', 'timeout', 'late'),
    ])
    expect(reply.reason).toBe('gpu: reset; nas: late')
    expect(JSON.parse(reply.body.toString())).toEqual({
      error: 'No backend answered: gpu: reset; nas: late',
      errors: ['gpu: reset', 'nas: late'],
    })
  })

  test('without any backend configured for it says where to add one', () => {
    const reply = replyOfFailure({ ...dispatch, tiers: [] }, [])
    expect(reply.status).toBe(503)
    expect(reply.body.toString()).toContain(
      'No backend is configured for clip/visual; add one on the page /config',
    )
  })
})

test('an answer is handed on as it came, an error with the attempts as its reason', () => {
  const body = Buffer.from('{"a":1}')
  const answer = { status: 429, headers: { 'content-type': 'application/json', 'retry-after': '7' }, body }
  const reply = replyOfAnswer(answer, false, [failed('gpu', 'failure', 'answered 429')])
  expect(reply).toMatchObject({ status: 429, contentType: 'application/json', retryAfter: '7', body })
  expect(reply.reason).toBe('gpu: answered 429')
  expect(replyOfAnswer({ ...answer, status: 200 }, true, []).reason).toBeUndefined()
})

test('an error of ours is told with its details; a 503 says when to try again', () => {
  expect(replyOfError(new AppError('BODY_TOO_LARGE', 413, 'too large'))).toMatchObject({
    status: 413,
    reason: 'too large',
    retryAfter: undefined,
    body: Buffer.from('{"error":"too large"}'),
  })
  expect(replyOfError(new AppError('BUSY', 503, 'busy')).retryAfter).toBe('5')
})
