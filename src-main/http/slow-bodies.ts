/** Cuts off who is silent in the middle of a body, or drips it; `/predict` looks after its own. */
import type { Request, RequestHandler, Response } from 'express'
import { BODY_IDLE_TIMEOUT_MS } from '../predict/limits.ts'
import { MANAGEMENT_BODY_TIMEOUT_MS } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import { sendJsonError } from './answer.ts'
import { hasBody } from './guard/origins.ts'
import { whenSilent } from './silence.ts'

/** For tests that cannot wait for the real limits, milliseconds. */
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

/** Answers 408 and closes where the body of a call is silent or unfinished for too long; times in milliseconds. */
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
