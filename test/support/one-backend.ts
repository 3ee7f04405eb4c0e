/** One simulated backend, configured under the name `one`, and a proxy in front of it. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { ServiceOptions } from '../../src-main/app/service-options.ts'
import { configOf, startProxy, type TestProxy } from './proxy.ts'
import { startBackend, type SimulatedBackend } from './simulated-backend.ts'

export let backend: SimulatedBackend
export let proxy: TestProxy

/** The configuration of the proxy, with more fields or others. */
export const config = (more: Record<string, unknown> = {}): Record<string, unknown> =>
  configOf([{ name: 'one', url: backend.url }], more)

let options: Partial<ServiceOptions> = {}

/** Starts the proxy anew on its files, with the options that it had and these over them. */
export async function restart(more: Partial<ServiceOptions> = {}): Promise<void> {
  await proxy.service.stop(0)
  proxy = await startProxy({ ...options, ...more, userDataDir: proxy.folder })
}

async function start(given: Partial<ServiceOptions>): Promise<void> {
  options = given
  backend = await startBackend()
  proxy = await startProxy(options)
  await proxy.configure(config())
}

async function stop(): Promise<void> {
  await proxy.stop()
  await backend.stop()
}

/** Starts both before each test of a file, and stops them after it. */
export function useOneBackend(given: Partial<ServiceOptions> = {}): void {
  beforeEach(() => start(given))
  afterEach(stop)
}

/** Starts both once for all tests of a file, which leave nothing behind for each other. */
export function useOneBackendForAll(given: Partial<ServiceOptions> = {}): void {
  beforeAll(() => start(given))
  afterAll(stop)
}
