/** What /config shows at a glance: the flow, its words for trouble, the first run, and trying a picture. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page, Route } from '@playwright/test'
import { StatusReport } from '../../src-main/app/status-report.ts'
import { JOBS, predict } from '../support/immich-client.ts'
import { PHOTO_FILE, readPhoto } from '../support/photo.ts'
import { configOf } from '../support/proxy.ts'
import { queries, record, rows } from './support/records.ts'
import { answerBy, card, edit, expect, route, save, sidewaysOverflow, test } from './support/test.ts'
import { fileURLToPath } from 'node:url'

const SETTINGS = [
  ['light', 1280],
  ['dark', 375],
] as const

async function judge(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width] of SETTINGS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 800 })
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode()
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .analyze()
    const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    expect.soft(findings, `${name}, ${colorScheme}, ${width} px`).toEqual([])
    expect.soft(await sidewaysOverflow(page), `${name} sideways at ${width} px`).toBe(0)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

const overview = (page: Page) => page.getByRole('region', { name: 'Overview' })

test.describe('the flow', () => {
  test('shows who answers what, who asked, and what if one is off; unsaved changes too', async ({
    page,
    app,
    pair,
  }) => {
    await app.configure(
      configOf([pair.gpu, pair.nas], {
        taskRouting: { ocr: { backends: ['gpu', 'nas'], share: 'in-order' } },
      }),
    )
    await page.goto('/config')
    await expect(page.getByText('Immich has not asked yet.')).toBeVisible()
    await (await predict(app.url, JOBS.searchImage, readPhoto())).arrayBuffer()
    await expect(page.getByText(/^Immich asked (just now|\d+ s ago) from 127\.0\.0\.1\.$/)).toBeVisible()
    const drawing = overview(page).getByRole('img', { name: /Faces: gpu answers/ })
    await expect(drawing).toBeVisible()
    await expect(drawing).toHaveAccessibleName(/Text in photos: gpu answers, nas stands by/)
    await page.getByText('As a table').click()
    const rows = page.getByRole('table', { name: 'Which backend answers which task now' }).getByRole('row')
    await expect(rows.filter({ hasText: 'Text in photos' })).toContainText('gpu answers, nas stands by')

    await page.getByLabel('What if').selectOption('gpu')
    await expect(page.getByText('This shows what would happen if gpu were off.')).toBeVisible()
    await expect(rows.filter({ hasText: 'Text in photos' })).toContainText('nas answers, gpu is off')
    await page.getByRole('button', { name: 'Why? Faces' }).click()
    await expect(page.getByText('It fails now: gpu is off.')).toBeVisible()
    await judge(page, 'what if')
    await page.getByLabel('What if').selectOption('')

    await answerBy(page, 'Faces', 'nas')
    await expect(page.getByText('This shows your changes, which are not saved yet.')).toBeVisible()
    await expect(rows.filter({ hasText: 'Faces' })).toContainText('nas answers')
  })

  test('two backends and the routing fit one screen of 1280 × 800', async ({ page, app, pair }) => {
    await app.configure(configOf([pair.gpu, pair.nas], { defaultBackend: ['gpu', 'nas'] }))
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto('/config')
    await expect(card(page, 'nas')).toBeVisible()
    const backends = await page.getByRole('region', { name: 'Backends' }).boundingBox()
    const routing = await page.locator('li.route').last().boundingBox()
    const bar = await page.locator('.bar:has(button)').boundingBox()
    const whole = (routing?.y ?? 0) + (routing?.height ?? 0) - (backends?.y ?? 0)
    expect(whole).toBeLessThan(800 - (bar?.height ?? 0))
  })
})

test('what fails, what still works, and the one click that helps', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.nas, pair.gpu], { taskRouting: { clip: 'gpu' } }))
  await pair.gpu.kill()
  await app.service.monitor.checkAll()
  await page.goto('/config')
  await expect(overview(page).getByRole('heading', { name: 'Something fails' })).toBeVisible()
  await expect(
    page.getByText('Smart search fails: gpu is off. Faces and text in photos still work.'),
  ).toBeVisible()
  await expect(page).toHaveTitle('⚠ Configuration · Immich ML Proxy')
  expect(await page.locator('link[rel="icon"]').getAttribute('href')).toMatch(/down-[\w-]+\.svg$/)
  await judge(page, 'trouble')
  await page.getByRole('button', { name: 'Use nas meanwhile' }).click()
  await expect(overview(page).getByRole('heading', { name: 'Everything still works' })).toBeVisible()
  expect(app.service.store.config.taskRouting).toEqual({
    clip: { backends: ['gpu', 'nas'], share: 'in-order' },
  })
  await expect(page).toHaveTitle('Configuration · Immich ML Proxy')
  expect(await page.locator('link[rel="icon"]').getAttribute('href')).toBe('/favicon.svg')
})

test('a backend that no route names makes nothing degraded', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.gpu, pair.nas]))
  await pair.nas.kill()
  await app.service.monitor.checkAll()
  await page.goto('/config')
  await expect(card(page, 'nas').getByText('Off', { exact: true })).toBeVisible()
  await expect(card(page, 'nas').getByText('in no route yet')).toBeVisible()
  await expect(overview(page).getByRole('heading', { name: 'Everything works' })).toBeVisible()
})

test('the first run: four steps that tick themselves', async ({ page, app, backend }) => {
  const gpu = await backend({ name: 'gpu' })
  await page.goto('/config')
  const step = (title: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: new RegExp(`^${title}`) }) })
  await expect(step('Start a server')).toContainText('docker run -d --name immich_machine_learning')
  await page.getByLabel('AMD').check()
  await page.getByLabel('Version of your Immich').fill('2.5.1')
  await expect(page.getByRole('group', { name: 'Docker command' })).toContainText(
    'ghcr.io/immich-app/immich-machine-learning:v2.5.1-rocm',
  )
  await page.getByText('The same as a compose file').click()
  await expect(page.getByRole('group', { name: 'The same as a compose file' })).toContainText('/dev/kfd')
  await judge(page, 'first run')
  await page.getByRole('button', { name: 'Add backend' }).click()
  await step('Add it').getByLabel('Name').fill('gpu')
  await step('Add it').getByLabel('URL').fill(`127.0.0.1:${gpu.port}/predict`)
  await expect(page.getByText(`Saved as ${gpu.url}`)).toBeVisible()
  await save(page)
  await expect(step('Start a server')).toContainText('done')
  await expect(step('Add it').getByRole('heading', { name: /^Add it/ })).toContainText('done')
  expect(app.service.store.config.backends[0]?.url).toBe(gpu.url)
  await step('Try a picture').getByRole('button', { name: 'Try a picture' }).click()
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByText('Done.')).toBeVisible()
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()
  await expect(step('Try a picture')).toContainText('done')
  await expect(step('Tell Immich')).toContainText('to do')
  await app.get('/ping')
  await expect(page.getByText('All four steps are done: Immich uses this proxy.')).toBeVisible()
  await page.getByRole('button', { name: 'Hide these steps' }).click()
  await expect(page.getByRole('heading', { name: 'Four steps to begin' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Add backend' })).toBeFocused()
})

test('the address of a container is not told as one for Immich', async ({ page }) => {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the report it belongs to
  const told = StatusReport.prototype.current
  StatusReport.prototype.current = function () {
    const addresses = ['http://127.0.0.1:3004', 'http://172.20.0.5:3004']
    return { ...told.call(this), addresses, container: true }
  }
  try {
    await page.goto('/config')
    const address = overview(page).getByRole('listitem').filter({ hasText: '172.20.0.5' })
    await expect(address).toContainText('only if the container uses its host’s network')
    await expect(page.getByText('http://immich-ml-proxy:3004 from our compose file')).toBeVisible()
  } finally {
    StatusReport.prototype.current = told
  }
})

test.describe('a URL as people write it', () => {
  test('is completed, shown before it is saved, and stands in the field once that is left', async ({
    page,
    app,
    pair,
  }) => {
    await page.goto('/config')
    const gpu = await edit(page, pair.gpu.name)
    await gpu.getByLabel('URL').fill('192.168.1.20/')
    await expect(gpu.getByText('Saved as http://192.168.1.20:3003')).toBeVisible()
    await page.keyboard.press('Tab')
    await expect(gpu.getByLabel('URL')).toHaveValue('http://192.168.1.20:3003')
    await save(page)
    expect(app.service.store.config.backends[0]?.url).toBe('http://192.168.1.20:3003')
  })
})

test.describe('try a picture', () => {
  test('side by side: boxes, texts, two times, and that two compute the same vectors', async ({
    page,
    pair,
  }) => {
    expect(pair.gpu.name).toBe('gpu')
    await page.goto('/config')
    await card(page, 'gpu').getByRole('button', { name: 'Try a picture' }).click()
    const dialog = page.getByRole('dialog', { name: 'Try a picture' })
    await expect(dialog.getByRole('img', { name: 'The picture that is tried' })).toBeVisible()
    await expect(
      dialog.getByText(/its defaults are used: ViT-B-32__openai, buffalo_l and PP-OCRv5_mobile/),
    ).toBeVisible()
    await dialog.getByRole('checkbox', { name: 'nas' }).check()
    await dialog.locator('input[type=file]').setInputFiles(fileURLToPath(PHOTO_FILE))
    await expect(dialog.getByText('1440 × 960 pixels, as Immich sends it')).toBeVisible()
    await dialog.getByRole('button', { name: 'Try it' }).click()
    await expect(dialog.getByText('Done.')).toBeVisible()
    await expect(
      dialog.getByText(/^Same picture: gpu and nas compute the same vectors \(cosine 1\.0000\)\.$/),
    ).toBeVisible()
    await expect(dialog.getByText(/^Same search words: gpu and nas compute the same vectors/)).toBeVisible()
    const row = dialog.getByRole('row').filter({ hasText: 'Text in photos' })
    await expect(row).toContainText('“read by gpu”')
    await expect(row).toContainText('“read by nas”')
    await expect(row).toContainText(/\d m?s(?: \(with loading the model\))?, then \d/)
    await expect(dialog.getByRole('img', { name: /Found on it: face 1 91 %/ })).toBeVisible()
    await judge(page, 'tried')
    await dialog.getByRole('button', { name: 'Use the sample' }).click()
    await expect(dialog.getByRole('button', { name: 'Choose a photo…' })).toBeFocused()
  })

  test('two that compute different vectors are told', async ({ page, app, backend }) => {
    const [gpu, old] = [await backend({ name: 'gpu' }), await backend({ name: 'old', dimensions: 768 })]
    await app.configure(configOf([gpu, old]))
    await page.goto('/config')
    await card(page, 'gpu').getByRole('button', { name: 'Try a picture' }).click()
    const dialog = page.getByRole('dialog', { name: 'Try a picture' })
    await dialog.getByRole('checkbox', { name: 'old' }).check()
    await dialog.getByRole('checkbox', { name: /^Faces/ }).uncheck()
    await dialog.getByRole('checkbox', { name: /^Text in photos/ }).uncheck()
    await dialog.getByRole('button', { name: 'Try it' }).click()
    await expect(
      dialog.getByText(
        'Same picture: gpu computes 512 numbers and old 768. These two compute different vectors: searches will miss; same model?',
      ),
    ).toBeVisible()
    await judge(page, 'different')
  })

  test('what fails says why, and changes no health', async ({ page, app, pair }) => {
    pair.gpu.predictFault = { kind: 'status', status: 500 }
    await page.goto('/config')
    await card(page, 'gpu').getByRole('button', { name: 'Try a picture' }).click()
    await page.getByRole('button', { name: 'Try it' }).click()
    await expect(page.getByText('answered 500').first()).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(card(page, 'gpu').getByRole('button', { name: 'Try a picture' })).toBeFocused()
    await expect(card(page, 'gpu').getByText('Healthy', { exact: true })).toBeVisible()
    expect(app.service.availability.states()['gpu']?.failures).toBe(0)
  })
})

test('the presets on the second backend are cards', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.gpu]))
  await page.goto('/config')
  await page.getByRole('button', { name: 'Add backend' }).click()
  await card(page, 'New backend').getByLabel('Name').fill('nas')
  await card(page, 'nas').getByLabel('URL').fill(pair.nas.url)
  const question = page.getByRole('group', { name: 'How backends share the work' })
  await expect(question.getByText('How should gpu and nas share the work?')).toBeVisible()
  await expect(question.getByRole('button')).toHaveCount(3)
  await judge(page, 'presets')
  await question.getByRole('button', { name: /share by speed/ }).click()
  await expect(route(page, 'Everything else').locator(':focus')).toHaveCount(1)
  await expect(route(page, 'Everything else')).toContainText('gpu and nas, sharing by speed.')
  await save(page)
  expect(app.service.store.config.defaultBackend).toEqual({ backends: ['gpu', 'nas'], share: 'by-speed' })
})

test('a picture can be tried from the empty debug page as well', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByText('Done.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Try it' })).toBeFocused()
  await expect(page.getByRole('row').filter({ hasText: 'Faces' })).toContainText('2 faces')
})

test('what is pressed before the picture is read is done once it is', async ({ page, pair }) => {
  const held: Route[] = []
  await page.route('**/sample-*.svg', (route) => void held.push(route))
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  const dialog = page.getByRole('dialog', { name: 'Try a picture' })
  await dialog.getByRole('button', { name: 'Try it' }).click()
  await expect(dialog.getByRole('status')).toHaveText('Reading the picture…')
  await page.keyboard.press('Enter')
  await expect.poll(() => held.length).toBe(1)
  await held[0]?.continue()
  await expect(dialog.getByText('Done.')).toBeVisible()
  // Face detection and its second answer, once.
  expect(pair.gpu.seen.filter(({ entries }) => 'facial-recognition' in entries)).toHaveLength(2)
})

