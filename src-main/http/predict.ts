/**
 * The listener of `POST /predict`, before Express: an image library sends a hundred thousand of these, and
 * Express's routing and its wrapped request and response cost more per request than the whole relay.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HOPS_HEADER } from '../../src-shared/config/names.ts'
import { Cancellation, ClientGone } from '../platform/cancellation.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import type { Immich } from '../immich/immich.ts'
import type { ImageWitness, PredictionHandler } from '../predict/handler.ts'
import type { BufferPool } from '../predict/memory/buffer-pool.ts'
import { RequestBody, type ReceiveLimits } from '../predict/receive.ts'
import type { Reply } from '../predict/reply.ts'
import { hopsOf } from '../wire/headers.ts'
import { HUNG_UP, linger, reasonPhrase, replyHeaders, sendJsonError } from './answer.ts'
import { EarlyHeaders, type EarlyLimits } from './early-headers.ts'
import type { AccessControl } from './guard/access-control.ts'
import type { LastAsked } from './last-asked.ts'

export interface PredictDeps {
  readonly handler: PredictionHandler
  readonly accessControl: AccessControl
  readonly lastAsked: LastAsked
  readonly log: Logger
  /** Memory for photos in flight. */
  readonly bufferPool: BufferPool
  readonly limits?: ReceiveLimits
  readonly earlyLimits?: EarlyLimits | undefined
  /** Receives the clients' addresses and the results of their images. */
  readonly immich: Pick<Immich, 'sawHost' | 'imageCame' | 'succeeded' | 'lost'>
}

export type PredictListener = (request: IncomingMessage, response: ServerResponse) => void

const HALF_CLOSED = new AppError(
  'HALF_CLOSED',
  400,
  'The client ended its side of the connection, which means that it has gone; keep it open until the answer',
)

const PREDICT_PATH = /^\/predict\/?(?:\?|$)/

/** Whether a request is a prediction, and so not Express's. */
export function isPredict(request: IncomingMessage): boolean {
  return request.method === 'POST' && PREDICT_PATH.test(request.url ?? '')
}

/** The listener of predictions: answers each request itself, whatever happens. */
export function createPredictListener(deps: PredictDeps): PredictListener {
  return (request, response) => void answer(deps, request, response)
}

async function answer(deps: PredictDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now()
  try {
    // A client that may not use the proxy is not recorded either: it must not push out what is.
    const refusal = deps.accessControl.inferenceRefusal(request.socket)
    if (refusal === undefined) {
      deps.lastAsked.note(request.socket.remoteAddress)
      await handle(deps, request, response, startedAt)
    } else sendJsonError(response, refusal)
  } catch (error) {
    if (error instanceof ClientGone) endGone(response)
    else fail(deps.log, response, error)
    // After early headers no error can be told any more.
    if (response.headersSent && !response.writableEnded) response.destroy()
  } finally {
    logEnd(deps.log, response, startedAt)
  }
}

async function handle(
  { handler, bufferPool, limits, earlyLimits, immich, log }: PredictDeps,
  request: IncomingMessage,
  response: ServerResponse,
  startedAt: number,
): Promise<void> {
  const { headers, rawHeaders, url = '' } = request
  immich.sawHost(headers.host)
  const early = new EarlyHeaders(response, startedAt, earlyLimits)
  const cancellation = new Cancellation()
  response.on('close', () => {
    if (!response.writableFinished) cancellation.cancel()
  })
  response.on(HUNG_UP, () => cancellation.cancel())
  const { reply } = await handler.handle({
    url,
    rawHeaders,
    contentType: headers['content-type'] ?? '',
    connection: headers.connection,
    hops: hopsOf(headers[HOPS_HEADER]),
    body: new RequestBody(request, bufferPool, limits),
    cancellation,
    startedAt,
    client: request.socket.remoteAddress,
    early,
    images: witnessOf(immich, headers.host),
  })
  const isTaken = early.end(reply)
  if (!isTaken) send(response, reply)
  else if (reply.status !== 200) {
    log.warn({ status: reply.status, reason: reply.reason }, 'POST /predict failed after its headers')
  }
}

/** Reports the result of an image for each of its tasks. */
function witnessOf(immich: PredictDeps['immich'], host: string | undefined): ImageWitness {
  return {
    came: (tasks) => {
      for (const task of tasks) immich.imageCame(task)
    },
    succeeded: (tasks) => {
      for (const task of tasks) immich.succeeded(task)
    },
    lost: (tasks, reason, text) => {
      for (const task of tasks) immich.lost({ task, reason, text, host })
    },
  }
}

/** Most clients are gone for good; one that has only ended its side reads why it is not answered. */
function endGone(response: ServerResponse): void {
  const { socket } = response
  if (socket?.readableEnded === true && !socket.destroyed) sendJsonError(response, HALF_CLOSED)
  else response.destroy()
}

function send(response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return
  const headers = replyHeaders(reply)
  if (reply.reason === undefined) response.writeHead(reply.status, headers)
  else response.writeHead(reply.status, reasonPhrase(reply.reason), headers)
  response.end(reply.body)
  linger(response)
}

/** A reply that could not be sent: a defect, as the handler tells all other errors itself. */
function fail(log: Logger, response: ServerResponse, error: unknown): void {
  try {
    log.error({ err: error }, `prediction failed: ${errorText(error)}`)
  } catch (second) {
    // No caller awaits this listener, so an error that it throws would end the process.
    log.error({ error: errorText(second) }, 'a prediction failed with an error that cannot be logged')
  }
  // An answer that has begun cannot become an error any more. It must not stay open for ever.
  if (response.headersSent) {
    response.destroy()
    return
  }
  sendJsonError(
    response,
    new AppError('INTERNAL', 500, 'Something went wrong in the proxy; its log says what'),
  )
}

/** Failures as warnings; every request at level debug. */
function logEnd(log: Logger, response: ServerResponse, startedAt: number): void {
  const { statusCode: status, statusMessage: reason } = response
  const failed = response.headersSent && status >= 500
  if (!failed && !log.isLevelEnabled('debug')) return
  const ms = Math.round((performance.now() - startedAt) * 10) / 10
  if (failed) log.warn({ status, reason, ms }, 'POST /predict')
  else if (response.headersSent) log.debug({ status, ms }, 'POST /predict')
  else log.debug({ ms }, 'POST /predict: given up by the client')
}
