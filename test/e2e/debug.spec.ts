import { readFile } from 'node:fs/promises'
import { JOBS, predict } from '../support/immich-client.ts'
import { readPhoto } from '../support/photo.ts'
import { detail, list, record, records, rows } from './support/records.ts'
import { expect, test } from './support/test.ts'

const photo = readPhoto()

test('off, the page says what it would show and offers the switch', async ({ page, app, pair }) => {
  await page.goto('/debug')
  const debugMode = page.getByRole('switch', { name: 'Debug mode' })
  await expect(debugMode).not.toBeChecked()
  await expect(page.getByText('Nothing is recorded while debug mode is off')).toBeVisible()
  await page.getByRole('button', { name: 'Start recording' }).click()
  await expect(debugMode).toBeChecked()
  await expect(page.getByText('Waiting for requests')).toBeVisible()
  await predict(app.url, JOBS.searchText, 'a dog')
  await expect(rows(page)).toHaveCount(1)
  expect(pair.gpu.seen).toHaveLength(1)
  await debugMode.click()
  await expect(debugMode).not.toBeChecked()
  expect(app.service.recorder.enabled).toBe(false)
})

test('the list is a table, live, with outgoing records folded under incoming ones', async ({
  page,
  app,
  pair,
}) => {
  await record(app)
  await page.goto('/debug')
  for (const name of ['Time', 'What', 'Task', 'Answered by', 'Status', 'Duration']) {
    await expect(page.getByRole('columnheader', { name, exact: true })).toBeVisible()
  }
  await predict(app.url, JOBS.ocr, photo)
  await expect(rows(page)).toHaveCount(1)
  await predict(app.url, JOBS.searchText, 'a dog')
  await expect(rows(page)).toHaveCount(2)
  await expect(page.getByText('2 incoming · 2 outgoing · 0 errors')).toBeVisible()
  await expect(page.getByRole('meter', { name: 'Bodies kept' })).toBeVisible()
  const first = rows(page).first()
  await expect(first.getByRole('cell')).toHaveText([
    /^\d\d:\d\d:\d\d\.\d{3}$/,
    '“a dog”',
    'clip/textual',
    'gpu ✓',
    '200',
    /(ms|s)$/,
  ])
  await first.getByRole('button', { name: '1 outgoing' }).click()
  await expect(rows(page)).toHaveCount(3)
  await expect(rows(page).nth(1)).toContainText(`${pair.gpu.url}/predict`)
  await page.getByRole('button', { name: 'Time', exact: true }).click()
  await expect(page.getByRole('columnheader', { name: 'Time' })).toHaveAttribute('aria-sort', 'ascending')
  await expect(rows(page).first()).toContainText('ocr')
})

test('the filter understands words and keys, and is remembered', async ({ page, app, pair }) => {
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  pair.gpu.predictFault = [{ kind: 'status', status: 500 }]
  pair.nas.predictFault = [{ kind: 'status', status: 500 }]
  await predict(app.url, JOBS.searchText, 'sunset by the sea')
  await page.goto('/debug')
  const filter = page.getByLabel('Filter')
  await expect(rows(page)).toHaveCount(2)
  await filter.fill('type:outgoing')
  await expect(page.getByText('2 / 2')).toBeVisible()
  await filter.fill('status:5xx type:incoming')
  await expect(rows(page)).toHaveCount(1)
  await filter.fill('sunset')
  await expect(rows(page).first()).toContainText('clip/textual')
  // The incoming record is gpu's too, which answered it.
  await filter.fill('task:ocr backend:gpu')
  await expect(rows(page)).toHaveCount(1)
  await expect(rows(page).first()).toContainText('gpu ✓')
  await filter.fill('slow:>1m')
  await expect(page.getByText('Nothing matches the filter')).toBeVisible()
  await filter.fill('slow:soon')
  await expect(page.getByRole('status').filter({ hasText: 'write for example slow:>2s' })).toBeVisible()
  await filter.fill('task:ocr type:incoming')
  await expect(page).toHaveURL(/\?q=task.*ocr.*incoming/)
  await page.reload()
  await expect(filter).toHaveValue('task:ocr type:incoming')
  await expect(rows(page)).toHaveCount(1)
})

test('the view can be held still, and the records cleared', async ({ page, app, pair }) => {
  expect(pair.gpu.port).toBeGreaterThan(0)
  await record(app)
  await page.goto('/debug?q=with:pings')
  await app.get('/ping')
  await expect(rows(page)).toHaveCount(1)
  const pause = page.getByRole('button', { name: 'Pause view' })
  await pause.click()
  await expect(pause).toHaveAttribute('aria-pressed', 'true')
  await app.get('/ping')
  await expect(page.getByText('2 incoming')).toBeVisible()
  await expect(rows(page)).toHaveCount(1)
  await pause.click()
  await expect(rows(page)).toHaveCount(2)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await expect(rows(page)).toHaveCount(2)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Clear records' }).click()
  await expect(rows(page)).toHaveCount(0)
  expect(await records(app)).toEqual([])
})

test('max records is set in its range', async ({ page, app }) => {
  await page.goto('/debug?q=with:pings')
  const max = page.getByLabel('Max records')
  await expect(max).toHaveValue('100')
  await max.fill('10001')
  await max.press('Enter')
  await expect(page.getByRole('alert')).toHaveText('Max records must be a whole number from 1 to 10000')
  await max.fill('2')
  await max.press('Enter')
  await expect.poll(() => app.service.recorder.status().maxRecords).toBe(2)
  await record(app)
  for (let count = 0; count < 4; count++) await app.get('/ping')
  await expect(rows(page)).toHaveCount(2)
})

