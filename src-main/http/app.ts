/** The Express application: everything but `POST /predict`. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { MAX_API_BODY_BYTES } from './limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ClientGone } from '../platform/cancellation.ts'
import { sendJsonError } from './answer.ts'
import { TooManyAttempts } from '../auth/attempts.ts'
import { authRoutes } from './routes/auth.ts'
import { backendRoutes } from './routes/backends.ts'
import { configRoutes } from './routes/config.ts'
import { debugRoutes } from './routes/debug.ts'
import { debugBodyRoutes } from './routes/debug-bodies.ts'
import { eventRoutes } from './routes/events.ts'
import { createGuard, securityHeaders } from './guard/guard.ts'
import type { ServiceParts } from './parts.ts'
import { pingRoutes } from './routes/ping.ts'
import { recordExchanges } from './record-exchanges.ts'
import { replayRoutes } from './routes/replay.ts'
import { cutOffSlowBodies, type BodyLimits } from './slow-bodies.ts'
import { statusRoutes } from './routes/status.ts'
import { viewRoutes } from './routes/views.ts'

const notFound: RequestHandler = (request) => {
  throw new AppError('NOT_FOUND', 404, `There is no ${request.method} ${request.path}`)
}

/** Errors of Express and its parsers carry their HTTP status; what has none is our own mistake. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('status' in error)) return 500
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500 ? error.status : 500
}

/** What a parser found wrong; its own words may quote the body, which may hold a password. */
function messageOf(status: number, error: unknown): string {
  if (status === 413) return `The body is larger than ${MAX_API_BODY_BYTES / 1024 / 1024} MB; send less`
  if (status === 415) return 'The body must be JSON in UTF-8, plain or compressed with gzip, deflate or br'
  if (error instanceof SyntaxError) return 'The body is not JSON; check its brackets and commas'
  if (error instanceof URIError)
    return 'The address has a % that begins no character; write %25 for the sign itself'
  return `The request cannot be read (${errorText(error)}); check how the client sends it`
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const status = statusOf(error)
  if (status === 500)
    return new AppError('INTERNAL', 500, 'Something went wrong in the proxy; its log says what')
  return new AppError('BAD_REQUEST', status, messageOf(status, error))
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
      // By the end Express has taken the mount point away.
      const { path } = request
      response.once('close', () => {
        const ms = Math.round((performance.now() - started) * 10) / 10
        log.debug({ status: response.statusCode, ms }, `${request.method} ${path}`)
      })
    }
    next()
  }
}

/** The application; the limits are for tests that cannot wait for the real ones. */
export function createApp(parts: ServiceParts, limits?: BodyLimits): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  const guard = createGuard(parts)
  app.use(cutOffSlowBodies(limits), securityHeaders())
  app.use(logRequests(parts.log), recordExchanges(parts.recorder, parts.door))
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
  app.use('/api', guard.session, express.json({ limit: MAX_API_BODY_BYTES, strict: false }), guard.stillIn)
  app.use('/api', authRoutes(parts, guard), statusRoutes(parts), configRoutes(parts, guard))
  app.use('/api', backendRoutes(parts))
  app.use('/api', eventRoutes(parts, guard))
  app.use('/api/debug', debugRoutes(parts), debugBodyRoutes(parts), replayRoutes(parts))
  app.use(viewRoutes(parts))
  app.use(notFound)
  app.use(errorHandler(parts.log))
  return app
}
