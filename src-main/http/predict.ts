/**
 * The listener of `POST /predict`, before Express: an image library sends a hundred thousand of these, and
 * Express's routing and its wrapped request and response cost more per request than the whole relay.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HOPS_HEADER } from '../backends/client.ts'
import { Cancellation } from '../platform/cancellation.ts'
import { MAX_BODY_BYTES, USUAL_HEAD_BYTES } from '../wire/limits.ts'
import { RETRY_AFTER_SECONDS } from '../predict/limits.ts'
import { MAX_PROXY_HOPS } from './limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ClientGone, type Admission } from '../predict/admission.ts'
import { readPredictionBody, requireBoundary } from '../wire/prediction-body.ts'
import type { PredictionBody } from '../wire/body-types.ts'
import { entryName } from '../wire/entries.ts'
import type { KnownEntries } from '../predict/known-entries.ts'
import { forwardedHeaders, hopsOf } from '../wire/headers.ts'
import type { Predictor, Reply } from '../predict/predictor.ts'
import type { QueuePositions } from '../predict/queue.ts'
import { HeldBytes } from '../predict/held-bytes.ts'
import type { BufferPool } from '../predict/memory/buffer-pool.ts'
import type { TimeLimits } from '../platform/time-limits.ts'
import { announcedLength, bodyTooLarge, receiveBody, type ReceiveOptions } from '../predict/receive.ts'
import type { Recorder, Recording } from '../traffic/recorder.ts'
import { sliceChunks, type Bytes } from '../wire/bytes.ts'
import type { AccessControl } from './guard/access-control.ts'
import { loopError, PASSIVE_PAIRS, reasonPhrase, sendJsonError } from './answer.ts'

export interface PredictDeps {
  predictor: Predictor
  recorder: Recorder
  admission: Admission
  positions: QueuePositions
  knownEntries: KnownEntries
  log: Logger
  door: AccessControl
  /** Names this proxy in the hops header. */
  proxyId: string
  bufferPool: BufferPool
  limits?: Pick<ReceiveOptions, 'maxBytes' | 'idleTimeoutMs'>
  /** Those of the bodies. */
  timeLimits: TimeLimits
}

export type PredictListener = (request: IncomingMessage, response: ServerResponse) => void

/** One request on its way. */
interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly recording: Recording | undefined
  /** On the monotonic clock, milliseconds. */
  readonly startedAt: number
}

const PREDICT_PATH = /^\/predict\/?(?:\?|$)/

/** Whether a request is a prediction, and so not Express's. */
export function isPredict(request: IncomingMessage): boolean {
  return request.method === 'POST' && PREDICT_PATH.test(request.url ?? '')
}

/** The listener of predictions: answers each request itself, whatever happens. */
export function createPredictListener(deps: PredictDeps): PredictListener {
  return (request, response) => {
    const exchange: Exchange = {
      request,
      response,
      startedAt: performance.now(),
      // Who may not come in must not push out what is recorded.
      recording:
        deps.recorder.enabled && deps.door.verdictOf(request.socket).infer
          ? deps.recorder.incoming({
              method: request.method ?? '',
              url: request.url ?? '',
              rawHeaders: request.rawHeaders,
            })
          : undefined,
    }
    void answer(deps, exchange)
  }
}

async function answer(deps: PredictDeps, exchange: Exchange): Promise<void> {
  try {
    send(exchange, await handle(deps, exchange))
  } catch (error) {
    fail(deps, exchange, error)
  } finally {
    logEnd(deps.log, exchange)
  }
}

/** Failures as warnings; every request at level debug. */
function logEnd(log: Logger, { response, startedAt }: Exchange): void {
  const { statusCode: status, statusMessage: reason } = response
  const failed = response.headersSent && status >= 500
  if (!failed && !log.isLevelEnabled('debug')) return
  const ms = Math.round((performance.now() - startedAt) * 10) / 10
  if (failed) log.warn({ status, reason, ms }, 'POST /predict')
  else if (response.headersSent) log.debug({ status, ms }, 'POST /predict')
  else log.debug({ ms }, 'POST /predict: given up by the client')
}

/** What the headers say of a request that was let in. */
interface Admitted {
  /** The proxies that it has passed. */
  readonly hops: readonly string[]
  readonly contentType: string
  readonly boundary: string
  /** Bytes; undefined where the length was not announced. */
  readonly announced: number | undefined
}

/**
 * Lets a request in by what its headers say.
 * @throws {AppError}
 */
