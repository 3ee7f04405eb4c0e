/** `GET` and `POST /api/config`. */
import { Router } from 'express'
import { AppError } from '../../platform/errors.ts'
import { isManageChanged, isSameImmich, masked } from '../../settings/merge.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import type { ConfigStore } from '../../settings/store.ts'
import type { Guard } from '../guard/guard.ts'

export interface ConfigDeps {
  readonly store: Pick<ConfigStore, 'config' | 'revision'>
  /**
   * Judges, saves and puts in force.
   * @param permit throws where the save is not allowed (any more); is given what is to be saved once that is known
   * @returns what is used in another way than it was posted, as sentences
   * @throws {AppError} then nothing has changed
   */
  readonly saveConfig: (
    posted: unknown,
    ifMatch?: string,
    permit?: (next?: Config) => void,
  ) => Promise<readonly string[]>
}

/**
 * The revision in an `If-Match` header (RFC 9110, 13.1.1); undefined for `*` and where it is absent: both match all.
 */
function ifMatch(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return header.trim().replace(/^(W\/)?"(.*)"$/, '$2')
}

/**
 * Below `/api`: `GET /config`, with the revision as ETag and secrets masked, and `POST /config`, whose answer tells what
 * is used in another way than it was posted. 412 where `If-Match` is not the revision in force.
 */
export function configRoutes({ store, saveConfig }: ConfigDeps, guard: Guard): Router {
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
    const permit = (next?: Config): void => {
      guard.requireValidGrant(request)
      const isImmichChanged = next !== undefined && !isSameImmich(next.immich, store.config.immich)
      const isContainerChanged = next !== undefined && isManageChanged(store.config, next)
      if (isImmichChanged || isContainerChanged) guard.requireTrusted(request)
    }
    const warnings = await saveConfig(posted, ifMatch(request.headers['if-match']), permit)
    response.setHeader('etag', `"${store.revision}"`)
    const message = 'Configuration saved successfully'
    // As the original answers, where there is nothing more to say.
    response.json(warnings.length === 0 ? { message } : { message, warnings })
  })
  return router
}
