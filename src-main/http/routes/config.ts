/** `GET` and `POST /api/config`. */
import { Router } from 'express'
import { AppError } from '../../platform/errors.ts'
import { masked } from '../../settings/merge.ts'
import type { Guard } from '../guard/guard.ts'
import type { ServiceParts } from '../parts.ts'

/** The revision in an `If-Match` header; `*` and an absent header match everything. */
function ifMatch(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return header.trim().replace(/^(W\/)?"(.*)"$/, '$2')
}

/** Below `/api`: the configuration with its revision as ETag, and saving it; 412 where `If-Match` is older. */
export function configRoutes(parts: ServiceParts, guard: Guard): Router {
  const { store } = parts
  const router = Router()
  router.get('/config', (_request, response) => {
    response.setHeader('etag', `"${store.revision}"`)
    response.json(masked(store.config))
  })
  router.post('/config', async (request, response) => {
    const posted: unknown = request.body
    if (posted === undefined) {
      throw new AppError(
        'NO_BODY',
        400,
        'The body must be the configuration as JSON, with Content-Type: application/json',
      )
    }
    const requireStillIn = (): void => guard.requireStillIn(request)
    await parts.saveConfig(posted, ifMatch(request.headers['if-match']), requireStillIn)
    response.setHeader('etag', `"${store.revision}"`)
    response.json({ message: 'Configuration saved successfully' })
  })
  return router
}
