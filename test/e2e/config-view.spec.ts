/** What the page says while others save, while the proxy is gone, and with many backends. */
import { configOf } from '../support/proxy.ts'
import { predict, JOBS } from '../support/immich-client.ts'
import { card, edit, expect, route, save, sidewaysOverflow, test } from './support/test.ts'

const MANY = Array.from({ length: 10 }, (_, index) => `node${index}`)

test('Save during a conflict leads to the note, however far the page is scrolled', async ({
  page,
  app,
  pair,
}) => {
  await page.goto('/config')
  await (await edit(page, 'gpu')).getByLabel('Name').fill('mine')
  await app.configure(configOf([pair.gpu, pair.nas], { taskRouting: { ocr: 'nas' } }))
  const note = page.getByRole('alert').filter({ hasText: 'changed elsewhere' })
  await expect(page.getByRole('status')).toHaveText('Changed elsewhere: review before saving.')
  for (const name of ['Save', 'Review']) {
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
    await expect(note).not.toBeInViewport()
    await page.getByRole('button', { name, exact: true }).click()
    await expect(note).toBeInViewport()
    await expect(note).toBeFocused()
  }
  expect(app.service.store.config.backends[0]?.name).toBe('gpu')
  await note.getByRole('button', { name: 'Keep mine, drop theirs' }).click()
  await expect(page.getByRole('button', { name: 'Save' })).toBeFocused()
  await save(page)
  expect(app.service.store.config.backends[0]?.name).toBe('mine')
})

test('what was saved is no news for ever', async ({ page, pair }) => {
  await page.clock.install()
  await page.goto('/config')
  await (await edit(page, pair.gpu.name)).getByLabel('Name').fill('other')
  await save(page)
  await page.clock.fastForward(15_000)
  await expect(page.getByText('Nothing to save.')).toBeVisible()
  await expect(page.getByRole('status')).toHaveText('')
})

test('a proxy that is gone is not called healthy', async ({ page, app, pair, allowedErrors }) => {
  allowedErrors.push(/ERR_|Failed to load resource/)
  expect(pair.gpu.name).toBe('gpu')
  await page.clock.install()
  await page.goto('/config')
  await expect(page.getByRole('heading', { name: 'Everything works' })).toBeVisible()
  await page.getByRole('button', { name: 'Why? Faces' }).click()
  await expect(page.getByText(/gpu answers now/)).toBeVisible()
  await app.service.stop(0)
  const heading = page.getByRole('heading', { name: 'The proxy does not answer' })
  await expect(async () => {
    await page.clock.fastForward(5_100)
    await expect(heading).toBeVisible({ timeout: 500 })
  }).toPass()
  await expect(page.getByText(/healthy/i)).toHaveCount(0)
  await expect(page.getByText(/answers now/)).toHaveCount(0)
  await expect(page.getByText('Who answers is not known while the proxy does not answer.')).toBeVisible()
  // It says so wherever one is on the page.
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await expect(page.getByText('The proxy does not answer. What you see is old')).toBeInViewport()
})

test('the last error stays when a backend is well again', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.nas]))
  await page.goto('/config')
  const nas = await edit(page, 'nas')
  await expect(nas.getByText(/^Healthy for \d+ s · answers pings in /)).toBeVisible()
  pair.nas.predictFault = [{ kind: 'status', status: 503 }]
  // Its pings fail as well: the next one would make it healthy before a slow page has shown the error.
  pair.nas.pingFault = { kind: 'status', status: 503 }
  await predict(app.url, JOBS.searchText, 'x')
  await expect(nas.getByText('answered 503', { exact: true })).toBeVisible()
  pair.nas.pingFault = undefined
  await predict(app.url, JOBS.searchText, 'x')
  await app.service.monitor.checkAll()
  await expect(nas.getByText('Healthy', { exact: true })).toBeVisible()
  await expect(nas.getByText(/^Last error (just now|\d+ s ago): answered 503$/)).toBeVisible()
  await expect(nas.getByText(/ · typical prediction \d/)).toBeVisible()
})

test('each check can be read by keyboard', async ({ page, app, pair }) => {
  await pair.nas.kill()
  await app.service.monitor.checkAll()
  await pair.nas.start()
  await app.service.monitor.checkAll()
  await page.goto('/config')
  const checks = card(page, 'nas').getByRole('slider', { name: 'Check' })
  await checks.focus()
  await expect(checks).toHaveAttribute('aria-valuetext', /good: \/ping answered in/)
  // Further checks may have come in meanwhile.
  await expect(async () => {
    await page.keyboard.press('ArrowLeft')
    await expect(checks).toHaveAttribute('aria-valuetext', /failed: connection refused/, { timeout: 200 })
  }).toPass()
  await app.service.monitor.checkAll()
  await expect(checks).toHaveAttribute('aria-valuetext', /failed: connection refused/)
  await expect(card(page, 'nas').getByText(/failed: connection refused/)).toBeVisible()
  await page.keyboard.press('Home')
  await expect(checks).toHaveAttribute('aria-valuetext', /good/)
})

