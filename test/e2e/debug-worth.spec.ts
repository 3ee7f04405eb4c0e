/** What makes the list of /debug worth reading: pictures, who answered, what is left out, conditions, one time axis. */
import type { Locator, Page } from '@playwright/test'
import { JOBS, predict } from '../support/immich-client.ts'
import { readPhoto } from '../support/photo.ts'
import { configOf } from '../support/proxy.ts'
import { judge } from './support/judge.ts'
import { detail, open, record, records, rows } from './support/records.ts'
import { expect, sidewaysOverflow, test } from './support/test.ts'

const photo = readPhoto()
const chip = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name })
const filterOf = (page: Page): Locator => page.getByLabel('Filter')
const options = (page: Page): Locator => page.getByRole('option')

test('a row shows the picture or the words, who answered, and the time as a bar', async ({
  page,
  app,
  pair,
}) => {
  await app.configure(
    configOf([pair.gpu, pair.nas], { taskRouting: { clip: 'nas' }, taskRoutingPolicy: { clip: 'fallback' } }),
  )
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  pair.nas.predictFault = [{ kind: 'status', status: 503 }]
  await predict(app.url, JOBS.searchText, 'sunset by the sea')
  await page.goto('/debug')
  const [words, picture] = [rows(page).nth(0), rows(page).nth(1)]
  await expect(words).toContainText('“sunset by the sea”')
  await expect(words).toContainText('nas ✗ → gpu ✓')
  await expect(words).toContainText('failover')
  await expect(words.getByRole('img', { name: /^Took / })).toBeVisible()
  const thumbnail = picture.locator('img.thumb')
  await expect(thumbnail).toBeVisible()
  await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalHeight)).toBe(56)
  await expect(picture).toContainText('gpu ✓')
  await expect(picture.locator('.mark')).toHaveCount(0)
  // One failure is one, though a backend failed on the way.
  await expect(page.getByText('2 incoming · 3 outgoing · 1 error', { exact: true })).toBeVisible()
})

test('pings are left out until they are asked for, and counted', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await record(app)
  for (let count = 0; count < 3; count++) await app.get('/ping')
  await page.goto('/debug')
  await expect(page.getByText('Nothing but pings so far')).toBeVisible()
  await predict(app.url, JOBS.searchText, 'a dog')
  await expect(rows(page)).toHaveCount(1)
  await expect(page.getByText('1 / 1 requests match')).toBeVisible()
  const pings = chip(page, 'Pings (3)')
  await expect(pings).toHaveAttribute('aria-pressed', 'false')
  await pings.click()
  await expect(rows(page)).toHaveCount(4)
  await expect(filterOf(page)).toHaveValue('with:pings')
  await expect(page).toHaveURL(/q=with:pings/)
  await chip(page, 'Pings').click()
  await expect(rows(page)).toHaveCount(1)
})

test('chips show errors, failovers, slow ones and texts, and stand in the filter', async ({
  page,
  app,
  pair,
}) => {
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  pair.gpu.predictFault = [{ kind: 'status', status: 500 }]
  await predict(app.url, JOBS.searchText, 'broken')
  await page.goto('/debug')
  await expect(rows(page)).toHaveCount(2)
  await chip(page, 'Errors').click()
  await expect(rows(page)).toHaveCount(1)
  await expect(rows(page).first()).toContainText('broken')
  await expect(page.getByText('1 / 2 requests match')).toBeVisible()
  await chip(page, 'Texts').click()
  await expect(filterOf(page)).toHaveValue('status:error is:text')
  await expect(rows(page)).toHaveCount(1)
  await chip(page, 'Failovers').click()
  await expect(page.getByText('Nothing matches the filter')).toBeVisible()
  for (const name of ['Errors', 'Texts', 'Failovers']) await chip(page, name).click()
  await expect(filterOf(page)).toHaveValue('')
  await chip(page, 'Slow').click()
  await expect(filterOf(page)).toHaveValue('slow:>1s')
})

