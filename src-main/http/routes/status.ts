/** `GET /api/status`. */
import { Router } from 'express'
import type { ServiceParts } from '../parts.ts'

/** Below `/api`: version, addresses, warnings and the health of the whole. */
export function statusRoutes(parts: ServiceParts): Router {
  const router = Router()
  router.get('/status', (_request, response) => {
    response.json(parts.status())
  })
  return router
}