test('backends that take turns are named together', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.gpu, pair.nas], { taskRouting: { clip: ['gpu', 'nas'] } }))
  await page.goto('/config')
  await page.getByRole('button', { name: 'Why? Smart search: photos' }).click()
  await expect(
    page.getByText('gpu and nas take turns now, because of the row clip; if one fails, the other.'),
  ).toBeVisible()
})

test('an export says what it leaves out, and an import is forgotten once it is saved', async ({
  page,
  app,
  pair,
}) => {
  const { name, url } = pair.gpu
  const backends = [{ name, url, headers: { Authorization: 'Bearer secret' } }]
  await app.configure({ defaultBackend: 'gpu', backends })
  await page.goto('/config')
  const exported = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  await exported
  await expect(page.getByText(/^Exported without the values of headers/)).toBeVisible()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Import' }).click()
  await (
    await chooser
  ).setFiles({
    name: 'old.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(configOf([pair.nas]))),
  })
  const note = page.getByText('old.json is in the form now; Save puts it in force.')
  await expect(note).toBeVisible()
  await save(page)
  await expect(note).toHaveCount(0)
})

test('a setting that the command line overrules says what is in force', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/config')
  const port = new URL(app.url).port
  await expect(page.getByLabel('Port')).toHaveAccessibleDescription(
    `In force: ${port}, from the command line or the environment. What stands here counts without --port and IMP_PORT.`,
  )
  await expect(page.getByLabel('Listen on')).toHaveAccessibleDescription(
    'In force: 127.0.0.1, from the command line or the environment. What stands here counts without --host and IMP_HOST.',
  )
  await expect(page.getByText('start it without --host=127.0.0.1')).toBeVisible()
  await expect(page.getByText('below to 0.0.0.0')).toHaveCount(0)
})

test('the first run shows routing once there is somebody to route to', async ({ page }) => {
  await page.goto('/config')
  const routing = page.getByRole('heading', { name: 'Routing' })
  await page.getByRole('button', { name: 'Add backend' }).click()
  await expect(page.getByLabel('Name')).toBeFocused()
  await expect(routing).toHaveCount(0)
  await page.keyboard.type('gpu')
  await expect(routing).toBeVisible()
  await expect(route(page, 'Everything else')).toContainText('gpu.')
})

test('ten backends are a line each, opened where one is edited', async ({ page, app, backend }) => {
  const all = await Promise.all(MANY.map((name) => backend({ name })))
  await app.configure(configOf(all))
  await page.goto('/config')
  await expect(card(page, 'node7').getByText('Healthy', { exact: true })).toBeVisible()
  await expect(card(page, 'node7').getByText(all[7]?.url ?? '')).toBeVisible()
  await expect(page.getByLabel('Name')).toHaveCount(0)
  const height = await page.getByRole('region', { name: 'Backends' }).evaluate((one) => one.clientHeight)
  expect(height).toBeLessThan(800)
  await page.setViewportSize({ width: 375, height: 900 })
  expect(await sidewaysOverflow(page)).toBe(0)
  await page.setViewportSize({ width: 1280, height: 900 })

  const edit = card(page, 'node7').getByRole('button', { name: 'Edit node7' })
  await expect(edit).toHaveAttribute('aria-expanded', 'false')
  await edit.press('Enter')
  await expect(edit).toBeFocused()
  await expect(edit).toHaveAttribute('aria-expanded', 'true')
  await card(page, 'node7').getByLabel('URL').fill('two words')
  await edit.press('Enter')
  await expect(card(page, 'node7').getByText('edited')).toBeVisible()
  // A field that needs attention is not hidden.
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(card(page, 'node7').getByLabel('URL')).toBeFocused()
  await card(page, 'node7')
    .getByLabel('URL')
    .fill(all[7]?.url ?? '')

  await card(page, 'node1').getByRole('button', { name: 'Edit node1' }).click()
  await card(page, 'node1').getByRole('button', { name: 'Remove' }).click()
  const undo = page.getByRole('button', { name: 'Undo' })
  await expect(undo).toBeFocused()
  await expect(undo).toBeInViewport()
  const [above, note, below] = await Promise.all(
    [card(page, 'node0'), undo, card(page, 'node2')].map((one) => one.boundingBox()),
  )
  expect(note?.y).toBeGreaterThan(above?.y ?? Infinity)
  expect(note?.y).toBeLessThan(below?.y ?? 0)
  await undo.click()
  await expect(card(page, 'node1').getByLabel('Name')).toBeFocused()
})

test('the password note can be read on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 375, height: 800 })
  await page.goto('/config')
  const note = page.getByRole('list', { name: 'Warnings' }).getByRole('listitem')
  const words = await note.locator('span').boundingBox()
  const button = await note.getByRole('button').boundingBox()
  expect(words?.width).toBeGreaterThan(200)
  expect(button?.y).toBeGreaterThanOrEqual((words?.y ?? 0) + (words?.height ?? 0))
})
