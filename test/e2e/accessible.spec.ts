/** Every state of the views in four settings: axe, no sideways scrolling, nothing clipped out of reach. */
import { JOBS, predict } from '../support/immich-client.ts'
import { readPhoto } from '../support/photo.ts'
import { configOf, type TestProxy } from '../support/proxy.ts'
import type { SimulatedBackend } from '../support/simulated-backend.ts'
import { judge } from './support/judge.ts'
import { queries } from './support/records.ts'
import { card, edit, expect, freePort, startAtPort, test } from './support/test.ts'

async function record(app: TestProxy, gpu: SimulatedBackend): Promise<void> {
  await app.post('/api/debug/toggle', { enabled: true })
  await predict(app.url, JOBS.faces, readPhoto())
  gpu.predictFault = [{ kind: 'status', status: 500 }]
  await predict(app.url, JOBS.searchText, 'a dog')
}

// Each judgement is four walks of axe over the whole page.
test.describe.configure({ timeout: 120_000 })

test('the start page and the first run', async ({ page }) => {
  await page.goto('/')
  await judge(page, 'start page')
  await page.goto('/config')
  await expect(page.getByText(/(Nothing|server) answers at http:\/\/localhost:3003/)).toBeVisible()
  await judge(page, 'first run')
})

test('the configuration, healthy and down, with its details', async ({ page, app, pair }) => {
  await app.configure(
    configOf([pair.gpu, pair.nas], {
      taskRouting: { clip: ['gpu', 'nas'], ocr: 'nas' },
      taskRoutingPolicy: { ocr: 'fallback' },
    }),
  )
  await page.goto('/config')
  await expect(card(page, 'gpu').getByText('Healthy', { exact: true })).toBeVisible()
  await edit(page, 'nas')
  await (await edit(page, 'gpu')).getByText('Limits, headers and certificate').click()
  await card(page, 'gpu').getByRole('button', { name: 'Add header' }).click()
  await card(page, 'nas').getByRole('button', { name: 'Test' }).click()
  await expect(page.getByText(/It answers/)).toBeVisible()
  await judge(page, 'healthy')
  await Promise.all([pair.gpu.kill(), pair.nas.kill()])
  await app.service.monitor.checkAll()
  await expect(page.getByRole('heading', { name: 'Something fails' })).toBeVisible()
  await judge(page, 'down')
})

