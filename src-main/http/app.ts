/** The Express application: every route but `POST /predict`. */
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { MAX_API_BODY_BYTES, MAX_TRY_BODY_BYTES } from './limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ClientGone } from '../platform/cancellation.ts'
import { sendJsonError } from './answer.ts'
import { TooManyAttempts } from '../auth/attempts.ts'
import { authRoutes, type AuthDeps } from './routes/auth.ts'
import { backendRoutes, type BackendDeps } from './routes/backends.ts'
import { configRoutes, type ConfigDeps } from './routes/config.ts'
import { courtesyRoutes, type CourtesyDeps } from './routes/courtesy.ts'
import { debugRoutes, type DebugDeps } from './routes/debug.ts'
import { debugBodyRoutes } from './routes/debug-bodies.ts'
import { eventRoutes, type EventDeps } from './routes/events.ts'
import { historyRoutes, metricsRoutes, type HistoryDeps, type MetricsDeps } from './routes/history.ts'
import { createGuard, securityHeaders, type GuardDeps } from './guard/guard.ts'
import { countHeldBodies, type HeldBodyLimits } from './held-bodies.ts'
import { immichRoutes, type ImmichDeps } from './routes/immich.ts'
import { pingRoutes, type PingDeps } from './routes/ping.ts'
import { probeRoutes, type ProbeDeps } from './routes/probes.ts'
import type { AccessControl } from './guard/access-control.ts'
import { recordExchanges } from './record-exchanges.ts'
import { replayRoutes, type ReplayDeps } from './routes/replay.ts'
import { cutOffSlowBodies, type BodyLimits } from './slow-bodies.ts'
import type { Recorder } from '../traffic/recorder.ts'
import { statusRoutes, type StatusDeps } from './routes/status.ts'
import { tryBody, tryRoutes, type TryDeps } from './routes/try.ts'
import { viewRoutes, type ViewDeps } from './routes/views.ts'

/** Characters of a path that an answer repeats. */
const SHOWN_PATH_CHARS = 80

const notFound: RequestHandler = (request) => {
  throw new AppError('NOT_FOUND', 404, `There is no ${request.method} ${request.path}`)
}

const API_PATH = /^\/api(?:\/|$)/i
const PING_PATH = /\/ping\/?$/i

/**
 * Answers requests with a wrong path, by a mistake in the URL of Immich's settings: since v3 Immich asks below the path
 * that is set there, so that `http://host:3004/ml/` arrives as `POST /ml/predict` and `GET /ml/ping`. The 404 names the
 * right path: the reason phrase is all that Immich's log shows. Clients that may use neither predictions nor pages
 * learn nothing here.
 */
function tellMisdirected(accessControl: AccessControl): RequestHandler {
  return ({ method, path, socket }, _response, next) => {
    const right = method === 'POST' ? '/predict' : PING_PATH.test(path) ? '/ping' : undefined
    const { infer, manage } = accessControl.verdictOf(socket)
    if (right === undefined || API_PATH.test(path) || !(infer || manage)) {
      next()
      return
    }
    const shown = path.slice(0, SHOWN_PATH_CHARS)
    throw new AppError(
      'NOT_FOUND',
      404,
      `There is no ${method} ${shown}, only ${right}; check the machine-learning URL in Immich's settings`,
    )
  }
}

/** The status of an error of Express or its parsers, which set one; 500 for any other, a defect of this program. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('status' in error)) return 500
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500 ? error.status : 500
}

/** The limit that a body exceeded, bytes: parsers name theirs. */
function limitOf(error: unknown): number {
  const isTry =
    typeof error === 'object' && error !== null && 'limit' in error && error.limit === MAX_TRY_BODY_BYTES
  return isTry ? MAX_TRY_BODY_BYTES : MAX_API_BODY_BYTES
}

/**
 * A sentence for the client. The error's own message is not used: a parser's quotes the body, which may hold a password,
 * and one of the file system names a path of this computer.
 */
function messageOf(status: number, error: unknown): string {
  if (status === 404) return 'There is no such file'
  if (status === 413) return `The body is larger than ${limitOf(error) / 1024 / 1024} MB; send less`
  if (status === 415) return 'The body must be JSON in UTF-8, plain or compressed with gzip, deflate or br'
  if (error instanceof SyntaxError) return 'The body is not JSON; check its brackets and commas'
  if (error instanceof URIError)
    return 'The address has a % that begins no character; write %25 for the sign itself'
  return 'The request cannot be read; check how the client sends its headers, its length and its body'
}