test('a sample that could not be read is read again by the press', async ({ page, pair, allowedErrors }) => {
  allowedErrors.push(/Failed to load resource/)
  await page.route('**/sample-*.svg', (route) => route.abort())
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await expect(page.getByText('This browser cannot read that picture')).toBeVisible()
  await page.unrouteAll()
  await page.getByRole('button', { name: 'Try it' }).dblclick()
  await expect(page.getByText('Done.')).toBeVisible()
  expect(pair.gpu.seen.filter(({ entries }) => 'facial-recognition' in entries)).toHaveLength(2)
})

test('nothing is sent where the dialog was closed before the picture is read', async ({ page, pair }) => {
  const held: Route[] = []
  await page.route('**/sample-*.svg', (route) => void held.push(route))
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByText('Reading the picture…')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect.poll(() => held.length).toBe(1)
  await held[0]?.continue()
  // Opened once more, a try goes through: what the first one would have sent is there by then.
  await page.unroute('**/sample-*.svg')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByText('Done.')).toBeVisible()
  expect(pair.gpu.seen.filter(({ entries }) => 'facial-recognition' in entries)).toHaveLength(2)
})

test('the dialog can be opened after its code could not be loaded', async ({ page, pair, allowedErrors }) => {
  allowedErrors.push(/Failed to load resource|TryDialog/)
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/debug')
  // The proxy is away for the code of the dialog, and for the look whether a new load would help.
  const asked: string[] = []
  await page.route(
    (url) => url.pathname === '/debug' || /TryDialog-/.test(url.pathname),
    (route) => {
      asked.push(route.request().method())
      return route.abort()
    },
  )
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await expect.poll(() => asked).toContain('HEAD')
  await page.unrouteAll()
  // The whole page is loaded, which brings the style sheet as well.
  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await loaded
  await page.getByRole('button', { name: 'Try a picture' }).click()
  await expect(page.getByRole('dialog', { name: 'Try a picture' })).toHaveCSS('border-radius', /px/)
})

test('a record that comes meanwhile does not take the dialog away', async ({ page, app, pair }) => {
  await record(app)
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Try a picture' }).click()
  const dialog = page.getByRole('dialog', { name: 'Try a picture' })
  await dialog.getByRole('checkbox', { name: 'nas' }).uncheck()
  await queries(app, 1)
  await expect(rows(page)).toHaveCount(1)
  await expect(dialog.getByRole('checkbox', { name: 'nas' })).not.toBeChecked()
  await dialog.getByRole('button', { name: 'Try it' }).click()
  await expect(dialog.getByText('Done.')).toBeVisible()
  expect(pair.gpu.seen.filter(({ entries }) => 'facial-recognition' in entries)).toHaveLength(2)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('region', { name: 'Records' })).toBeFocused()
})