test('every column sorts, and tells how', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await record(app)
  for (const text of ['beta', 'alpha', 'gamma']) await predict(app.url, JOBS.searchText, text)
  await page.goto('/debug')
  await expect(rows(page)).toHaveCount(3)
  const shown = async (): Promise<string[]> =>
    (await rows(page).locator('.what').allInnerTexts()).map((text) => text.replaceAll(/[“”]/g, ''))
  await page.getByRole('button', { name: 'What', exact: true }).click()
  await expect.poll(shown).toEqual(['alpha', 'beta', 'gamma'])
  await expect(page.getByRole('columnheader', { name: 'What' })).toHaveAttribute('aria-sort', 'ascending')
  await page.getByRole('button', { name: 'What', exact: true }).click()
  await expect.poll(shown).toEqual(['gamma', 'beta', 'alpha'])
  await page.reload()
  await expect.poll(shown).toEqual(['gamma', 'beta', 'alpha'])
  for (const name of ['Time', 'Task', 'Answered by', 'Status', 'Duration']) {
    await page.getByRole('button', { name, exact: true }).click()
    await expect(page.getByRole('columnheader', { name })).toHaveAttribute('aria-sort', /^(as|des)cending$/)
    await expect(page.locator('th[aria-sort="none"]')).toHaveCount(5)
  }
})

test('the filter completes keys and values from the keyboard', async ({ page, app, pair }) => {
  expect(pair.nas.name).toBe('nas')
  await record(app)
  await predict(app.url, JOBS.searchText, 'x')
  await page.goto('/debug')
  const filter = filterOf(page)
  await filter.pressSequentially('ba')
  await expect(options(page)).toHaveText(['backend:'])
  await expect(filter).toHaveAttribute('aria-expanded', 'true')
  await filter.press('ArrowDown')
  await expect(options(page).first()).toHaveAttribute('aria-selected', 'true')
  await filter.press('Enter')
  await expect(filter).toHaveValue('backend:')
  await expect(options(page)).toHaveText(['backend:gpu', 'backend:nas'])
  await judge(page, 'suggestions')
  await filter.press('ArrowUp')
  await filter.press('Tab')
  await expect(filter).toHaveValue('backend:nas ')
  await expect(filter).toBeFocused()
  await filter.pressSequentially('st')
  await expect(options(page)).toHaveText(['status:'])
  await filter.press('Escape')
  await expect(options(page)).toHaveCount(0)
  await expect(filter).toHaveValue('backend:nas st')
  await filter.pressSequentially('a')
  await options(page).first().click()
  await expect(filter).toHaveValue('backend:nas status:')
})

test('a key that is none is told, with the one that was meant', async ({ page, app }) => {
  await record(app)
  await page.goto('/debug')
  await filterOf(page).fill('statuss:500')
  await expect(page.getByText('statuss is no key; status?')).toBeVisible()
  await filterOf(page).fill('http://gpu:3003')
  await filterOf(page).blur()
  await expect(page.getByText(/is no key/)).toHaveCount(0)
})

test('the detail begins with the error, then the picture, the times, and JSON', async ({
  page,
  app,
  pair,
}) => {
  await record(app)
  pair.gpu.predictFault = [{ kind: 'status', status: 500 }]
  await predict(app.url, { ...JOBS.faces, ...JOBS.ocr }, photo)
  await predict(app.url, JOBS.faces, photo)
  await page.goto('/debug')
  await open(page, 1)
  const side = detail(page)
  const top = async (locator: Locator): Promise<number> => (await locator.boundingBox())?.y ?? NaN
  const order = [
    side.getByRole('alert'),
    side.getByRole('img', { name: 'The image of the request' }),
    side.getByRole('heading', { name: /^Time, / }),
    side.getByRole('heading', { name: 'Request' }),
    side.getByRole('heading', { name: 'Answer' }),
  ]
  for (const part of order) await expect(part).toBeVisible()
  const tops = await Promise.all(order.map(top))
  expect(tops).toEqual([...tops].sort((a, b) => a - b))
  // Another record begins at its top, wherever this one was read to.
  await side.evaluate((element) => element.scrollTo({ top: 900 }))
  await open(page, 0)
  await expect(side.getByRole('img', { name: /^Found on it/ })).toBeVisible()
  expect(await side.evaluate((element) => element.scrollTop)).toBe(0)
})

