/** `GET /api/history` and `GET /metrics`. */
import compression from 'compression'
import { Router } from 'express'
import {
  HISTORY_RANGES,
  isHistoryRange,
  type History,
  type HistoryRange,
} from '../../../src-shared/history.ts'
import { AppError } from '../../platform/errors.ts'

export interface HistoryDeps {
  readonly history: { report(range: HistoryRange): History }
}

export interface MetricsDeps {
  readonly metrics: { text(): Promise<{ readonly contentType: string; readonly text: string }> }
}

/** Below `/api`: what happened over the last hours, by step, backend and task; 400 (RANGE) for any other range. */
export function historyRoutes({ history }: HistoryDeps): Router {
  const router = Router()
  // A day of ten backends has some 100 KB, of which a tenth is left.
  router.get('/history', compression(), (request, response) => {
    const { range = '1h' } = request.query
    if (!isHistoryRange(range)) {
      const ranges = Object.keys(HISTORY_RANGES).join(', ')
      throw new AppError('RANGE', 400, `The range must be one of ${ranges}, as in /api/history?range=1h`)
    }
    response.json(history.report(range))
  })
  return router
}

/** `/metrics` itself: the figures of this moment for Prometheus. */
export function metricsRoutes({ metrics }: MetricsDeps): Router {
  const router = Router()
  router.get('/', async (_request, response) => {
    const { contentType, text } = await metrics.text()
    response.setHeader('content-type', contentType)
    response.send(text)
  })
  return router
}
