/** `GET /api/status`. */
import { Router } from 'express'
import type { ServiceParts } from './parts.ts'

export function statusRoutes(parts: ServiceParts): Router {
  const router = Router()
  router.get('/status', (_request, response) => {
    response.json(parts.status())
  })
  return router
}
