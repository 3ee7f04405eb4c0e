/** `POST /api/debug/records/{id}/replay`: a recorded prediction once more, as long as its body is kept. */
import { Router } from 'express'
import * as z from 'zod'
import type { ReplayResult } from '../../../src-shared/api.ts'
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import { headerOf } from '../../backends/client.ts'
import { Cancellation, ClientGone } from '../../platform/cancellation.ts'
import { REQUEST_TIMEOUT_MS } from '../../../src-shared/limits.ts'
import { AppError } from '../../platform/errors.ts'
import { sendAttempt } from '../../predict/attempt.ts'
import { readPredictionBody } from '../../wire/prediction-body.ts'
import { entryName, parseEntries } from '../../wire/entries.ts'
import { judge } from '../../../src-shared/config/schema.ts'
import type { Body } from '../../traffic/recorder.ts'
import type { ServiceParts } from '../parts.ts'

const replaySchema = z.object({ backend: z.string().optional() })

async function throughProxy(
  parts: ServiceParts,
  body: Body,
  cancellation: Cancellation,
): Promise<ReplayResult> {
  const { recorder, predictor, proxyId } = parts
  const started = performance.now()
  const rawHeaders = ['content-type', body.contentType]
  const recording = recorder.enabled
    ? recorder.incoming({ method: 'POST', url: '/predict', rawHeaders })
    : undefined
  recording?.requestBody(body)
  try {
    const found = await readPredictionBody(body, body.contentType)
    const entries = parseEntries(found.entriesText)
    recording?.tasks(entries.map(entryName))
    const headers = [HOPS_HEADER, proxyId]
    const reply = await predictor.predict({
      body: found,
      entries,
      headers,
      cancellation,
      traceId: recording?.id,
      startedAt: started,
    })
    const { status, contentType, body: answer } = reply
    recording?.finish(
      {
        statusCode: status,
        rawHeaders: ['content-type', contentType],
        body: { chunks: [answer], length: answer.length, contentType },
      },
      reply.reason,
    )
    return {
      statusCode: status,
      durationMs: Math.round(performance.now() - started),
      contentType,
      body: answer.toString('utf8'),
      ...(recording === undefined ? {} : { recordId: recording.id }),
    }
  } catch (error) {
    recording?.fail(error instanceof Error ? error.message : String(error))
    throw error
  }
}

async function toBackend(
  { recorder, registry, proxyId }: ServiceParts,
  name: string,
  body: Body,
  { traceId, tasks }: { traceId: string; tasks: string[] },
  cancellation: Cancellation,
): Promise<ReplayResult> {
  const backend = registry.current.get(name)
  if (backend === undefined) throw new AppError('NO_BACKEND', 400, `"${name}" is not a configured backend`)
  const { answer, verdict, durationMs } = await sendAttempt(recorder, {
    backend,
    body,
    headers: [HOPS_HEADER, proxyId],
    cancellation,
    timeoutMs: backend.config.timeoutMs ?? REQUEST_TIMEOUT_MS,
    tasks: () => tasks,
    traceId,
    waitMs: 0,
  })
  if (verdict.kind === 'aborted') throw new ClientGone()
  if (answer === undefined) {
    const reason = verdict.kind === 'failed' ? verdict.reason : 'no answer'
    throw new AppError('REPLAY_FAILED', 502, `${backend.name}: ${reason}`)
  }
  return {
    statusCode: answer.status,
    durationMs: Math.round(durationMs),
    contentType: headerOf(answer, 'content-type') ?? '',
    body: answer.body.toString('utf8'),
  }
}

/** Below `/api/debug`: the replay, through the proxy or to a named backend. */
export function replayRoutes(parts: ServiceParts): Router {
  const router = Router()
  router.post('/records/:id/replay', async (request, response) => {
    const { id } = request.params
    const record = parts.recorder.get(id)
    const body = parts.recorder.requestBody(id)
    if (record === undefined || body === undefined) {
      throw new AppError('NOT_KEPT', 404, 'The request is not kept (any more), so it cannot be sent again')
    }
    const judged = judge(replaySchema, request.body ?? {})
    if (!judged.ok)
      throw new AppError('BODY_INVALID', 400, 'The body must be JSON like {"backend": "gpu"} or {}')
    const cancellation = new Cancellation()
    response.once('close', () => cancellation.cancel())
    const { backend } = judged.value
    const { traceId, tasks = [] } = record
    const result =
      backend === undefined
        ? await throughProxy(parts, body, cancellation)
        : await toBackend(parts, backend, body, { traceId, tasks }, cancellation)
    response.json(result)
  })
  return router
}
