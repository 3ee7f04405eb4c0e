/** `GET /ping`, which Immich asks every 30 s. */
import { Router } from 'express'
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import type { BackendAvailability } from '../../backends/availability.ts'
import type { HealthMonitor } from '../../backends/monitor.ts'
import { loopError } from '../../backends/reasons.ts'
import { PING_DEADLINE_MS } from '../limits.ts'
import { AppError } from '../../platform/errors.ts'
import { hopsOf } from '../../wire/headers.ts'
import { missing } from '../../../src-shared/routing/overall.ts'
import { sendJsonError } from '../answer.ts'
import type { LastAsked } from '../last-asked.ts'
import type { Guard } from '../guard/guard.ts'
import type { ConfigStore } from '../../settings/store.ts'

export interface PingDeps {
  readonly store: Pick<ConfigStore, 'config'>
  readonly monitor: Pick<HealthMonitor, 'checkAll'>
  readonly availability: Pick<BackendAvailability, 'healthOf'>
  readonly lastAsked: LastAsked
  /** The name of this proxy in the hops header. */
  readonly proxyId: string
}

/** Waits for some work, at most `ms` milliseconds. */
async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, limit])
  clearTimeout(timer)
}

/**
 * `GET` and `HEAD /ping`: 200 `pong` where every route is served, else 503 with what is missing, within
 * {@link PING_DEADLINE_MS}. Other methods: 405.
 */
export function pingRoutes(
  { store, monitor, availability, lastAsked, proxyId }: PingDeps,
  guard: Guard,
): Router {
  const router = Router()
  // For all methods: Express would answer OPTIONS by itself, without access control.
  router.all('/ping', guard.inference)
  router.get('/ping', async (request, response) => {
    const hops = hopsOf(request.headers[HOPS_HEADER])
    if (hops.includes(proxyId)) throw loopError()
    lastAsked.note(request.socket.remoteAddress)
    // The request is another proxy's, so it starts no check: two proxies that check each other would never stop.
    if (hops.length === 0) await atMost(monitor.checkAll(), PING_DEADLINE_MS)
    const problems = missing(store.config, (name) => availability.healthOf(name))
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