function admit(deps: PredictDeps, request: IncomingMessage): Admitted {
  const refusal = deps.door.inferenceRefusal(request.socket)
  if (refusal !== undefined) throw refusal
  const hops = hopsOf(request.headers[HOPS_HEADER])
  if (hops.includes(deps.proxyId) || hops.length >= MAX_PROXY_HOPS) throw loopError()
  const contentType = request.headers['content-type'] ?? ''
  const boundary = requireBoundary(contentType)
  const announced = announcedLength(request)
  const maxBytes = deps.limits?.maxBytes ?? MAX_BODY_BYTES
  if (announced !== undefined && announced > maxBytes) throw bodyTooLarge(maxBytes)
  return { hops, contentType, boundary, announced }
}

async function handle(deps: PredictDeps, exchange: Exchange): Promise<Reply> {
  const { request, response } = exchange
  const admitted = admit(deps, request)
  const { announced, hops } = admitted
  const cancellation = new Cancellation()
  response.once('close', () => {
    if (!response.writableFinished) cancellation.cancel()
  })
  const held = new HeldBytes(deps.admission.heldBytes, deps.positions, cancellation)
  let buffer: Buffer | undefined
  try {
    const room = held.begin(announced)
    if (room !== undefined) await room
    buffer = deps.bufferPool.acquire(announced)
    // Every property by name: V8 makes an object that begins with a spread in many slow steps.
    const bytes = await receiveBody(request, {
      maxBytes: deps.limits?.maxBytes,
      idleTimeoutMs: deps.limits?.idleTimeoutMs,
      timeLimits: deps.timeLimits,
      into: buffer,
      onBytes: (length) => held.grow(length),
    })
    const { recording } = exchange
    const found = read(recording, admitted, recording === undefined ? bytes : withHeadApart(bytes))
    const body = found instanceof Promise ? await found : found
    return await predict(deps, exchange, body, cancellation, [...hops, deps.proxyId])
  } finally {
    held.release()
    if (buffer !== undefined) deps.bufferPool.release(buffer)
  }
}

/**
 * A body cut behind its usual head, the only part that differs between backends: what follows goes to each of them as
 * the same piece, and records store the same piece once.
 */
function withHeadApart({ chunks, length }: Bytes): Bytes {
  return {
    chunks: [...sliceChunks(chunks, 0, USUAL_HEAD_BYTES), ...sliceChunks(chunks, USUAL_HEAD_BYTES, length)],
    length,
  }
}

function read(
  recording: Recording | undefined,
  { contentType, boundary }: Admitted,
  bytes: Bytes,
): PredictionBody | Promise<PredictionBody> {
  recording?.requestBody({ chunks: bytes.chunks, length: bytes.length, contentType })
  return readPredictionBody(bytes, contentType, boundary)
}

function predict(
  deps: PredictDeps,
  { request, recording, startedAt }: Exchange,
  body: PredictionBody,
  cancellation: Cancellation,
  hops: readonly string[],
): Promise<Reply> {
  const entries = deps.knownEntries.parse(body.entriesText)
  recording?.tasks(entries.map(entryName))
  return deps.predictor.predict({
    body,
    entries,
    headers: forwardedHeaders(request.rawHeaders, request.headers.connection, hops.join(',')),
    cancellation,
    traceId: recording?.id,
    startedAt,
  })
}

function send({ response, recording }: Exchange, reply: Reply): void {
  const length = String(reply.body.length)
  const headers = ['content-type', reply.contentType, 'content-length', length, ...PASSIVE_PAIRS]
  if (reply.retryAfter !== undefined) headers.push('retry-after', reply.retryAfter)
  if (reply.reason === undefined) response.writeHead(reply.status, headers)
  else response.writeHead(reply.status, reasonPhrase(reply.reason), headers)
  response.end(reply.body)
  recording?.finish(
    {
      statusCode: reply.status,
      rawHeaders: headers,
      body: { chunks: [reply.body], length: reply.body.length, contentType: reply.contentType },
    },
    reply.reason,
  )
}

function fail(deps: PredictDeps, { response, recording }: Exchange, error: unknown): void {
  if (error instanceof ClientGone) {
    recording?.fail('given up by the client')
    response.destroy()
    return
  }
  const known =
    error instanceof AppError
      ? error
      : new AppError('INTERNAL', 500, 'Something went wrong in the proxy; its log says what')
  if (known !== error) deps.log.error({ err: error }, `prediction failed: ${errorText(error)}`)
  const extra = known.status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
  const body = sendJsonError(response, known, extra)
  recording?.finish(
    {
      statusCode: known.status,
      rawHeaders: ['content-type', 'application/json'],
      body: { chunks: [body], length: body.length, contentType: 'application/json' },
    },
    known.message,
  )
}
