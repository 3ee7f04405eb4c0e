/** Time limits for the bodies of all calls but `POST /predict`, which has its own in `predict/receive.ts`. */
import type { Request, RequestHandler, Response } from 'express'
import { BODY_IDLE_TIMEOUT_MS } from '../predict/limits.ts'
import { MANAGEMENT_BODY_TIMEOUT_MS } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import { sendJsonError } from './answer.ts'
import { hasBody } from './guard/origins.ts'
import { whenSilent } from './silence.ts'

/** Limits that tests shorten, milliseconds. */
export interface BodyLimits {
  readonly bodyIdleTimeoutMs?: number | undefined
  readonly managementBodyTimeoutMs?: number | undefined
}

function cutOff(request: Request, response: Response): void {
  if (request.complete) return
  const error = new AppError('BODY_TIMEOUT', 408, 'The body of the request did not come in time')
  response.once('finish', () => request.socket.destroy())
  sendJsonError(response, error)
}

/**
 * Answers 408 and closes the connection where a body stops for `bodyIdleTimeoutMs` or has not arrived whole after
 * `managementBodyTimeoutMs`. Without a limit, a client that sends a byte now and then would keep a connection for ever.
 */
export function cutOffSlowBodies(limits: BodyLimits = {}): RequestHandler {
  const { bodyIdleTimeoutMs: idleMs = BODY_IDLE_TIMEOUT_MS } = limits
  const { managementBodyTimeoutMs: totalMs = MANAGEMENT_BODY_TIMEOUT_MS } = limits
  return (request, response, next) => {
    if (!request.complete && hasBody(request.headers)) {
      const onTimeout = (): void => cutOff(request, response)
      const total = setTimeout(onTimeout, totalMs)
      const stop = whenSilent(request.socket, idleMs, onTimeout)
      request.once('close', () => {
        clearTimeout(total)
        stop()
      })
    }
    next()
  }
}
