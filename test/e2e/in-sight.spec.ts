/** What hid or misled: under the Save bar, in the dark, while the network is slow, after the proxy has gone. */
import type { Locator, Page } from '@playwright/test'
import { pageIcons } from '../../scripts/icon-drawings.mjs'
import { freePort } from '../support/ports.ts'
import { configOf } from '../support/proxy.ts'
import { JOBS, predict } from '../support/immich-client.ts'
import { list, queries, record, rows } from './support/records.ts'
import { card, edit, expect, sidewaysOverflow, test } from './support/test.ts'

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1366, height: 768 },
]

/** Where the Save bar begins. */
const barTop = (page: Page): Promise<number> =>
  page.locator('.bar:has(button)').evaluate((bar) => bar.getBoundingClientRect().top)

/** Whether all of an element is on the screen and above the Save bar. */
async function isInSight(page: Page, locator: Locator): Promise<boolean> {
  const box = await locator.boundingBox()
  return box !== null && box.y >= 0 && box.y + box.height <= (await barTop(page))
}

const expectInSight = (page: Page, locator: Locator): Promise<void> =>
  expect.poll(() => isInSight(page, locator)).toBe(true)

/** What has the focus: a description, and whether it is in sight. Undefined where nothing has it. */
const focused = (page: Page): Promise<{ name: string; isSeen: boolean } | undefined> =>
  page.evaluate(() => {
    const element = document.activeElement
    if (element === null || element === document.body) return undefined
    const bar = document.querySelector('.bar:has(button)')
    const { top, bottom } = element.getBoundingClientRect()
    const isOfBar = bar?.contains(element) === true
    const line = isOfBar ? innerHeight : (bar?.getBoundingClientRect().top ?? innerHeight)
    const label =
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement
        ? element.labels?.[0]
        : undefined
    const name = (label?.textContent ?? element.getAttribute('aria-label') ?? element.textContent).trim()
    return { name, isSeen: top >= 0 && bottom <= line }
  })

for (const size of SIZES) {
  test(`nothing is under the Save bar in the first run, ${size.width} × ${size.height}`, async ({ page }) => {
    await page.setViewportSize(size)
    await page.goto('/config')
    await page.getByRole('button', { name: 'Add backend' }).click()
    await expect(page.getByLabel('Name')).toBeFocused()
    await expectInSight(page, card(page, 'New backend'))
    await page.getByLabel('Name').fill('gpu')
    await page.getByLabel('URL').fill(`http://127.0.0.1:${await freePort()}`)
    await card(page, 'gpu').getByRole('button', { name: 'Test' }).click()
    await expectInSight(page, card(page, 'gpu').getByText('It cannot be used'))
    await page.getByLabel('Name').fill('')
    await page.evaluate(() => scrollTo(0, 0))
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByLabel('Name')).toBeFocused()
    await expectInSight(page, page.getByLabel('Name'))
    await expectInSight(page, card(page, 'New backend').getByRole('alert'))
  })

  test(`every control that the tab key reaches is in sight, ${size.width} × ${size.height}`, async ({
    page,
    pair,
  }) => {
    expect(pair.gpu.name).toBe('gpu')
    await page.setViewportSize(size)
    await page.goto('/config')
    await edit(page, 'gpu')
    await page.getByRole('button', { name: 'Change who answers Text in photos' }).click()
    await page.evaluate(() => scrollTo(0, 0))
    const seen: string[] = []
    const hidden: string[] = []
    for (const key of ['Tab', 'Shift+Tab']) {
      for (let presses = 0; presses < 90; presses++) {
        await page.keyboard.press(key)
        const now = await focused(page)
        if (now === undefined) break
        seen.push(now.name)
        if (!now.isSeen) hidden.push(`${key} to ${now.name}`)
      }
    }
    expect(hidden).toEqual([])
    expect(seen).toEqual(expect.arrayContaining(['URL', 'Add a backend for Text in photos', 'Port', 'Save']))
  })
}