test('all attempts stand on one axis, and waiting for another backend is not merging', async ({
  page,
  app,
  pair,
}) => {
  await app.configure(configOf([pair.gpu, pair.nas], { taskRouting: { ocr: 'nas' } }))
  await record(app)
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  pair.nas.predictFault = [{ kind: 'held', until: held }]
  const asked = predict(app.url, { ...JOBS.faces, ...JOBS.ocr }, photo)
  await expect.poll(() => pair.nas.active).toBe(1)
  await expect.poll(async () => (await records(app)).filter(({ pending }) => pending === true).length).toBe(2)
  release()
  await asked
  await page.goto('/debug')
  await open(page)
  const side = detail(page)
  await expect(side.getByRole('img', { name: /^gpu: .*backend .* · others .*/ })).toBeVisible()
  await expect(side.getByRole('img', { name: /^nas: .*backend .*/ })).toBeVisible()
  await expect(side.getByText('wait for the others')).toBeVisible()
  const lanes = side.locator('svg.lane')
  await expect(lanes).toHaveCount(2)
  const boxes = await lanes.evaluateAll((all) =>
    all.map((one) => one.getBoundingClientRect()).map(({ left, width }) => [left, width]),
  )
  expect(boxes[0]).toEqual(boxes[1])
  // The two share their end.
  const ends = await lanes.evaluateAll((all) =>
    all.map((one) =>
      Math.max(
        ...[...one.querySelectorAll('rect:not(.ground)')].map((rect) => rect.getBoundingClientRect().right),
      ),
    ),
  )
  expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0))).toBeLessThan(3)
})

test('replays are marked in the list', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await record(app)
  await predict(app.url, JOBS.searchText, 'x')
  await page.goto('/debug')
  await open(page)
  await detail(page).getByRole('button', { name: 'Replay' }).click()
  await expect(rows(page)).toHaveCount(2)
  await expect(rows(page).first().locator('.mark')).toHaveText('replay')
  await filterOf(page).fill('is:replay')
  await expect(rows(page)).toHaveCount(1)
})

test('the width of the detail can be dragged and set by keys, and is remembered', async ({
  page,
  app,
  pair,
}) => {
  expect(pair.gpu.name).toBe('gpu')
  await record(app)
  await predict(app.url, JOBS.searchText, 'x')
  await page.goto('/debug')
  await open(page)
  const divider = page.getByRole('separator', { name: 'Width of the detail' })
  const width = async (): Promise<number> => (await detail(page).boundingBox())?.width ?? 0
  const before = await width()
  const { x = 0, y = 0, height = 0 } = (await divider.boundingBox()) ?? {}
  await page.mouse.move(x + 6, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x - 150, y + height / 2, { steps: 4 })
  await page.mouse.up()
  await expect.poll(width).toBeGreaterThan(before + 120)
  const dragged = await width()
  await divider.focus()
  await page.keyboard.press('ArrowRight')
  await expect.poll(width).toBeLessThan(dragged)
  const kept = await width()
  await page.reload()
  await expect.poll(width).toBeCloseTo(kept, 0)
  expect(await sidewaysOverflow(page)).toBe(0)
  await page.keyboard.press('Escape')
  await expect(divider).toHaveCount(0)
})

test('no word of a row is cut off', async ({ page, app, pair }) => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  pair.gpu.predictFault = [{ kind: 'held', until: held }]
  await record(app)
  const asked = predict(app.url, JOBS.faces, photo)
  await expect.poll(() => pair.gpu.active).toBe(1)
  await page.goto('/debug')
  await expect(rows(page).first()).toContainText('pending')
  for (const width of [1280, 1366, 375]) {
    await page.setViewportSize({ width, height: 800 })
    const cut = await rows(page)
      .first()
      .locator('td.status, td.task')
      .evaluateAll((cells) =>
        cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent),
      )
    expect(cut, `${width} px`).toEqual([])
  }
  release()
  await asked
})

test('axe finds nothing in list, failover and detail', async ({ page, app, pair }) => {
  await app.configure(
    configOf([pair.gpu, pair.nas], { taskRouting: { clip: 'nas' }, taskRoutingPolicy: { clip: 'fallback' } }),
  )
  await record(app)
  pair.nas.predictFault = [{ kind: 'status', status: 503 }]
  await predict(app.url, JOBS.searchText, 'sunset')
  await predict(app.url, { ...JOBS.faces, ...JOBS.ocr }, photo)
  await page.goto('/debug')
  await expect(rows(page)).toHaveCount(2)
  await page
    .getByRole('button', { name: /outgoing$/ })
    .first()
    .click()
  await judge(page, 'list')
  await open(page, 0)
  await expect(detail(page).getByRole('img', { name: 'The image of the request' })).toBeVisible()
  await judge(page, 'detail')
})
