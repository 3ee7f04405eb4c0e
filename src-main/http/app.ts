/** The Express application: everything but `POST /predict`. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { BODY_IDLE_TIMEOUT_MS, MAX_API_BODY_BYTES } from '../defaults.ts'
import { AppError, errorText } from '../errors.ts'
import type { Logger } from '../log.ts'
import { ClientGone } from '../predict/admission.ts'
import { sendJsonError } from './answer.ts'
import { TooManyAttempts } from '../auth/attempts.ts'
import { authRoutes } from './auth.ts'
import { backendRoutes } from './backends.ts'
import { configRoutes } from './config.ts'
import { debugRoutes } from './debug.ts'
import { debugBodyRoutes } from './debug-bodies.ts'
import { eventRoutes } from './events.ts'
import { createGuard, securityHeaders } from './guard/guard.ts'
import type { ServiceParts } from './parts.ts'
import { pingRoutes } from './ping.ts'
import { recordExchanges } from './record.ts'
import { replayRoutes } from './replay.ts'
import { whenSilent } from './silence.ts'
import { statusRoutes } from './status.ts'
import { viewRoutes } from './views.ts'

const notFound: RequestHandler = (request) => {
  throw new AppError('NOT_FOUND', 404, `There is no ${request.method} ${request.path}`)
}

/** Errors of Express and its parsers carry their HTTP status; what has none is our own mistake. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('status' in error)) return 500
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500 ? error.status : 500
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const status = statusOf(error)
  if (status === 500)
    return new AppError('INTERNAL', 500, 'Something went wrong in the proxy; its log says what')
  // The parser's own message quotes the body, which may hold a password.
  const message =
    error instanceof SyntaxError ? 'The body is not JSON; check its brackets and commas' : errorText(error)
  return new AppError('BAD_REQUEST', status, message)
}

// Express tells an error handler by its four parameters.
function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    // Nobody is there to read an answer.
    if (error instanceof ClientGone) {
      response.destroy()
      return
    }
    const known = toAppError(error)
    if (known.status >= 500 && known !== error) {
      log.error({ err: error }, `${request.method} ${request.path} failed: ${errorText(error)}`)
    }
    const wait = known instanceof TooManyAttempts ? { 'retry-after': String(known.retryAfterSeconds) } : {}
    sendJsonError(response, known, wait)
  }
}

const apiHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store')
  next()
}

/** One line a request at level debug; nothing is measured at other levels. */
function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    if (log.isLevelEnabled('debug')) {
      const started = performance.now()
      response.once('close', () => {
        const ms = Math.round((performance.now() - started) * 10) / 10
        log.debug({ status: response.statusCode, ms }, `${request.method} ${request.path}`)
      })
    }
    next()
  }
}

/** Cuts off a sender that is silent in the middle of a body; `/predict` looks after its own. */
function cutOffSilent(idleMs: number): RequestHandler {
  return (request, response, next) => {
    const { socket } = request
    if (!request.complete) {
      const stop = whenSilent(socket, idleMs, () => {
        if (request.complete) return
        const error = new AppError('BODY_TIMEOUT', 408, 'The body of the request did not come in time')
        response.once('finish', () => socket.destroy())
        sendJsonError(response, error)
      })
      response.once('close', stop)
    }
    next()
  }
}

/** The application; `bodyIdleMs` is how long a sender may be silent in the middle of a body, milliseconds. */
export function createApp(parts: ServiceParts, bodyIdleMs = BODY_IDLE_TIMEOUT_MS): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  const guard = createGuard(parts)
  app.use(cutOffSilent(bodyIdleMs), securityHeaders())
  app.use(logRequests(parts.log), recordExchanges(parts.recorder))
  app.use(pingRoutes(parts, guard))
  app.all('/predict', guard.inference, (request, response, next) => {
    // Another spelling of the path: what is predicted never comes here.
    if (request.method === 'POST') {
      next()
      return
    }
    response.setHeader('allow', 'POST')
    throw new AppError('METHOD', 405, `/predict takes POST, not ${request.method}`)
  })
  // From here on everything is for the home network, whatever its path looks like.
  app.use('/api', apiHeaders)
  app.use(guard.management)
  app.use('/api', guard.session, express.json({ limit: MAX_API_BODY_BYTES, strict: false }))
  app.use('/api', authRoutes(parts, guard), statusRoutes(parts), configRoutes(parts), backendRoutes(parts))
  app.use('/api', eventRoutes(parts, guard))
  app.use('/api/debug', debugRoutes(parts), debugBodyRoutes(parts), replayRoutes(parts))
  app.use(viewRoutes(parts))
  app.use(notFound)
  app.use(errorHandler(parts.log))
  return app
}
