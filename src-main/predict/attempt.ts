/** One attempt: sends a dispatch to one backend and judges the answer. */
import type { Backend } from '../backends/backend.ts'
import type { Answer } from '../backends/client.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import type { RecordCause } from '../../src-shared/api.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { OutgoingBody } from '../wire/body-types.ts'
import type { Asked } from './answer-content.ts'
import { recordAttempt } from './record-attempt.ts'
import { judgeAnswer, judgeError, type Verdict } from './verdict.ts'

export interface AttemptRequest {
  readonly backend: Backend
  readonly body: OutgoingBody
  /** Names and values in turn, without those of the body; the backend's own are added. */
  readonly headers: readonly string[]
  readonly cancellation: Cancellation
  /** The verdict where it was cancelled by us; undefined where it was not. */
  readonly ended?: () => Verdict | undefined
  /** Milliseconds from now until the whole answer must be there. */
  readonly timeoutMs: number
  /** The entries of the dispatch. */
  readonly asked: Asked
  /** For its record: the entries as `task/type`. Called in debug mode alone. */
  readonly tasks: () => string[]
  /** For its record: the id of the incoming one, where there is one. */
  readonly traceId: string | undefined
  /** For its record: how long it waited for a slot, milliseconds. */
  readonly waitMs: number
  /** For its record: how long it waited for a backend to come back, milliseconds; absent where it did not. */
  readonly heldMs?: number
  /** For its record: why it was sent, where Immich did not ask for it. */
  readonly cause?: RecordCause | undefined
}

/** An attempt that has ended. */
export interface Attempt {
  readonly backend: Backend
  /** Undefined where there was no answer. */
  readonly answer: Answer | undefined
  readonly verdict: Verdict
  readonly durationMs: number
}

/** A failed attempt, or a wait that ended without a slot, as errors and records show it. */
export interface FailedAttempt {
  readonly backend: string
  readonly reason: string
  readonly cause: 'no-slot' | 'timeout' | 'failure' | 'not-asked'
}

/** Sends a prediction to a backend, judges its answer, and records both in debug mode. */
export async function sendAttempt(recorder: Recorder, request: AttemptRequest): Promise<Attempt> {
  const { backend, body } = request
  const startedAt = performance.now()
  const record = recorder.enabled ? recordAttempt(recorder, request) : undefined
  let answer: Answer | undefined
  let verdict: Verdict
  try {
    answer = await backend.client.send({
      method: 'POST',
      path: '/predict',
      headers: ['content-type', body.contentType, ...request.headers],
      chunks: body.chunks,
      length: body.length,
      timeoutMs: request.timeoutMs,
      cancellation: request.cancellation,
    })
    verdict = judgeAnswer(answer, request.asked)
  } catch (error) {
    verdict = judgeError(error)
    if (verdict.kind === 'aborted') verdict = request.ended?.() ?? verdict
  }
  record?.(answer, verdict)
  return { backend, answer, verdict, durationMs: performance.now() - startedAt }
}