test('a new form that would open under the Save bar is scrolled into view whole', async ({ page }) => {
  await page.goto('/config')
  await page.getByRole('button', { name: 'Add backend' }).click()
  const bottom = await page
    .getByLabel('Name')
    .evaluate((input) => input.getBoundingClientRect().bottom + scrollY)
  await card(page, 'New backend').getByRole('button', { name: 'Remove' }).click()
  await page.evaluate(() => scrollTo(0, 0))
  // Its first field ends within the height of the bar: it would be on the screen, and behind the bar.
  await page.setViewportSize({ width: 1280, height: Math.round(bottom) + 12 })
  await page.getByRole('button', { name: 'Add backend' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Name')).toBeFocused()
  await expectInSight(page, card(page, 'New backend'))
})

/** Scrolls until an element lies behind the Save bar. */
const putBehindBar = (locator: Locator): Promise<void> =>
  locator.evaluate((element) => scrollBy(0, element.getBoundingClientRect().bottom - innerHeight + 6))

test('a test result that would stand behind the Save bar is scrolled into view', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto('/config')
  const nas = await edit(page, 'nas')
  await putBehindBar(nas.getByLabel('URL'))
  await nas.getByRole('button', { name: 'Test' }).evaluate((button: HTMLElement) => button.click())
  await expectInSight(page, nas.getByText('It answers'))
})

test('a port that is refused is in sight with its message', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto('/config')
  await page.getByLabel('Port').fill('0')
  await putBehindBar(page.getByLabel('Port'))
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByLabel('Port')).toBeFocused()
  await expectInSight(page, page.getByLabel('Port'))
  await expectInSight(page, page.getByRole('alert').filter({ hasText: 'Port' }))
})

/** The name of what has the focus where another element, or the edge of the window, covers its middle. */
const covered = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => {
    const element = document.activeElement
    if (element === null || element === document.body) return undefined
    const { left, right, top, bottom } = element.getBoundingClientRect()
    const isInside = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight
    const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    return isInside && element.contains(above) ? undefined : element.textContent.trim()
  })

test('no row of the debug list takes the focus behind the head of its table', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.setViewportSize({ width: 1280, height: 620 })
  await record(app)
  await queries(app, 15)
  await page.goto('/debug')
  await rows(page).last().waitFor()
  await list(page).evaluate((region) => region.scrollTo(0, region.scrollHeight))
  await rows(page).last().getByRole('link').focus()
  const hidden: string[] = []
  // Two a row: the link, and what unfolds it.
  for (let presses = 0; presses < 26; presses++) {
    await page.keyboard.press('Shift+Tab')
    const name = await covered(page)
    if (name !== undefined) hidden.push(name)
  }
  expect(hidden).toEqual([])
})

test('the last chip above the debug list is shown whole once it has the focus, 375 px', async ({ page }) => {
  await page.setViewportSize({ width: 375, height: 667 })
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Pings' }).focus()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Own tries' })).toBeFocused()
  await expect.poll(() => covered(page)).toBe(undefined)
})

test('a page of 1280 px at a zoom of 400 % does not scroll sideways', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await app.post('/api/auth/password', { password: 'correct horse' })
  await page.setViewportSize({ width: 320, height: 256 })
  await page.goto('/config')
  await page.getByLabel('Password', { exact: true }).fill('correct horse')
  await page.getByRole('button', { name: 'Log in' }).click()
  for (const name of ['Overview', 'Debug', 'Configuration']) {
    await page.getByRole('link', { name, exact: true }).click()
    await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible()
    await page.locator('main').waitFor()
    expect(await sidewaysOverflow(page), name).toBe(0)
  }
})

test('a test result ends with Save', async ({ page, app, backend }) => {
  const gpu = await backend({ name: 'gpu' })
  await page.goto('/config')
  await page.getByRole('button', { name: 'Add backend' }).click()
  await page.getByLabel('Name').fill('gpu')
  await page.getByLabel('URL').fill(gpu.url)
  await page.getByRole('button', { name: 'Test' }).click()
  await expect(page.getByText('It answers')).toBeVisible()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible()
  await expect(page.getByText('It answers')).toHaveCount(0)
  expect(app.service.store.config.backends).toHaveLength(1)
})

