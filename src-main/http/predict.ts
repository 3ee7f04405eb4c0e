/**
 * The listener of `POST /predict`, before Express: an image library sends a hundred thousand of these, and
 * Express's routing and its wrapped request and response cost more per request than the whole relay.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HOPS_HEADER } from '../backends/client.ts'
import { Cancellation } from '../cancellation.ts'
import { MAX_BODY_BYTES, MAX_PROXY_HOPS, RETRY_AFTER_SECONDS, SMALL_BODY_BYTES } from '../defaults.ts'
import { AppError, errorText } from '../errors.ts'
import type { Logger } from '../log.ts'
import { ClientGone, type Admission } from '../predict/admission.ts'
import { readPredictionBody, requireBoundary, type Bytes } from '../predict/body.ts'
import { entryName, parseEntries } from '../predict/entries.ts'
import { forwardedHeaders, hopsOf } from '../predict/headers.ts'
import type { Predictor, Reply } from '../predict/predictor.ts'
import type { TicketCounter } from '../predict/queue.ts'
import { announcedLength, bodyTooLarge, receiveBody, type ReceiveLimits } from '../predict/receive.ts'
import type { Recorder, Recording } from '../traffic/recorder.ts'
import { flatHeaders } from '../traffic/describe.ts'
import type { Door } from './guard/door.ts'
import { loopError, reasonPhrase, sendJsonError } from './answer.ts'

export interface PredictDeps {
  predictor: Predictor
  recorder: Recorder
  admission: Admission
  tickets: TicketCounter
  log: Logger
  door: Door
  /** Names this proxy in the hops header. */
  proxyId: string
  limits?: ReceiveLimits
}

/** Whatever a backend answers, even a web page: a browser that was led here shows it without running anything. */
const PASSIVE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
} as const

export type PredictListener = (request: IncomingMessage, response: ServerResponse) => void

const PREDICT_PATH = /^\/predict(?:\?|$)/

export function isPredict(request: IncomingMessage): boolean {
  return request.method === 'POST' && PREDICT_PATH.test(request.url ?? '')
}

export function createPredictListener(deps: PredictDeps): PredictListener {
  return (request, response) => {
    const recording = deps.recorder.enabled
      ? deps.recorder.incoming({
          method: request.method ?? '',
          url: request.url ?? '',
          rawHeaders: request.rawHeaders,
        })
      : undefined
    const started = performance.now()
    void handle(deps, request, response, recording)
      .then((reply) => send(response, reply, recording))
      .catch((error: unknown) => fail(deps, response, error, recording))
      .finally(() => {
        if (!deps.log.isLevelEnabled('debug')) return
        const ms = Math.round((performance.now() - started) * 10) / 10
        deps.log.debug({ status: response.statusCode, ms }, 'POST /predict')
      })
  }
}

async function handle(
  deps: PredictDeps,
  request: IncomingMessage,
  response: ServerResponse,
  recording: Recording | undefined,
): Promise<Reply> {
  const refusal = deps.door.inferenceRefusal(request.socket)
  if (refusal !== undefined) throw refusal
  const hops = hopsOf(request.headers[HOPS_HEADER])
  if (hops.includes(deps.proxyId) || hops.length >= MAX_PROXY_HOPS) throw loopError()
  const contentType = request.headers['content-type'] ?? ''
  requireBoundary(contentType)
  const announced = announcedLength(request)
  const maxBytes = deps.limits?.maxBytes ?? MAX_BODY_BYTES
  if (announced !== undefined && announced > maxBytes) throw bodyTooLarge(maxBytes)

  const cancellation = new Cancellation()
  response.once('close', () => {
    if (!response.writableFinished) cancellation.cancel()
  })
  return holdingBytes(deps, announced, cancellation, async (grow) => {
    const bytes = await receiveBody(request, deps.limits)
    grow(bytes.length)
    return predict(deps, request, bytes, contentType, cancellation, [...hops, deps.proxyId], recording)
  })
}

/** Counts the body's bytes as held while `work` runs; a body without an announced length counts once it is there. */
async function holdingBytes(
  deps: PredictDeps,
  announced: number | undefined,
  cancellation: Cancellation,
  work: (grow: (length: number) => void) => Promise<Reply>,
): Promise<Reply> {
  const gate = deps.admission.heldBytes
  let held = announced ?? 0
  if (!gate.tryTake(held)) await gate.take(held, deps.tickets.take(held <= SMALL_BODY_BYTES), cancellation)
  try {
    return await work((length) => {
      gate.add(length - held)
      held = length
    })
  } finally {
    gate.release(held)
  }
}

async function predict(
  deps: PredictDeps,
  request: IncomingMessage,
  bytes: Bytes,
  contentType: string,
  cancellation: Cancellation,
  hops: readonly string[],
  recording: Recording | undefined,
): Promise<Reply> {
  recording?.requestBody({ ...bytes, contentType })
  const found = readPredictionBody(bytes, contentType)
  const body = found instanceof Promise ? await found : found
  const entries = parseEntries(body.entriesText)
  recording?.tasks(entries.map(entryName))
  return deps.predictor.predict({
    body,
    entries,
    headers: forwardedHeaders(request.rawHeaders, request.headers.connection, hops.join(',')),
    cancellation,
    traceId: recording?.id,
  })
}

function send(response: ServerResponse, reply: Reply, recording: Recording | undefined): void {
  const headers: Record<string, string | number> = {
    'content-type': reply.contentType,
    'content-length': reply.body.length,
    ...PASSIVE,
  }
  if (reply.retryAfter !== undefined) headers['retry-after'] = reply.retryAfter
  if (reply.reason === undefined) response.writeHead(reply.status, headers)
  else response.writeHead(reply.status, reasonPhrase(reply.reason), headers)
  response.end(reply.body)
  recording?.finish(
    {
      statusCode: reply.status,
      rawHeaders: flatHeaders(headers),
      body: { chunks: [reply.body], length: reply.body.length, contentType: reply.contentType },
    },
    reply.reason,
  )
}

function fail(
  deps: PredictDeps,
  response: ServerResponse,
  error: unknown,
  recording: Recording | undefined,
): void {
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
