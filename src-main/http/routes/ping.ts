/** `GET /ping`, which Immich asks every 30 s. */
import { Router } from 'express'
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import type { BackendAvailability } from '../../backends/availability.ts'
import type { BackendRegistry } from '../../backends/backend.ts'
import type { HealthMonitor } from '../../backends/monitor.ts'
import { loopError } from '../../backends/reasons.ts'
import { AppError } from '../../platform/errors.ts'
import { hopsOf } from '../../wire/headers.ts'
import type { Immich } from '../../immich/immich.ts'
import { missing, type HealthOf } from '../../../src-shared/routing/overall.ts'
import { sendJsonError } from '../answer.ts'
import { decidePing } from '../ping-decision.ts'
import type { LastAsked } from '../last-asked.ts'
import type { Guard } from '../guard/guard.ts'
import type { ConfigStore } from '../../settings/store.ts'

export interface PingDeps {
  readonly store: Pick<ConfigStore, 'config'>
  readonly registry: Pick<BackendRegistry, 'current'>
  readonly monitor: Pick<HealthMonitor, 'check'>
  readonly availability: Pick<BackendAvailability, 'healthOf'>
  readonly immich: Pick<Immich, 'sawHost'>
  readonly lastAsked: LastAsked
  /** The name of this proxy in the hops header. */
  readonly proxyId: string
}

/**
 * `GET` and `HEAD /ping`: 200 `pong` where every route is served, else 503 with what is missing. Other
 * methods: 405.
 */
export function pingRoutes(
  { store, registry, monitor, availability, immich, lastAsked, proxyId }: PingDeps,
  guard: Guard,
): Router {
  const router = Router()
  // For all methods: Express would answer OPTIONS by itself, without access control.
  router.all('/ping', guard.inference)
  router.get('/ping', async (request, response) => {
    const hops = hopsOf(request.headers[HOPS_HEADER])
    if (hops.includes(proxyId)) throw loopError()
    immich.sawHost(request.headers.host)
    const { config } = store
    const healthOf: HealthOf = (name) => availability.healthOf(name)
    const check = (name: string): Promise<void> => {
      const backend = registry.current.get(name)
      return backend === undefined ? Promise.resolve() : monitor.check(backend)
    }
    lastAsked.note(request.socket.remoteAddress)
    // The request is another proxy's, so it starts no check: two proxies that check each other would never stop.
    const problems =
      hops.length === 0 ? await decidePing({ config, healthOf, check }) : missing(config, healthOf)
    if (problems.length > 0) {
      sendJsonError(response, new AppError('NOT_SERVED', 503, problems.join('; ')))
      return
    }
    response.type('text/plain').send('pong')
  })
  router.all('/ping', (request, response) => {
    response.setHeader('allow', 'GET, HEAD')
    throw new AppError('METHOD', 405, `/ping takes GET, not ${request.method}`)
  })
  return router
}
