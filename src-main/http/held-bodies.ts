/**
 * Counts the memory of the bodies of management calls, which a client without a login can send too. Each received chunk has a
 * Buffer object beside its bytes: 20 bodies of 1 MB in chunks of one byte took 400 MB.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestHandler, Response } from 'express'
import { AppError } from '../platform/errors.ts'
import { RETRY_AFTER_SECONDS } from '../predict/limits.ts'
import { inTinyChunks } from '../predict/receive.ts'
import { sendJsonError } from './answer.ts'
import { hasBody } from './guard/origins.ts'
import { CHUNK_BYTES, MAX_API_BODY_BYTES, MAX_HELD_API_BODY_BYTES, MAX_HELD_API_BYTES } from './limits.ts'

/** Limits that tests shorten, bytes. */
export interface HeldBodyLimits {
  readonly heldApiBytes?: number | undefined
}

const busy = (): AppError =>
  new AppError('BUSY', 503, 'Busy: too many bodies of calls are being received; try again later')

/** Bytes that a body takes beside those that arrive: a compressed one is decompressed to at most as many. */
function reservedFor(headers: IncomingHttpHeaders): number {
  return headers['content-encoding'] === undefined ? 0 : MAX_API_BODY_BYTES
}

/** Answers and closes the connection: whoever reads the body goes on until it ends. */
function refuse(response: Response, error: AppError): void {
  const { socket } = response.req
  response.once('finish', () => socket.destroy())
  sendJsonError(response, error, error.status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {})
}

/**
 * Refuses a body that takes more than its share of memory (413), and bodies where all together take too much (503). It
 * starts the flow of the body, so it is to be mounted right before the parsers.
 */
export function countHeldBodies(limits: HeldBodyLimits = {}): RequestHandler {
  const { heldApiBytes: most = MAX_HELD_API_BYTES } = limits
  let total = 0
  return (request, response, next) => {
    if (!hasBody(request.headers)) {
      next()
      return
    }
    let own = 0
    const count = (bytes: number): void => {
      // What comes after the answer is dropped.
      if (response.headersSent || response.destroyed) return
      own += bytes
      total += bytes
      if (own > MAX_HELD_API_BODY_BYTES) refuse(response, inTinyChunks())
      else if (total > most) refuse(response, busy())
    }
    response.once('close', () => (total -= own))
    count(reservedFor(request.headers))
    if (response.headersSent) return
    request.on('data', (chunk: Buffer) => count(chunk.length + CHUNK_BYTES))
    next()
  }
}