const internal = (): AppError =>
  new AppError('INTERNAL', 500, 'Something went wrong in the proxy; its log says what')

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const status = statusOf(error)
  return status === 500 ? internal() : new AppError('BAD_REQUEST', status, messageOf(status, error))
}

function answerError(log: Logger, error: unknown, request: Request, response: Response): void {
  // The client is gone and reads no answer.
  if (error instanceof ClientGone) {
    response.destroy()
    return
  }
  const known = toAppError(error)
  if (known.status >= 500 && known !== error) {
    log.error({ err: error }, `${request.method} ${request.path} failed: ${errorText(error)}`)
  }
  // An answer that has begun, as an event stream, cannot become an error any more. It must not stay open for ever.
  if (response.headersSent) {
    response.destroy()
    return
  }
  const wait = known instanceof TooManyAttempts ? { 'retry-after': String(known.retryAfterSeconds) } : {}
  sendJsonError(response, known, wait)
}

/**
 * Answers with what a handler has thrown. It never throws: Express would answer with its own page, with the stack in it.
 * Express recognises an error handler by its four parameters.
 */
function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    try {
      answerError(log, error, request, response)
    } catch (second) {
      // The error cannot be described, for example as its details are too large for a text. The client gets a plain
      // 500.
      log.error({ error: errorText(second) }, 'an error could not be answered')
      if (response.headersSent) response.destroy()
      else sendJsonError(response, internal())
    }
  }
}

const apiHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store')
  next()
}

/** Logs each request at level debug. At other levels it measures nothing. */
function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    if (log.isLevelEnabled('debug')) {
      const started = performance.now()
      // Read now: when the answer is sent, Express has removed the mount point from it.
      const { path } = request
      response.once('close', () => {
        const ms = Math.round((performance.now() - started) * 10) / 10
        log.debug({ status: response.statusCode, ms }, `${request.method} ${path}`)
      })
    }
    next()
  }
}

/** What the groups of routes need; each group names its own part. */
export type AppDeps = { readonly log: Logger; readonly recorder: Recorder } & GuardDeps &
  PingDeps &
  ProbeDeps &
  AuthDeps &
  StatusDeps &
  ConfigDeps &
  BackendDeps &
  ImmichDeps &
  CourtesyDeps &
  TryDeps &
  EventDeps &
  HistoryDeps &
  MetricsDeps &
  DebugDeps &
  ReplayDeps &
  ViewDeps

/**
 * The application.
 * @param limits for tests that cannot wait for the real ones, milliseconds, or reach them, bytes
 */
export function createApp(deps: AppDeps, limits?: BodyLimits & HeldBodyLimits): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  // Express's own page for an error tells the stack in any other environment.
  app.set('env', 'production')
  const guard = createGuard(deps)
  app.use(cutOffSlowBodies(limits), securityHeaders())
  // Before access control, and before the log and the records, which a probe every few seconds would fill.
  app.use(probeRoutes(deps))
  app.use(logRequests(deps.log), recordExchanges(deps.recorder, deps.accessControl))
  app.use(pingRoutes(deps, guard))
  app.all('/predict', guard.inference, (request, response, next) => {
    // A prediction never reaches this: `isPredict` sends it to the listener before. This is another spelling of the
    // path.
    if (request.method === 'POST') {
      next()
      return
    }
    response.setHeader('allow', 'POST')
    throw new AppError('METHOD', 405, `/predict takes POST, not ${request.method}`)
  })
  app.use(tellMisdirected(deps.accessControl))
  // Every path from here on is for the home network only, unknown ones too.
  app.use('/api', apiHeaders)
  app.use(guard.management)
  app.use(
    '/api',
    guard.session,
    countHeldBodies(limits),
    tryBody(deps),
    express.json({ limit: MAX_API_BODY_BYTES, strict: false }),
    guard.recheckGrant,
  )
  app.use('/api', authRoutes(deps, guard), statusRoutes(deps), configRoutes(deps, guard))
  app.use(
    '/api',
    backendRoutes(deps),
    tryRoutes(deps),
    immichRoutes(deps, guard),
    courtesyRoutes(deps, guard),
  )
  app.use('/api', eventRoutes(deps, guard), historyRoutes(deps))
  app.use('/api/debug', debugRoutes(deps), debugBodyRoutes(deps), replayRoutes(deps))
  app.use('/metrics', apiHeaders, guard.session, metricsRoutes(deps))
  app.use(viewRoutes(deps))
  app.use(notFound)
  app.use(errorHandler(deps.log))
  return app
}
