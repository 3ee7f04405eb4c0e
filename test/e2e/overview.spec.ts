/** The page /overview: figures, charts, who did how much; as a table, by keyboard, and in every setting. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { writeDay } from '../support/history.ts'
import { JOBS, predict } from '../support/immich-client.ts'
import { readPhoto } from '../support/photo.ts'
import { configOf, startProxy } from '../support/proxy.ts'
import { judge } from './support/judge.ts'
import { expect, sidewaysOverflow, test as base } from './support/test.ts'

/** A proxy with a day of history behind it. */
const test = base.extend({
  app: async ({ limits }, use) => {
    const userDataDir = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-'))
    await writeDay(userDataDir)
    const app = await startProxy({ limits, userDataDir })
    await use(app)
    await app.stop()
  },
})

const chart = (page: Page, name: string) => page.getByRole('figure', { name })
const row = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Backends' }).getByRole('row').filter({ hasText: name })

/** How many pixels of the plot have a colour that is not grey. */
const colouredPixels = (page: Page, name: string): Promise<number> =>
  chart(page, name)
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const context = canvas.getContext('2d')
      const { data } = context?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
      let coloured = 0
      for (let at = 0; at < data.length; at += 4) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = [data[at], data[at + 1], data[at + 2], data[at + 3]]
        if (alpha > 128 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) coloured++
      }
      return coloured
    })

test('shows what was answered in the range, and what has failed', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await predict(app.url, JOBS.searchImage, readPhoto())
  await predict(app.url, JOBS.searchText, 'a dog')
  await page.goto('/overview')
  const figures = page.getByRole('region', { name: 'In short' })
  await expect(figures).toContainText(/Photos answered\s*[\d,]+\s*in the last hour/)
  await expect(figures).toContainText('At work now')
  await page.getByRole('button', { name: '24 hours' }).click()
  await expect(page).toHaveURL(/range=24h/)
  await expect(figures).toContainText('in the last 24 hours')
  await expect(figures).toContainText('Immich does not repeat a photo that failed')
  await page.reload()
  await expect(page.getByRole('button', { name: '24 hours' })).toHaveAttribute('aria-pressed', 'true')
})

test('draws two charts, and draws them anew in another theme, size and task', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview?range=24h')
  for (const name of ['Answers a minute', 'Time for an answer'])
    await expect.poll(() => colouredPixels(page, name)).toBeGreaterThan(200)
  const legend = chart(page, 'Answers a minute').locator('.legend')
  await expect(legend.getByRole('listitem', { includeHidden: true })).toHaveCount(2)
  await page.getByLabel('Task').selectOption({ label: 'Smart search: search words' })
  await expect(legend).not.toContainText('nas')
  await page.getByLabel('Task').selectOption({ label: 'Faces' })
  await expect(legend).toContainText('nas')
  await page.getByRole('button', { name: 'Theme: system' }).click()
  await page.setViewportSize({ width: 375, height: 800 })
  await expect.poll(() => colouredPixels(page, 'Answers a minute')).toBeGreaterThan(100)
  expect(await sidewaysOverflow(page)).toBe(0)
  const canvas = await chart(page, 'Answers a minute').locator('canvas').boundingBox()
  expect(canvas?.width).toBeLessThan(360)
})

test('the values under the pointer stand in the legend', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview?range=24h')
  const legend = chart(page, 'Answers a minute').locator('.legend')
  const plot = chart(page, 'Answers a minute').locator('.u-over')
  const { width = 0, height = 0 } = (await plot.boundingBox()) ?? {}
  const before = await legend.innerText()
  await plot.hover({ position: { x: width * 0.8, y: height / 2 } })
  await expect(legend).not.toHaveText(before)
})

