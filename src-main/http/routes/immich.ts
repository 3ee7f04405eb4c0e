/** The status of Immich and its queues, and the actions on them. */
import { Router } from 'express'
import * as z from 'zod'
import { GUARDED_TASKS } from '../../../src-shared/immich.ts'
import type { Immich } from '../../immich/immich.ts'
import type { Guard } from '../guard/guard.ts'
import { requiredBody } from '../required-body.ts'

export interface ImmichDeps {
  readonly immich: Immich
}

const missingSchema = z.object({ tasks: z.array(z.enum(GUARDED_TASKS)).min(1).optional() })

/**
 * Below `/api`: `GET /immich`, `GET /progress`, and `POST /immich/{pause,resume,missing,seen}`, which answer with the state
 * of `GET /immich`. The calls that change something in Immich are for the app's window, this computer, or with a password
 * that is set: the key is an admin's.
 */
export function immichRoutes({ immich }: ImmichDeps, guard: Guard): Router {
  const router = Router()
  router.get('/immich', (_request, response) => {
    immich.looked()
    response.json(immich.status())
  })
  router.get('/progress', (_request, response) => {
    immich.looked()
    response.json(immich.progress())
  })
  router.post('/immich/pause', async (request, response) => {
    guard.requireTrusted(request)
    await immich.pauseByHand()
    response.json(immich.status())
  })
  router.post('/immich/resume', (request, response) => {
    guard.requireTrusted(request)
    immich.resumeByHand()
    response.json(immich.status())
  })
  router.post('/immich/missing', async (request, response) => {
    guard.requireTrusted(request)
    const { tasks } = requiredBody(missingSchema, request.body ?? {}, '{"tasks": ["clip"]} or {}')
    await immich.missingByHand(tasks)
    response.json(immich.status())
  })
  // Whoever may change the configuration may do this: it needs no key.
  router.post('/immich/seen', (_request, response) => {
    immich.lossesSeen()
    response.json(immich.status())
  })
  return router
}
