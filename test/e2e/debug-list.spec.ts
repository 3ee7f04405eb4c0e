/** The list of /debug with more records than fit, its filter, its links and its focus. */
import type { Locator, Page } from '@playwright/test'
import { JOBS, predict } from '../support/immich-client.ts'
import { detail, list, open, queries, record, records, rows } from './support/records.ts'
import { expect, sidewaysOverflow, test } from './support/test.ts'

const MANY = 110

/** How far the last column that is shown ends from the right edge of the table. */
async function gapAtTheRight(page: Page): Promise<number> {
  return page.evaluate(() => {
    const table = document.querySelector('table')
    const cells = [...document.querySelectorAll('tbody tr[data-id]:nth-child(5) td')]
    const shown = cells.filter((cell) => getComputedStyle(cell).display !== 'none')
    const end = shown.at(-1)?.getBoundingClientRect().right ?? 0
    return Math.abs((table?.getBoundingClientRect().right ?? Infinity) - end)
  })
}

test('a long list fills its width, however many columns fit', async ({ page, app, pair }) => {
  await record(app, 1_000)
  await queries(app, MANY)
  expect(pair.gpu.seen).toHaveLength(MANY)
  await page.goto('/debug')
  await expect(page.getByText(`${MANY} / ${MANY}`)).toBeVisible()
  await expect.poll(() => gapAtTheRight(page)).toBeLessThan(1)
  await open(page, 3)
  await expect(detail(page)).toBeVisible()
  await expect.poll(() => gapAtTheRight(page)).toBeLessThan(1)
  await detail(page).getByRole('button', { name: 'Close' }).click()
  await page.setViewportSize({ width: 375, height: 800 })
  await expect.poll(() => gapAtTheRight(page)).toBeLessThan(1)
  await list(page).evaluate((element) => (element.scrollTop = 2_000))
  await expect.poll(() => gapAtTheRight(page)).toBeLessThan(1)
  expect(await sidewaysOverflow(page)).toBe(0)
})

for (const width of [1280, 700]) {
  test(`text of twice its size is cut in no time, status or duration, ${width} px wide`, async ({
    page,
    app,
    pair,
  }) => {
    await record(app, 1_000)
    await queries(app, MANY)
    expect(pair.gpu.seen).toHaveLength(MANY)
    await page.setViewportSize({ width, height: 800 })
    await page.goto('/config')
    await page.evaluate(() => (document.documentElement.style.fontSize = '30px'))
    await page.getByRole('link', { name: 'Debug' }).click()
    await expect(page.getByText(`${MANY} / ${MANY}`)).toBeVisible()
    const cut = await page.evaluate(() => {
      const cells = [...document.querySelectorAll('table :is(.time, .status, .duration)')]
      const isCut = ({ scrollWidth, clientWidth }: Element): boolean => scrollWidth > clientWidth
      return cells.filter(isCut).map((cell) => cell.textContent)
    })
    expect(cut).toEqual([])
    const heights = await rows(page).evaluateAll((all) =>
      all.map((row) => row.getBoundingClientRect().height),
    )
    expect(new Set(heights)).toEqual(new Set([72]))
    expect(await sidewaysOverflow(page)).toBe(0)
  })
}

test('a link to an older record goes where it is in the list', async ({ page, app, pair }) => {
  await record(app, 1_000)
  await queries(app, MANY)
  expect(pair.gpu.seen).toHaveLength(MANY)
  const [oldest] = await records(app)
  await page.goto(`/debug#${oldest?.id ?? ''}`)
  await expect(detail(page).getByRole('region', { name: 'Searched for' })).toContainText('query 0')
  const row = page.locator(`[data-id="${oldest?.id ?? ''}"]`)
  await expect(row).toBeInViewport()
  await expect(row.getByRole('link')).toBeFocused()
})

test('the filter stands in the address, marks what it found, and is each tab’s own', async ({
  page,
  context,
  app,
  pair,
}) => {
  await record(app)
  await predict(app.url, JOBS.searchText, 'sunset')
  await app.get('/ping')
  expect(pair.gpu.seen).toHaveLength(1)
  await page.goto('/debug')
  const filter = page.getByLabel('Filter')
  await filter.pressSequentially('SUNSET')
  await expect(rows(page).locator('mark')).toHaveText(['sunset'])
  await expect(page.getByText('1 / 1 requests match')).toBeVisible()
  await expect(page).toHaveURL('/debug?q=SUNSET')
  const other = await context.newPage()
  await other.goto('/debug?q=is:ping')
  await expect(rows(other)).toHaveCount(1)
  await other.getByLabel('Filter').fill('status:200 is:ping')
  await expect(other).toHaveURL(/q=status:200/)
  await expect(filter).toHaveValue('SUNSET')
  await other.close()
  // The last one typed is where a visit without one begins.
  await page.goto('/debug')
  await expect(filter).toHaveValue('status:200 is:ping')
  await expect(page).toHaveURL(/q=status:200/)
  await page.getByRole('link', { name: 'Configuration' }).click()
  // A press before the other page is there would be one on the page's own link, which has no filter.
  await expect(page.getByRole('heading', { name: 'Configuration' })).toBeVisible()
  await page.getByRole('link', { name: 'Debug' }).click()
  await expect(filter).toHaveValue('status:200 is:ping')
})

