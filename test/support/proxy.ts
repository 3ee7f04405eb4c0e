/** A proxy for a test, on any free port of loopback and with a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silentLogger } from '../../src-main/platform/log.ts'
import type { ServiceOptions } from '../../src-main/app/service-options.ts'
import { createService, type Service } from '../../src-main/app/service.ts'

export interface TestProxy {
  readonly service: Service
  readonly url: string
  readonly folder: string
  /**
   * Saves a configuration over the API and checks all backends.
   * @throws {Error} with the answer where it is refused
   */
  configure(config: object): Promise<void>
  get(path: string): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Stops the service at once and removes its folder. */
  stop(): Promise<void>
}

/** Starts a proxy; options that are absent have the defaults of a test: a new folder, 127.0.0.1, any port, no log. */
export async function startProxy(options: Partial<ServiceOptions> = {}): Promise<TestProxy> {
  const folder = options.userDataDir ?? (await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-')))
  const service = await createService({
    log: silentLogger(),
    host: '127.0.0.1',
    port: 0,
    ...options,
    userDataDir: folder,
  })
  await service.start()
  const base = (): string => `http://127.0.0.1:${service.address?.port ?? 0}`
  const post: TestProxy['post'] = (name, body, headers = {}) =>
    fetch(new URL(name, base()), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  return {
    service,
    folder,
    get url() {
      return base()
    },
    async configure(config) {
      const response = await post('/api/config', config)
      if (!response.ok) throw new Error(`not saved: ${response.status} ${await response.text()}`)
      // Saving starts a round of checks; this one shares it.
      await service.monitor.checkAll()
    },
    get: (name) => fetch(new URL(name, base())),
    post,
    async stop() {
      await service.stop(0)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A configuration with these backends, the first one as the default, and with more fields. */
export function configOf(
  backends: readonly { name: string; url: string }[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    defaultBackend: backends[0]?.name ?? '',
    backends: backends.map(({ name, url }) => ({ name, url })),
    ...more,
  }
}
