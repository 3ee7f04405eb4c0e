/** What most tests of the relay stand on: two simulated backends, `gpu` and `nas`, and a proxy, new for each test. */
import { afterEach, beforeEach, expect } from 'vitest'
import type { BackendState } from '../../src-shared/api.ts'
import type { ServiceOptions } from '../../src-main/app/compose.ts'
import { JOBS, predict } from './immich-client.ts'
import { configOf, startProxy, type TestProxy } from './proxy.ts'
import { startBackend, type SimulatedBackend } from './simulated-backend.ts'

export let gpu: SimulatedBackend
export let nas: SimulatedBackend
/** The proxy of the running test: there once it was started. */
export let proxy: TestProxy

let running: TestProxy | undefined

/** Has two backends started before each test of a file, a proxy where options are given, and all stopped after it. */
export function usePair(options?: Partial<ServiceOptions>): void {
  beforeEach(async () => {
    gpu = await startBackend({ name: 'gpu' })
    nas = await startBackend({ name: 'nas' })
    if (options !== undefined) await start(options)
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

/** A proxy with limits that a test can wait for, configured. */
export async function startLimited(
  limits: ServiceOptions['limits'] = {},
  config: object = configOf([gpu]),
): Promise<void> {
  await start({ limits })
  await proxy.configure(config)
}

/** Configures both as one pool, the default: `fields` for each backend, `more` for the whole. */
export function pool(
  more: Record<string, unknown> = {},
  fields: Record<string, unknown> = {},
): Promise<void> {
  const backends = [gpu, nas].map(({ name, url }) => ({ name, url, ...fields }))
  return proxy.configure({ defaultBackend: ['gpu', 'nas'], backends, ...more })
}

/** A search query, as Immich sends it. */
export const search = (query = 'x') => predict(proxy.url, JOBS.searchText, query)

/** @throws {Error} where no such backend is configured */
export function state(name: string): BackendState {
  const found = proxy.service.monitor.states()[name]
  if (found === undefined) throw new Error(`no backend ${name}`)
  return found
}

export const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error

/** Resolves once so many predictions are at work on a backend. */
export const working = (backend: SimulatedBackend, count: number) =>
  expect.poll(() => backend.active).toBe(count)