test('the configuration with errors, a conflict and a question', async ({ page, app, pair }) => {
  await page.goto('/config')
  await (await edit(page, 'nas')).getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('button', { name: 'Add backend' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  await app.configure(configOf([pair.nas, pair.gpu]))
  await expect(page.getByText('The configuration was changed elsewhere')).toBeVisible()
  await judge(page, 'errors and conflict')
  await page.getByRole('link', { name: 'Debug' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await judge(page, 'question')
})

test('the configuration with an import', async ({ page, pair }) => {
  await page.goto('/config')
  const choose = async (text: string): Promise<void> => {
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Import' }).click()
    const file = { name: 'old.json', mimeType: 'application/json', buffer: Buffer.from(text) }
    await (await chooser).setFiles(file)
  }
  await choose('{ not json')
  await expect(page.getByText(/old.json cannot be used/)).toBeVisible()
  await judge(page, 'import refused')
  await choose(JSON.stringify(configOf([pair.nas])))
  await expect(page.getByText('old.json is in the form now')).toBeVisible()
  await judge(page, 'import')
})

test('the configuration after a move, and while the proxy is gone', async ({
  page,
  backend,
  allowedErrors,
}) => {
  allowedErrors.push(/ERR_|Failed to load resource/)
  const gpu = await backend({ name: 'gpu' })
  const [port, other] = [await freePort(), await freePort()]
  const moving = await startAtPort(port, gpu)
  try {
    await page.clock.install()
    await page.goto(`${moving.url}/config`)
    await page.getByLabel('Port').fill(String(other))
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('The proxy listens on another port now')).toBeVisible()
    await judge(page, 'moved')
    await page.goto(`http://127.0.0.1:${other}/config`)
    await expect(page.getByRole('heading', { name: 'Everything works' })).toBeVisible()
    await moving.service.stop(0)
    await expect(async () => {
      await page.clock.fastForward(5_100)
      await expect(page.getByRole('heading', { name: 'The proxy does not answer' })).toBeVisible({
        timeout: 500,
      })
    }).toPass()
    await judge(page, 'lost')
  } finally {
    await moving.stop()
  }
})

test('ten backends, one of them opened and one removed', async ({ page, app, backend }) => {
  const all = await Promise.all(Array.from({ length: 10 }, (_, index) => backend({ name: `node${index}` })))
  await app.configure(configOf(all))
  await page.goto('/config')
  await page.getByRole('button', { name: 'Edit node3' }).click()
  await page.getByRole('button', { name: 'Edit node5' }).click()
  await card(page, 'node5').getByRole('button', { name: 'Remove' }).click()
  await card(page, 'node3').getByRole('slider', { name: 'Check' }).focus()
  await judge(page, 'ten backends')
})

test('the debug list, empty and full', async ({ page, app, pair }) => {
  await page.goto('/debug')
  await expect(page.getByText('Nothing is recorded')).toBeVisible()
  await judge(page, 'debug off')
  await record(app, pair.gpu)
  await expect(page.locator('tbody tr[data-id]')).toHaveCount(2)
  await page
    .getByRole('button', { name: /outgoing$/ })
    .first()
    .click()
  await judge(page, 'debug list')
  await page.getByLabel('Filter').fill('slow:x nothing')
  await expect(page.getByText('Nothing matches the filter')).toBeVisible()
  await judge(page, 'filter')
})

test('the long list, searched, and a record that is gone', async ({ page, app, pair }) => {
  await app.post('/api/debug/max-records', { maxRecords: 1_000 })
  await app.post('/api/debug/toggle', { enabled: true })
  await queries(app, 110)
  expect(pair.gpu.seen).toHaveLength(110)
  await page.goto('/debug')
  await page.getByLabel('Filter').fill('clip backend:gpu')
  await expect(page.locator('mark').first()).toBeVisible()
  await page.getByRole('button', { name: 'How to search' }).click()
  await judge(page, 'long list')
  await page.setViewportSize({ width: 375, height: 900 })
  await page.getByRole('button', { name: 'More' }).click()
  await judge(page, 'long list, more on a phone')
  await page.goto('/debug#nowhere')
  await expect(page.getByText('The record nowhere is not there')).toBeVisible()
  await judge(page, 'record gone')
})

test('the detail of a record, of an error, and a replay', async ({ page, app, pair }) => {
  await record(app, pair.gpu)
  await page.goto('/debug')
  await page.locator('tbody tr[data-id]').last().getByRole('link').click()
  await expect(page.getByText('1440 × 960')).toBeVisible()
  await page.getByText('Headers of the request').click()
  await page.getByRole('button', { name: 'Replay' }).click()
  await expect(page.getByRole('region', { name: 'Replay' })).toBeVisible()
  await judge(page, 'detail')
  await page.keyboard.press('Escape')
  await page.getByLabel('Filter').fill('status:500 type:outgoing')
  await page.locator('tbody tr[data-id]').first().getByRole('link').click()
  await expect(page.getByRole('complementary').getByRole('alert')).toBeVisible()
  await judge(page, 'error')
})

test('the login form and the password card', async ({ page, allowedErrors }) => {
  allowedErrors.push(/status of 401/)
  await page.goto('/config')
  const section = page.getByRole('region', { name: 'Password' })
  await section.getByRole('button', { name: 'Set a password' }).click()
  await section.getByRole('button', { name: 'Set password' }).click()
  await expect(section.getByRole('alert')).toBeVisible()
  await judge(page, 'setting a password')
  for (const label of ['New password', 'New password again']) {
    await section.getByLabel(label, { exact: true }).fill('correct horse')
  }
  await section.getByRole('button', { name: 'Set password' }).click()
  await expect(section.getByText('The password is set. Everybody else')).toBeVisible()
  await section.getByRole('button', { name: 'Change password' }).click()
  await judge(page, 'changing a password')
  await page.getByRole('button', { name: 'Log out' }).click()
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible()
  await page.getByLabel('Password', { exact: true }).fill('wrong horse')
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('alert')).toHaveText('The password is wrong.')
  await judge(page, 'login form')
})

test('reduced motion is respected', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('/debug')
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element)
        return animationName !== 'none' || /[1-9]/.test(transitionDuration)
      }).length,
  )
  expect(moving).toBe(0)
})

test('the theme can be chosen and is remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/config')
  const ground = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  expect(await ground()).toBe('rgb(255, 255, 255)')
  await page.getByRole('button', { name: 'Theme: system' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible()
  expect(await ground()).toBe('rgb(0, 0, 0)')
  await page.reload()
  expect(await ground()).toBe('rgb(0, 0, 0)')
  await page.goto('/')
  expect(await ground()).toBe('rgb(0, 0, 0)')
})
