/** Two simulated backends, `gpu` and `nas`, and a proxy in front of them, new for each test of a file. */
import { afterEach, beforeEach, expect } from 'vitest'
import type { BackendState } from '../../src-shared/api.ts'
import type { ServiceOptions } from '../../src-main/app/service-options.ts'
import { gate } from './gate.ts'
import { JOBS, predict } from './immich-client.ts'
import { configOf, startProxy, type TestProxy } from './proxy.ts'
import { startBackend, type SimulatedBackend } from './simulated-backend.ts'

export let gpu: SimulatedBackend
export let nas: SimulatedBackend
/** The proxy of the running test: there once it was started. */
export let proxy: TestProxy

let running: TestProxy | undefined

/**
 * Has two backends started before each test of a file, and all stopped after it.
 * @param options of a proxy that is started as well; without them a test {@link start | starts} its own
 * @param config what that proxy is configured with, once the backends have their ports
 */
export function usePair(options?: Partial<ServiceOptions>, config?: () => object): void {
  beforeEach(async () => {
    gpu = await startBackend({ name: 'gpu' })
    nas = await startBackend({ name: 'nas' })
    if (options !== undefined) await start(options)
    if (config !== undefined) await proxy.configure(config())
  })
  afterEach(async () => {
    await running?.stop()
    running = undefined
    await gpu.stop()
    await nas.stop()
  })
}

/** Starts the proxy of a test, in place of one that runs. */
export async function start(options: Partial<ServiceOptions> = {}): Promise<void> {
  await running?.stop()
  running = await startProxy(options)
  proxy = running
}

/** Starts a proxy with limits that a test can wait for, and configures it: with `gpu` alone by default. */
export async function startLimited(
  limits: ServiceOptions['limits'] = {},
  config: object = configOf([gpu]),
): Promise<void> {
  await start({ limits })
  await proxy.configure(config)
}

/** Configures both backends as one pool, the default. `fields` are added to each backend, `more` to the configuration. */
export function pool(
  more: Record<string, unknown> = {},
  fields: Record<string, unknown> = {},
): Promise<void> {
  const backends = [gpu, nas].map(({ name, url }) => ({ name, url, ...fields }))
  return proxy.configure({ defaultBackend: ['gpu', 'nas'], backends, ...more })
}

/** A search query, as Immich sends it. */
export const search = (query = 'x') => predict(proxy.url, JOBS.searchText, query)

/** A search query whose client hangs up when the test says so. */
export function abandonedSearch(query = 'x'): { ended: Promise<unknown>; hangUp: () => void } {
  const abort = new AbortController()
  const answer = predict(proxy.url, JOBS.searchText, query, { signal: abort.signal })
  return { ended: answer.catch((error: unknown) => error), hangUp: () => abort.abort() }
}

/** A search query that is at work on `gpu`, and answered only when it is released. */
export async function searchInFlight(
  query = 'in flight',
): Promise<{ running: Promise<Response>; release: () => void }> {
  const held = gate()
  gpu.predictFault = [{ kind: 'held', until: held.promise }]
  const running = search(query)
  await working(gpu, 1)
  return { running, release: held.resolve }
}

/** The port of the proxy. */
export const port = (): number => Number(new URL(proxy.url).port)

/** Checks all backends now; a check that is under way is shared. */
export const checkAll = (): Promise<void> => proxy.service.monitor.checkAll()

/**
 * What the monitor knows of a backend now.
 * @throws {Error} where no such backend is configured
 */
export function state(name: string): BackendState {
  const found = proxy.service.availability.states()[name]
  if (found === undefined) throw new Error(`no backend ${name}`)
  return found
}

/** The sentence of an answer that is an error. */
export const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error

/** Resolves once so many predictions wait for a slot of a backend. */
export const waiting = (name: string, count: number) => expect.poll(() => state(name).waiting).toBe(count)

/** Resolves once so many predictions are at work on a backend. */
export const working = (backend: SimulatedBackend, count: number) =>
  expect.poll(() => backend.active).toBe(count)
