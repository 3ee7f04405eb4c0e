/** Pauses of backends by hand, and the containers of this computer. */
import { Router, type Request } from 'express'
import * as z from 'zod'
import type { Standing } from '../../../src-shared/api.ts'
import type { OfferedContainers } from '../../../src-shared/pause.ts'
import type { BackendAvailability } from '../../backends/availability.ts'
import type { ManagedContainer } from '../../backends/container.ts'
import { EngineError } from '../../backends/container-engine.ts'
import type { ManagedContainers } from '../../backends/containers.ts'
import type { Courtesy } from '../../courtesy/courtesy.ts'
import { AppError } from '../../platform/errors.ts'
import type { Guard } from '../guard/guard.ts'
import { requiredBody } from '../required-body.ts'

export interface CourtesyDeps {
  readonly courtesy: Pick<Courtesy, 'pauseByHand' | 'resumeByHand'>
  readonly containers: Pick<ManagedContainers, 'get' | 'list'>
  readonly availability: Pick<BackendAvailability, 'standingOf'>
}

const pauseSchema = z.object({
  until: z.union([z.iso.datetime({ offset: true }), z.null()]),
  reason: z.string().optional(),
})
const PAUSE_EXAMPLE = '{"until": "2026-11-27T06:00:00Z"} or {"until": null}, and may have a "reason"'

/** @throws {AppError} BACKEND_UNKNOWN (404), CONTAINER_NOT_SET (409) */
function containerOf({ containers, availability }: CourtesyDeps, name: string): ManagedContainer {
  const container = containers.get(name)
  if (container !== undefined) return container
  if (availability.standingOf(name) === undefined) {
    throw new AppError('BACKEND_UNKNOWN', 404, `There is no backend "${name}"; check its name`)
  }
  throw new AppError(
    'CONTAINER_NOT_SET',
    409,
    `It is not known which container "${name}" runs in; choose it on the page /config and save first`,
  )
}

async function offer({ containers }: CourtesyDeps): Promise<OfferedContainers> {
  try {
    const found = await containers.list()
    return { containers: found.map(({ name, image, state }) => ({ name, image, state })), problem: '' }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return { containers: [], problem: error.message }
  }
}

/**
 * Below `/api`: `POST /backends/{name}/{pause,resume}`; and for the app's window, this computer, or with a password that
 * is set, `POST /backends/{name}/{start,stop}` and `GET /containers`. The calls of a backend answer with how it stands.
 */
export function courtesyRoutes(deps: CourtesyDeps, guard: Guard): Router {
  const { courtesy, availability } = deps
  const router = Router()
  const standing = (name: string): Standing =>
    availability.standingOf(name) ?? { availability: 'serving', reason: '', until: null }

  router.post('/backends/:name/pause', (request: Request<{ name: string }>, response) => {
    const { name } = request.params
    const { until, reason } = requiredBody(pauseSchema, request.body, PAUSE_EXAMPLE)
    courtesy.pauseByHand(name, { until: until === null ? null : Date.parse(until), reason })
    response.json(standing(name))
  })
  router.post('/backends/:name/resume', (request: Request<{ name: string }>, response) => {
    const { name } = request.params
    courtesy.resumeByHand(name)
    response.json(standing(name))
  })
  router.post('/backends/:name/start', (request: Request<{ name: string }>, response) => {
    guard.requireTrusted(request)
    const { name } = request.params
    containerOf(deps, name).startByHand()
    response.json(standing(name))
  })
  router.post('/backends/:name/stop', (request: Request<{ name: string }>, response) => {
    guard.requireTrusted(request)
    const { name } = request.params
    containerOf(deps, name).stopByHand()
    response.json(standing(name))
  })
  router.get('/containers', async (request, response) => {
    guard.requireTrusted(request)
    response.json(await offer(deps))
  })
  return router
}