const LUMINANCE = `(text) => {
  const [red, green, blue] = text.match(/[\\d.]+/g).map(Number)
  const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
}`

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the selected row is told from the others, ${colorScheme}`, async ({ page, app, pair }) => {
    expect(pair.gpu.name).toBe('gpu')
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await record(app)
    for (const text of ['one', 'two', 'three']) await predict(app.url, JOBS.searchText, text)
    await page.goto('/debug')
    await rows(page).nth(1).getByRole('link').click()
    await expect(page.locator('tr[aria-current="true"]')).toHaveCount(1)
    const contrast = await page.evaluate(
      ([luminance]) => {
        // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- a function of the test, as text
        const of = new Function(`return ${luminance ?? ''}`)() as (text: string) => number
        const edge = document.querySelector('tr[aria-current="true"] td')
        const other = document.querySelector('tr[data-id]:not([aria-current]) td')
        const colour =
          edge === null ? '' : (/rgba?\([^)]*\)/.exec(getComputedStyle(edge).boxShadow)?.[0] ?? '')
        const scroller = document.querySelector('.scroller')
        const grounds = [other, scroller].map((one) =>
          one === null ? '' : getComputedStyle(one).backgroundColor,
        )
        const ground = grounds.find((one) => one !== '' && !/, 0\)$/.test(one)) ?? 'rgb(0, 0, 0)'
        if (colour === '') return 1
        const [light, dark] = [of(colour), of(ground)].sort((a, b) => b - a)
        return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
      },
      [LUMINANCE],
    )
    expect(contrast).toBeGreaterThanOrEqual(3)
  })
}

test('the login form is as wide as its words', async ({ page, app, allowedErrors }) => {
  allowedErrors.push(/401/)
  await app.post('/api/auth/password', { password: 'correct horse' })
  for (const address of ['/config', '/debug', '/overview']) {
    await page.goto(address)
    const box = await page.getByLabel('Password', { exact: true }).boundingBox()
    expect(box?.width).toBeLessThan(420)
  }
})

test('the page shows its shape before its code has come', async ({ page }) => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/*.js', async (route) => {
    await held
    await route.continue()
  })
  await page.goto('/config', { waitUntil: 'commit' })
  await expect(page.locator('.skeleton-card').first()).toBeVisible()
  await expect(page.getByText('Immich ML Proxy')).toBeVisible()
  const { height = 0 } = (await page.locator('.skeleton-card').first().boundingBox()) ?? {}
  expect(height).toBeGreaterThan(100)
  release()
  await expect(page.getByRole('heading', { name: 'Configuration' })).toBeVisible()
  await expect(page.locator('.skeleton-card')).toHaveCount(0)
})

test('the state on the page is the icon of the tray', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/config')
  await app.configure(configOf([pair.gpu, pair.nas], { defaultBackend: ['gpu', 'nas'] }))
  const icon = page.getByRole('region', { name: 'Overview' }).locator('img.state-icon')
  const shown = async (): Promise<string> => (await app.get((await icon.getAttribute('src')) ?? '')).text()
  await expect(page.getByRole('heading', { name: 'Everything works' })).toBeVisible()
  expect(await shown()).toBe(pageIcons().get('icons/healthy.svg'))
  await pair.nas.kill()
  await app.service.monitor.checkAll()
  await expect(page.getByRole('heading', { name: 'Everything still works' })).toBeVisible()
  expect(await shown()).toBe(pageIcons().get('icons/degraded.svg'))
})

test('that the proxy is gone has its icon, for which it cannot be asked any more', async ({
  page,
  relay,
  allowedErrors,
}) => {
  allowedErrors.push(/ERR_|Failed to load resource/)
  await page.goto(`${relay.url}/config`)
  const icon = page.getByRole('region', { name: 'Overview' }).locator('img.state-icon')
  await expect(icon).toBeVisible()
  await relay.cut()
  await expect(page.getByRole('heading', { name: 'The proxy does not answer' })).toBeVisible()
  await expect.poll(() => icon.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
  expect(await page.locator('link[rel="icon"]').getAttribute('href')).toMatch(/^data:image\/svg/)
})

test('that the proxy is gone is told once', async ({ page, relay, allowedErrors }) => {
  allowedErrors.push(/ERR_|Failed to load resource/)
  await page.goto(`${relay.url}/debug`)
  await expect(page.getByText('Nothing is recorded')).toBeVisible()
  await relay.cut()
  await expect(page.getByText(/does not answer/)).toHaveCount(1)
  await expect(page.getByText(/does not answer/)).toBeVisible()
})