test('a HAR can be exported', async ({ page, app }) => {
  await record(app)
  await app.get('/ping')
  await page.goto('/debug')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export HAR' }).click()
  const har = JSON.parse(await readFile(await (await download).path(), 'utf8')) as {
    log: { entries: object[] }
  }
  expect(har.log.entries).toHaveLength(1)
})

test('the detail shows parts, image, boxes, vectors and times, and is linkable', async ({
  page,
  app,
  pair,
}) => {
  await record(app)
  await predict(app.url, { ...JOBS.faces, ...JOBS.ocr }, photo)
  const [incoming] = await records(app)
  await page.goto(`/debug#${incoming?.id ?? ''}`)
  const side = detail(page)
  await expect(side.getByRole('heading', { name: 'POST /predict' })).toBeVisible()
  await expect(side.getByText('"buffalo_l"').first()).toBeVisible()
  await expect(side.getByRole('img', { name: 'The image of the request' })).toBeVisible()
  await expect(side.getByText('1440 × 960')).toBeVisible()
  await expect(
    side.getByRole('img', { name: /^Found on it: face 1 91 %, face 2 78 %, read by gpu 99 %/ }),
  ).toBeVisible()
  await expect(side.getByText(/float\[512\] · min .* · max .* · ‖v‖/).first()).toBeVisible()
  await expect(side.getByRole('img', { name: /^gpu: .*backend .* · reply/ })).toBeVisible()
  await side.getByText('Headers of the request').click()
  await expect(side.getByText('content-type').first()).toBeVisible()
  await side.getByRole('button', { name: 'Raw' }).click()
  await expect(side.getByText(/"boundingBox":\{/)).toBeVisible()
  await side.getByRole('link', { name: 'gpu' }).click()
  await expect(side.getByRole('heading', { name: `POST ${pair.gpu.url}/predict` })).toBeVisible()
  await expect(rows(page)).toHaveCount(2)
  await side.getByRole('button', { name: 'Close' }).click()
  await expect(side).toHaveCount(0)
  expect(new URL(page.url()).hash).toBe('')
})

test('away from the newest the list holds still and counts what is new', async ({ page, app }) => {
  await record(app)
  for (let count = 0; count < 60; count++) await app.get('/ping')
  await page.goto('/debug?q=with:pings')
  await expect(rows(page).first()).toBeVisible()
  const newest = (await rows(page).first().getAttribute('data-id')) ?? ''
  await list(page).evaluate((element) => (element.scrollTop = 720))
  // The rows follow with the next frame.
  await expect(rows(page).first()).not.toHaveAttribute('data-id', newest)
  const shown = await rows(page).nth(12).getAttribute('data-id')
  const before = await page.locator(`[data-id="${shown ?? ''}"]`).boundingBox()
  for (let count = 0; count < 3; count++) await app.get('/ping')
  await expect(page.getByRole('button', { name: '3 new' })).toBeVisible()
  await expect.poll(() => page.locator(`[data-id="${shown ?? ''}"]`).boundingBox()).toEqual(before)
  await page.getByRole('button', { name: '3 new' }).click()
  await expect(page.getByRole('button', { name: '3 new' })).toBeHidden()
  await expect(list(page)).toBeFocused()
  await expect.poll(() => list(page).evaluate((element) => element.scrollTop)).toBe(0)
})

test('when the proxy is gone the page says so, and comes back by itself', async ({
  page,
  app,
  relay,
  allowedErrors,
}) => {
  allowedErrors.push(/Failed to load resource|ERR_/)
  await page.clock.install()
  await page.goto(`${relay.url}/debug`)
  await expect(page.getByRole('switch', { name: 'Debug mode' })).toBeVisible()
  await relay.cut()
  app.service.recorder.setEnabled(true)
  // Without the stream the page asks by itself; three questions without an answer are enough.
  await expect(async () => {
    await page.clock.runFor(5_000)
    await expect(page.getByText('The proxy does not answer.')).toBeVisible({ timeout: 500 })
  }).toPass()
  await relay.start()
  await expect(async () => {
    await page.clock.runFor(5_000)
    await expect(page.getByText('The proxy does not answer.')).toBeHidden({ timeout: 500 })
  }).toPass()
  await expect(page.getByRole('switch', { name: 'Debug mode' })).toBeChecked()
})

test('where the stream breaks the page asks every 5 seconds', async ({ page, app, relay, allowedErrors }) => {
  allowedErrors.push(/Failed to load resource|ERR_/)
  await record(app)
  relay.refused = 'GET /api/events'
  await page.clock.install()
  await page.goto(`${relay.url}/debug?q=with:pings`)
  await expect(page.getByText('The live connection is broken')).toBeVisible()
  await expect(page.getByRole('switch', { name: 'Debug mode' })).toBeChecked()
  await app.get('/ping')
  await page.clock.runFor(5_500)
  await expect(rows(page)).toHaveCount(1)
})

test('recording that cannot be started says so', async ({ page, relay, allowedErrors }) => {
  allowedErrors.push(/Failed to load resource|ERR_/)
  await page.goto(`${relay.url}/debug`)
  await page.getByRole('button', { name: 'Start recording' }).focus()
  await relay.cut()
  await page.keyboard.press('Enter')
  await expect(page.getByText('The proxy does not answer; is it still running?')).toBeVisible()
})
