/** How much of the network each page takes until everything is shown, with an empty cache. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeDay } from '../support/history.ts'
import { startProxy } from '../support/proxy.ts'
import { expect, test as base } from './support/test.ts'

const test = base.extend({
  app: async ({ limits }, use) => {
    const userDataDir = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-'))
    await writeDay(userDataDir)
    const app = await startProxy({ limits, userDataDir })
    await use(app)
    await app.stop()
  },
})

const KB = 1024
const MOST_BYTES = 200 * KB

for (const [address, heading] of [
  ['/', 'Immich ML Proxy'],
  ['/overview?range=24h', 'Time for an answer'],
  ['/config', 'Backends'],
  ['/debug', 'Debug'],
] as const) {
  test(`${address} takes less than 200 KB`, async ({ page, pair }) => {
    expect(pair.gpu.name).toBe('gpu')
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.setCacheDisabled', { cacheDisabled: true })
    let bytes = 0
    session.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength))
    await page.goto(address)
    await expect(page.getByRole('heading', { name: heading, exact: true })).toBeAttached()
    await page.waitForLoadState('load')
    console.log(`${address}: ${Math.round(bytes / KB)} KB`)
    expect(bytes).toBeGreaterThan(1 * KB)
    expect(bytes).toBeLessThan(MOST_BYTES)
  })
}

test('a page whose code is gone after an update is loaded anew', async ({ page, allowedErrors }) => {
  allowedErrors.push(/404|Failed to load resource|Failed to fetch dynamically/)
  await page.goto('/config')
  await expect(page.getByRole('heading', { name: 'Configuration' })).toBeVisible()
  // The files of the new version have other names, which the next load of the page knows.
  let isNew = false
  page.on('request', (request) => (isNew ||= request.isNavigationRequest()))
  await page.route('**/assets/DebugView*.js', (route) =>
    isNew ? route.continue() : route.fulfill({ status: 404 }),
  )
  await page.getByRole('link', { name: 'Debug' }).click()
  await expect(page).toHaveURL(/\/debug$/)
  await expect(page.getByText('Nothing is recorded')).toBeVisible()
})

test('“Try a picture”, whose code is gone after an update, is there after one more load', async ({
  page,
  pair,
  allowedErrors,
}) => {
  expect(pair.gpu.name).toBe('gpu')
  allowedErrors.push(/404|Failed to load resource|Failed to fetch dynamically/)
  await page.goto('/debug')
  const button = page.getByRole('button', { name: 'Try a picture' })
  await expect(button).toBeVisible()
  let isNew = false
  page.on('request', (request) => (isNew ||= request.isNavigationRequest()))
  await page.route('**/assets/TryDialog*.js', (route) =>
    isNew ? route.continue() : route.fulfill({ status: 404 }),
  )
  await button.click()
  await expect.poll(() => isNew).toBe(true)
  await page.waitForLoadState('load')
  await button.click()
  await expect(page.getByRole('dialog', { name: 'Try a picture' })).toBeVisible()
})

test('the pages open in a browser that may store nothing', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  // As Chrome does where cookies are blocked.
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      },
    })
  })
  for (const [address, heading] of [
    ['/', 'Immich ML Proxy'],
    ['/overview', 'Time for an answer'],
    ['/config', 'Backends'],
    ['/debug', 'Debug'],
  ] as const) {
    await page.goto(address)
    await expect(page.getByRole('heading', { name: heading, exact: true })).toBeAttached()
  }
  await page.getByRole('button', { name: 'Theme: system' }).click()
  await expect(page.getByRole('button', { name: 'Theme: light' })).toBeVisible()
})
