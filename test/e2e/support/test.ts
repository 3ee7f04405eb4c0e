/** Playwright's test with a proxy and backends, and a page that fails the test by errors or by requests elsewhere. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
import type { ServiceOptions } from '../../../src-main/app/service-options.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'
import { Relay } from '../../support/relay.ts'
import {
  startBackend,
  type SimulatedBackend,
  type SimulatedBackendOptions,
} from '../../support/simulated-backend.ts'

export { expect }
export { freePort } from '../../support/ports.ts'

interface Fixtures {
  /** Limits of the proxy that a test cannot wait for. */
  limits: NonNullable<ServiceOptions['limits']>
  /** Where container engines may listen; nowhere unless set, so that none of this computer is asked. */
  engineSockets: readonly string[]
  /** The running proxy; `proxy` is a name of Playwright's own. */
  app: TestProxy
  /** Starts a simulated backend that ends with the test. */
  backend: (options?: SimulatedBackendOptions) => Promise<SimulatedBackend>
  /** Two backends, gpu and nas, saved as the configuration. */
  pair: { gpu: SimulatedBackend; nas: SimulatedBackend }
  /** A network between browser and proxy that can be cut. */
  relay: Relay
  /** Texts of console errors that a test expects. */
  allowedErrors: RegExp[]
}

export const test = base.extend<Fixtures>({
  limits: [{}, { option: true }],
  engineSockets: [[], { option: true }],
  app: async ({ limits, engineSockets }, use) => {
    const app = await startProxy({ limits, engineSockets })
    await use(app)
    await app.stop()
  },
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from here
  backend: async ({}, use) => {
    const started: SimulatedBackend[] = []
    await use(async (options) => {
      const backend = await startBackend(options)
      started.push(backend)
      return backend
    })
    await Promise.all(started.map((backend) => backend.stop()))
  },
  pair: async ({ app, backend }, use) => {
    const [gpu, nas] = await Promise.all([backend({ name: 'gpu' }), backend({ name: 'nas' })])
    await app.configure(configOf([gpu, nas]))
    await use({ gpu, nas })
  },
  relay: async ({ app }, use) => {
    const relay = await new Relay(() => app.service.address?.port ?? 0).start()
    await use(relay)
    await relay.cut()
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  allowedErrors: async ({}, use) => {
    await use([])
  },
  baseURL: async ({ app }, use) => {
    await use(app.url)
  },
  page: async ({ page, app, allowedErrors }, use) => {
    const wrong: string[] = []
    page.on('console', (message) => {
      const text = message.text()
      const isBad = message.type() === 'error' || message.type() === 'warning'
      if (isBad && !allowedErrors.some((allowed) => allowed.test(text))) wrong.push(`console: ${text}`)
    })
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
    page.on('request', (request) => {
      const url = request.url()
      if (/^(blob|data):/.test(url)) return
      if (new URL(url).hostname !== new URL(app.url).hostname) wrong.push(`request to ${url}`)
    })
    await use(page)
    expect(wrong).toEqual([])
  },
})

/** The form of one backend on /config. */
export function card(page: Page, name: string): ReturnType<Page['getByRole']> {
  return page.getByRole('group', { name, exact: true })
}

/** Opens the form of a backend on /config. */
export async function edit(page: Page, name: string): Promise<ReturnType<typeof card>> {
  await card(page, name)
    .getByRole('button', { name: `Edit ${name}`, exact: true })
    .click()
  return card(page, name)
}

/** A line of the routing on /config, by its title. */
export function route(page: Page, title: string): ReturnType<Page['locator']> {
  return page
    .locator('li.route')
    .filter({ has: page.getByRole('heading', { name: new RegExp(`^${title}`) }) })
}

/** Opens a line of the routing where it is closed, and adds backends to it. */
export async function answerBy(page: Page, title: string, ...names: readonly string[]): Promise<void> {
  const change = page.getByRole('button', { name: `Change who answers ${title}`, exact: true })
  if ((await change.getAttribute('aria-expanded')) === 'false') await change.click()
  for (const name of names)
    await page.getByLabel(`Add a backend for ${title}`, { exact: true }).selectOption(name)
}

/** Starts a proxy that listens where its configuration says, so that a save can move it. */
export async function startAtPort(port: number, backend: SimulatedBackend): Promise<TestProxy> {
  const userDataDir = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-'))
  const config = { ...configOf([backend]), server: { host: '127.0.0.1', port } }
  await writeFile(path.join(userDataDir, 'config.json'), JSON.stringify(config))
  return startProxy({ userDataDir, host: undefined, port: undefined })
}

/** Where on the page something reaches over its right edge. */
export async function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate(async () => {
    // What follows the size of the page, as a chart does, has it one frame after the page.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
    return document.documentElement.scrollWidth - document.documentElement.clientWidth
  })
}

/** Saves on /config and waits until it is confirmed in words. */
export async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toHaveText('Saved. It is in force now.')
}
