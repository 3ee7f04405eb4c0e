/** The health of the backends, and the test of a backend that need not be saved. */
import { Router } from 'express'
import type { BackendTest, Health, Standing } from '../../../src-shared/api.ts'
import { isAsked, type RouteHealth } from '../../../src-shared/routing/overall.ts'
import type { BackendRegistry } from '../../backends/backend.ts'
import type { BackendAvailability } from '../../backends/availability.ts'
import type { HealthMonitor } from '../../backends/monitor.ts'
import { pingBackend } from '../../backends/ping.ts'
import { HEALTH_TIMEOUT_MS } from '../../backends/limits.ts'
import { AppError } from '../../platform/errors.ts'
import type { ConfigStore } from '../../settings/store.ts'
import { postedBackend } from './posted-backend.ts'

export interface BackendDeps {
  readonly store: Pick<ConfigStore, 'config'>
  readonly availability: Pick<BackendAvailability, 'states' | 'healthOf' | 'need' | 'standingOf'>
  readonly monitor: Pick<HealthMonitor, 'check'>
  readonly registry: Pick<BackendRegistry, 'createClient' | 'current'>
  /** The name of this proxy in the hops header. */
  readonly proxyId: string
}

const UNKNOWN: RouteHealth = { status: 'unknown', lastCheck: 0, error: '' }

async function testBackend({ store, registry, proxyId }: BackendDeps, posted: unknown): Promise<BackendTest> {
  const client = registry.createClient(postedBackend(store.config, posted, 'Not tested'))
  try {
    const result = await pingBackend(client, { timeoutMs: HEALTH_TIMEOUT_MS, hops: proxyId })
    const { ok, statusCode, error, self } = result
    return { ok, statusCode, durationMs: Math.round(result.durationMs * 10) / 10, error, self }
  } finally {
    await client.destroy()
  }
}

/** @throws {AppError} NO_BACKEND (404), WAKE_NOT_SET (409) */
async function wake({ registry, monitor, availability }: BackendDeps, name: string): Promise<Standing> {
  const backend = registry.current.get(name)
  if (backend === undefined) throw new AppError('NO_BACKEND', 404, `"${name}" is not a configured backend`)
  if (backend.config.wake === undefined) {
    throw new AppError(
      'WAKE_NOT_SET',
      409,
      `It is not known how "${name}" is woken; enter its MAC address and save first`,
    )
  }
  // One that answers needs no waking, whatever was known of it.
  await monitor.check(backend)
  availability.need(backend, 'hand')
  return availability.standingOf(name) ?? { availability: 'away', reason: '', until: null }
}

/**
 * Below `/api`: `GET /health` in the original's shape, `GET /backends` with all figures, and `POST /backends/test`,
 * which asks a backend's `/ping` and answers 200 with the result whether it is reachable or not. `POST
 * /backends/{name}/wake` sends it magic packets, unless it answers, and tells how it stands.
 */
export function backendRoutes(deps: BackendDeps): Router {
  const { availability } = deps
  const router = Router()
  router.get('/health', (_request, response) => {
    // An assignment would take the name `__proto__` for the prototype.
    const health: Health = Object.fromEntries(
      Object.keys(availability.states()).map((name) => {
        const {
          status,
          lastCheck,
          error,
          availability: how = 'serving',
        } = availability.healthOf(name) ?? UNKNOWN
        return [name, { status: isAsked(how) ? status : 'unhealthy', lastCheck, error }]
      }),
    )
    response.json(health)
  })
  router.get('/backends', (_request, response) => {
    response.json(availability.states())
  })
  router.post('/backends/test', async (request, response) => {
    response.json(await testBackend(deps, request.body))
  })
  router.post('/backends/:name/wake', async (request, response) => {
    response.json(await wake(deps, request.params.name))
  })
  return router
}
