/** Records the outgoing half of a trace. Called only while debug mode is on. */
import { headerOf, type Answer } from '../backends/client.ts'
import { flatHeaders } from '../traffic/describe.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { AttemptRequest } from './attempt.ts'
import type { Verdict } from './verdict.ts'

function reasonOf(verdict: Verdict): string | undefined {
  if (verdict.kind === 'failed' || verdict.kind === 'doubtful' || verdict.kind === 'broken')
    return verdict.reason
  return verdict.kind === 'aborted' ? (verdict.reason ?? 'given up by the client') : undefined
}

/** Begins the record of one attempt and returns the function that ends it. */
export function recordAttempt(
  recorder: Recorder,
  { backend, body, headers, tasks, traceId, waitMs, heldMs, cause }: AttemptRequest,
): (answer: Answer | undefined, verdict: Verdict) => void {
  const own = backend.config.headers ?? {}
  const recording = recorder.outgoing({
    method: 'POST',
    url: `${backend.config.url.replace(/\/+$/, '')}/predict`,
    rawHeaders: ['content-type', body.contentType, ...headers, ...Object.entries(own).flat()],
    traceId: traceId ?? '',
    backend: backend.name,
    tasks: tasks(),
    waitMs,
    heldMs,
    cause,
    secretHeaders: new Set(Object.keys(own).map((name) => name.toLowerCase())),
  })
  recording.requestBody(body)
  return (answer, verdict) => {
    const reason = reasonOf(verdict)
    if (answer === undefined) {
      recording.fail(reason ?? 'no answer')
      return
    }
    const contentType = headerOf(answer, 'content-type') ?? ''
    recording.finish(
      {
        statusCode: answer.status,
        rawHeaders: flatHeaders(answer.headers),
        body: { chunks: [answer.body], length: answer.body.length, contentType },
      },
      reason,
    )
  }
}