test('every value of a chart is in a table, and a summary is read out', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview?range=24h')
  const figure = chart(page, 'Answers a minute')
  await expect(figure).toHaveAccessibleDescription(/gpu: at most \d+ a minute, last .* nas: at most/)
  await figure.getByText('As a table').click()
  const table = figure.getByRole('table')
  await expect(table.getByRole('row')).toHaveCount(145)
  await expect(table.getByRole('columnheader')).toHaveText(['From', 'gpu', 'nas'])
  // The hours in which the program did not run.
  await expect(table.getByRole('cell', { name: '–' })).not.toHaveCount(0)
  await chart(page, 'Time for an answer').getByText('As a table').click()
  await expect(chart(page, 'Time for an answer').getByRole('columnheader')).toHaveText([
    'From',
    'gpu, median',
    'gpu, 95 of 100 within',
    'nas, median',
    'nas, 95 of 100 within',
  ])
})

test('each backend has its line: state, uptime, answers, time, failures, waiting', async ({
  page,
  app,
  pair,
}) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview?range=24h')
  await expect(row(page, 'gpu')).toContainText('Healthy')
  // Forty of some 1,300 minutes.
  await expect(row(page, 'gpu')).toContainText(/9[67](\.\d)? %/)
  await expect(
    row(page, 'gpu').getByRole('img', { name: /^gpu was healthy [\d,]+ minutes, away \d+ minutes/ }),
  ).toBeVisible()
  await expect(row(page, 'nas')).toContainText('100 %')
  await expect(row(page, 'nas').getByRole('img', { name: 'Failures of nas over time' })).toBeVisible()
  await app.configure(configOf([pair.gpu]))
  await page.reload()
  await expect(row(page, 'nas')).toContainText('not in the configuration any more')
})

test('tells who did how much of the last import', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview')
  const section = page.getByRole('region', { name: 'Who did how much' }).first()
  await expect(section).toContainText(/The last import, \d\d:\d\d to \d\d:\d\d: [\d,]+ photo tasks\./)
  await expect(section.getByRole('row').filter({ hasText: 'gpu' })).toContainText(/6\d(\.\d)? %/)
  await expect(section.getByRole('columnheader')).toContainText([
    'Backend',
    'Share',
    'Smart search: photos',
    'Faces',
  ])
})

test('every control is in sight when it has the focus, from the keyboard alone', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  for (const size of [
    { width: 1280, height: 800 },
    { width: 375, height: 700 },
  ]) {
    await page.setViewportSize(size)
    await page.goto('/overview?range=24h')
    await expect(chart(page, 'Answers a minute')).toBeVisible()
    const names = new Set<string>()
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        if (element === null || element === document.body) return undefined
        const { top, bottom } = element.getBoundingClientRect()
        return {
          name: element.textContent.trim(),
          isSeen: top >= 0 && (bottom <= innerHeight || bottom - top > innerHeight),
        }
      })
      if (focused === undefined) break
      names.add(focused.name)
      expect(focused.isSeen, focused.name).toBe(true)
    }
    expect([...names]).toEqual(expect.arrayContaining(['1 hour', '6 hours', '24 hours', 'As a table']))
  }
})

test('axe finds nothing after a day', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview?range=24h')
  await chart(page, 'Answers a minute').getByText('As a table').click()
  await expect(chart(page, 'Answers a minute').getByRole('table')).toBeVisible()
  await judge(page, 'overview')
})

base('axe finds nothing where nothing was asked yet', async ({ page }) => {
  await page.goto('/overview')
  await expect(page.getByText('Nothing was answered in this time.').first()).toBeVisible()
  await expect(page.getByText('No backends yet.')).toBeVisible()
  await judge(page, 'overview without backends')
})

test('figures that cannot be asked for are told to be old', async ({ page, pair, allowedErrors }) => {
  expect(pair.gpu.name).toBe('gpu')
  allowedErrors.push(/500/)
  await page.clock.install()
  await page.goto('/overview')
  await expect(chart(page, 'Answers a minute')).toBeVisible()
  await page.route('/api/history*', (route) =>
    route.fulfill({ status: 500, json: { error: 'Something went wrong' } }),
  )
  await page.clock.runFor(20_000)
  await expect(page.getByText('These figures are old: Something went wrong')).toBeVisible()
  await expect(chart(page, 'Answers a minute')).toBeVisible()
})
