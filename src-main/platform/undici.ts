/**
 * The parts of undici that this program uses. Its index also loads fetch, WebSocket, EventSource, caches and mocks:
 * 9.6 MB of memory, where these parts take 3.6 (Node 20, after a collection). They are no part of undici's documented
 * interface, so the version is pinned, and a new one is taken with a run of the tests.
 */
import { createRequire } from 'node:module'
import type * as undici from 'undici'

const load = createRequire(import.meta.url)

export const Client = load('undici/lib/dispatcher/client.js') as typeof undici.Client
export const Pool = load('undici/lib/dispatcher/pool.js') as typeof undici.Pool
export const buildConnector = load('undici/lib/core/connect.js') as typeof undici.buildConnector

type Request = (
  this: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
) => Promise<undici.Dispatcher.ResponseData>

const { request } = load('undici/lib/api/index.js') as { readonly request: Request }

/** Sends a request, and settles with its answer, whose body is to be read: undici's `Dispatcher.request`. */
export function requestOn(
  pool: undici.Dispatcher,
  options: undici.Dispatcher.RequestOptions,
): Promise<undici.Dispatcher.ResponseData> {
  return request.call(pool, options)
}
