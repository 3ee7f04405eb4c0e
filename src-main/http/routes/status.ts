/** `GET /api/status`. */
import type { EventEmitter } from 'node:events'
import { Router } from 'express'
import type { Status } from '../../../src-shared/api.ts'

/** The status of the service, and the event that it may have changed. */
export interface StatusSource extends EventEmitter<{ change: [] }> {
  current(): Status
}

export interface StatusDeps {
  readonly status: Pick<StatusSource, 'current'>
}

/** Below `/api`: version, addresses, warnings and overall health. */
export function statusRoutes({ status }: StatusDeps): Router {
  const router = Router()
  router.get('/status', (_request, response) => {
    response.json(status.current())
  })
  return router
}