test('what is still being typed is no mistake', async ({ page, app }) => {
  await record(app)
  await app.get('/nowhere')
  await page.clock.install()
  await page.goto('/debug')
  await expect(rows(page)).not.toHaveCount(0)
  // Time stands still but for what `runFor` lets pass: the machine may take as long over a key as it likes.
  await page.clock.pauseAt(Date.now() + 10_000)
  const filter = page.getByLabel('Filter')
  const problem = page.getByText(/is not understood/)
  await filter.pressSequentially('slow:')
  for (const key of ['>', '2', 'q']) {
    await filter.press(key)
    await page.clock.runFor(300)
    await expect(problem).toHaveCount(0)
  }
  await page.clock.runFor(600)
  await expect(problem).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await filter.press('Backspace')
  await page.clock.runFor(50)
  await expect(problem).toHaveCount(0)
  await filter.fill('status:nothing')
  await page.clock.runFor(50)
  await expect(problem).toHaveCount(0)
  await filter.blur()
  await expect(problem).toBeVisible()
  await page.getByRole('button', { name: 'How to search' }).click()
  for (const word of ['status:pending', 'status:error', '"a dog"', '-task:ocr'])
    await expect(page.getByText(word).first()).toBeVisible()
})

test('with a modifier key a record opens in a tab of its own', async ({ page, context, app }) => {
  await record(app)
  await app.get('/ping')
  await page.goto('/debug?q=with:pings')
  const opened = context.waitForEvent('page')
  await rows(page)
    .first()
    .getByRole('link')
    .click({ modifiers: ['ControlOrMeta'] })
  const tab = await opened
  await expect(detail(tab).getByRole('heading', { name: 'GET /ping' })).toBeVisible()
  await expect(detail(page)).toHaveCount(0)
  await rows(page)
    .first()
    .getByRole('cell', { name: 'GET /ping' })
    .click({ modifiers: ['ControlOrMeta'] })
  await expect(detail(page)).toHaveCount(0)
})

test('back after Close does not open the detail again', async ({ page, app }) => {
  await record(app)
  for (let count = 0; count < 3; count++) await app.get('/nowhere')
  await page.goto('/config')
  await page.getByRole('link', { name: 'Debug' }).click()
  await open(page, 0)
  await open(page, 1)
  await expect(detail(page)).toBeVisible()
  await expect(page).toHaveTitle(/^GET \/nowhere \d\d:\d\d:\d\d · Debug · Immich ML Proxy$/)
  await page.goBack()
  await expect(detail(page)).toHaveCount(0)
  await page.goForward()
  await detail(page).getByRole('button', { name: 'Close' }).click()
  await expect(detail(page)).toHaveCount(0)
  await expect(page).toHaveTitle('Debug · Immich ML Proxy')
  await expect(rows(page).nth(1).getByRole('link')).toBeFocused()
  await page.goBack()
  await expect(page).toHaveURL(/\/config$/)
})

test('on a phone the list has its height, and the open detail makes everything else inert', async ({
  page,
  app,
}) => {
  await page.setViewportSize({ width: 375, height: 760 })
  await record(app)
  for (let count = 0; count < 3; count++) await app.get('/ping')
  await page.goto('/debug?q=with:pings')
  await expect(rows(page)).toHaveCount(3)
  expect((await list(page).boundingBox())?.y).toBeLessThan(240)
  await expect(page.getByLabel('Max records')).toBeHidden()
  await open(page)
  const side = detail(page)
  await expect(side.getByRole('heading', { name: 'GET /ping' })).toBeFocused()
  const isInert = (locator: Locator): Promise<boolean> =>
    locator.evaluate((element) => element.closest('[inert]') instanceof Element)
  const others = [
    page.getByRole('link', { name: 'Configuration' }),
    page.getByRole('switch'),
    page.getByLabel('Filter'),
    list(page),
  ]
  for (const other of others) expect(await isInert(other)).toBe(true)
  expect(await isInert(side)).toBe(false)
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('Tab')
    const isOut = await page.evaluate(
      () => document.activeElement?.closest('header.top, section.controls, table') instanceof Element,
    )
    expect(isOut).toBe(false)
  }
  await side.getByRole('button', { name: 'Close' }).click()
  await expect(rows(page).first().getByRole('link')).toBeFocused()
  for (const other of others) expect(await isInert(other)).toBe(false)
  await page.getByRole('button', { name: 'More' }).click()
  await expect(page.getByLabel('Max records')).toBeVisible()
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Clear records' }).click()
  await expect(rows(page)).toHaveCount(0)
  await expect(list(page)).toBeFocused()
  expect(await sidewaysOverflow(page)).toBe(0)
})

test('a record that goes while it is read hands the focus on', async ({ page, app, allowedErrors }) => {
  // Its answer may be asked for just when it goes, which the browser tells in its console.
  allowedErrors.push(/status of 404/)
  await record(app)
  await app.get('/ping')
  await page.goto('/debug?q=with:pings')
  await open(page)
  await expect(detail(page).getByRole('heading', { name: 'GET /ping' })).toBeFocused()
  await app.post('/api/debug/max-records', { maxRecords: 1 })
  await app.get('/ping')
  await expect(detail(page).getByText(/is not there \(any more\)/)).toBeVisible()
  await expect(detail(page).getByRole('button', { name: 'Close' })).toBeFocused()
})

test('a record that is gone is told of, with a button of its own size', async ({ page, app }) => {
  await record(app)
  await app.get('/ping')
  await page.goto('/debug#nowhere')
  await expect(detail(page).getByText('The record nowhere is not there (any more)')).toBeVisible()
  const close = detail(page).getByRole('button', { name: 'Close' })
  expect((await close.boundingBox())?.width).toBeLessThan(120)
  await close.click()
  await expect(detail(page)).toHaveCount(0)
  await expect(list(page)).toBeFocused()
})
