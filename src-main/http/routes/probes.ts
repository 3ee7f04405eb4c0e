/**
 * `GET /healthz` and `GET /readyz`, for a container's health check, Kubernetes and load balancers. They answer every
 * address and every `Host`: a kubelet asks from an address that is in nobody's list of clients, by the address of the
 * pod. So their answer is one word, which discloses nothing of the configuration.
 */
import { Router, type RequestHandler } from 'express'
import { AppError } from '../../platform/errors.ts'
import type { ConfigStore } from '../../settings/store.ts'

export interface ProbeDeps {
  readonly store: Pick<ConfigStore, 'isBroken'>
}

const OK = 200
const UNAVAILABLE = 503

const onlyGet: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') {
    next()
    return
  }
  response.setHeader('allow', 'GET, HEAD')
  throw new AppError('METHOD', 405, `${request.path} takes GET, not ${request.method}`)
}

/**
 * `/healthz`: 200 `ok` while the process answers. `/readyz`: 200 `ready` once it listens and has read its
 * configuration, 503 `misconfigured` where config.json was no JSON at the start. Backends do not count, since their
 * health is the same for every copy of this service.
 */
export function probeRoutes({ store }: ProbeDeps): Router {
  const router = Router()
  router.all(['/healthz', '/readyz'], onlyGet, (_request, response, next) => {
    response.setHeader('cache-control', 'no-store')
    next()
  })
  router.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok')
  })
  router.get('/readyz', (_request, response) => {
    const isReady = !store.isBroken
    response
      .status(isReady ? OK : UNAVAILABLE)
      .type('text/plain')
      .send(isReady ? 'ready' : 'misconfigured')
  })
  return router
}
