/** `POST /api/debug/records/{id}/replay`: sends a recorded prediction again, while its body is stored. */
import { Router } from 'express'
import * as z from 'zod'
import type { ReplayResult } from '../../../src-shared/api.ts'
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import { judge } from '../../../src-shared/config/schema.ts'
import { REQUEST_TIMEOUT_MS } from '../../../src-shared/limits.ts'
import type { Backend, BackendRegistry } from '../../backends/backend.ts'
import { headerOf } from '../../backends/client.ts'
import { HUNG_UP } from '../answer.ts'
import { Cancellation, ClientGone } from '../../platform/cancellation.ts'
import { AppError } from '../../platform/errors.ts'
import type { Admission } from '../../predict/admission.ts'
import { sendAttempt } from '../../predict/attempt.ts'
import type { BackendSlots } from '../../predict/backend-slots.ts'
import type { PredictionHandler } from '../../predict/handler.ts'
import { slotOn } from '../../predict/one-backend.ts'
import type { QueuePositions } from '../../predict/queue.ts'
import type { Running } from '../../predict/schedule/backend-load.ts'
import type { Permit } from '../../predict/semaphore.ts'
import { workOf } from '../../predict/work-kind.ts'
import type { Recorder } from '../../traffic/recorder.ts'
import type { Body, BodyReader } from '../../traffic/recording.ts'

export interface ReplayDeps {
  readonly recorder: Recorder
  readonly registry: BackendRegistry
  readonly handler: PredictionHandler
  readonly admission: Admission
  readonly positions: QueuePositions
  readonly slots: BackendSlots
  /** The name of this proxy in the hops header. */
  readonly proxyId: string
}

/** The record that is replayed; the new record is shown with it. */
interface Trace {
  readonly traceId: string
  readonly tasks: string[]
}

/** The entries of the record. */
function entriesOf({ tasks }: Trace): { task: string; type: string }[] {
  return tasks.map((entry) => {
    const at = entry.lastIndexOf('/')
    return { task: entry.slice(0, at), type: entry.slice(at + 1) }
  })
}

const replaySchema = z.object({ backend: z.string().optional() })

const notKept = (): AppError =>
  new AppError('NOT_KEPT', 404, 'The request is not kept (any more), so it cannot be sent again')

/** A copy of a recorded body, made only when its memory is reserved. @throws {AppError} NOT_KEPT (404) */
function copyOf({ length, contentType, read }: BodyReader): Body {
  const bytes = read(0, length)
  if (bytes === undefined) throw notKept()
  return { chunks: [bytes], length, contentType }
}

/** What `POST /predict` answers to the body now, an error included. */
async function throughProxy(
  { handler }: ReplayDeps,
  body: BodyReader,
  cancellation: Cancellation,
): Promise<ReplayResult> {
  const startedAt = performance.now()
  const { reply, recordId } = await handler.handle({
    url: '/predict',
    rawHeaders: ['content-type', body.contentType],
    contentType: body.contentType,
    connection: undefined,
    hops: [],
    body: {
      announcedLength: () => body.length,
      read: () => new Promise((resolve) => resolve(copyOf(body))),
      release: () => undefined,
    },
    cancellation,
    startedAt,
    cause: 'replay',
  })
  return {
    statusCode: reply.status,
    durationMs: Math.round(performance.now() - startedAt),
    contentType: reply.contentType,
    body: reply.body.toString('utf8'),
    ...(recordId === undefined ? {} : { recordId }),
  }
}

/** What one backend answers, whatever its health. It waits for a slot like any prediction. */
async function toBackend(
  deps: ReplayDeps,
  backend: Backend,
  body: BodyReader,
  trace: Trace,
  cancellation: Cancellation,
): Promise<ReplayResult> {
  const { admission, positions, slots } = deps
  const position = positions.take()
  const bytePermit = await admission.acquireBytes(body.length, position, cancellation)
  let slot: Running | undefined
  let permit: Permit | undefined
  try {
    slot = await slotOn(backend, { slots, position, work: workOf(entriesOf(trace)), cancellation })
    permit = await admission.acquirePrediction(position, cancellation)
    return await attemptOn(deps, backend, copyOf(body), trace, cancellation)
  } finally {
    permit?.release()
    // The result is not used to learn the slots of the backend.
    if (slot !== undefined) slots.end(slot, 'cancelled')
    bytePermit.release()
  }
}

async function attemptOn(
  { recorder, proxyId }: ReplayDeps,
  backend: Backend,
  body: Body,
  trace: Trace,
  cancellation: Cancellation,
): Promise<ReplayResult> {
  const { answer, verdict, durationMs } = await sendAttempt(recorder, {
    backend,
    body,
    headers: [HOPS_HEADER, proxyId],
    cancellation,
    timeoutMs: backend.config.timeoutMs ?? REQUEST_TIMEOUT_MS,
    asked: entriesOf(trace),
    tasks: () => trace.tasks,
    traceId: trace.traceId,
    waitMs: 0,
    cause: 'replay',
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

/** What the request names: a backend, or none for the way through the proxy. @throws {AppError} (400) */
function wantedBackend(registry: BackendRegistry, requestBody: unknown): Backend | undefined {
  const judged = judge(replaySchema, requestBody ?? {})
  if (!judged.ok) {
    throw new AppError('BODY_INVALID', 400, 'The body must be JSON like {"backend": "gpu"} or {}')
  }
  const { backend: name } = judged.value
  if (name === undefined) return undefined
  const backend = registry.current.get(name)
  if (backend === undefined) throw new AppError('NO_BACKEND', 400, `"${name}" is not a configured backend`)
  return backend
}

/** Below `/api/debug`: the replay, through the proxy or to a named backend. */
export function replayRoutes(deps: ReplayDeps): Router {
  const { recorder, registry } = deps
  const router = Router()
  router.post('/records/:id/replay', async (request, response) => {
    const { id } = request.params
    const record = recorder.get(id)
    const body = recorder.reader(id, 'request')
    if (record === undefined || body === undefined) throw notKept()
    const backend = wantedBackend(registry, request.body)
    const cancellation = new Cancellation()
    response.once('close', () => cancellation.cancel()).once(HUNG_UP, () => cancellation.cancel())
    const { traceId, tasks = [] } = record
    const result =
      backend === undefined
        ? await throughProxy(deps, body, cancellation)
        : await toBackend(deps, backend, body, { traceId, tasks }, cancellation)
    response.json(result)
  })
  return router
}
