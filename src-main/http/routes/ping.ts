/** `GET /ping`: what Immich asks every 30 s. */
import { Router } from 'express'
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import { loopError } from '../../backends/reasons.ts'
import { PING_DEADLINE_MS } from '../limits.ts'
import { AppError } from '../../platform/errors.ts'
import { hopsOf } from '../../wire/headers.ts'
import { missing } from '../../../src-shared/routing/overall.ts'
import { sendJsonError } from '../answer.ts'
import type { Guard } from '../guard/guard.ts'
import type { ServiceParts } from '../parts.ts'

/** Waits for the work, but not longer than so many milliseconds. */
async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, limit])
  clearTimeout(timer)
}

/** `GET` and `HEAD /ping`: 200 `pong`, 503 with what is missing, within {@link PING_DEADLINE_MS}; 405 for the rest. */
export function pingRoutes(parts: ServiceParts, guard: Guard): Router {
  const router = Router()
  // Before all methods: Express would answer OPTIONS itself, to anybody.
  router.all('/ping', guard.inference)
  router.get('/ping', async (request, response) => {
    const hops = hopsOf(request.headers[HOPS_HEADER])
    if (hops.includes(parts.proxyId)) throw loopError()
    // Another proxy asks: it is answered from what is known, or two proxies could ask each other in circles.
    if (hops.length === 0) await atMost(parts.monitor.checkAll(), PING_DEADLINE_MS)
    const problems = missing(parts.store.config, (name) => parts.monitor.healthOf(name))
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
