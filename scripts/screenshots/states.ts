/** The states of the views that are photographed, each with the way to get there. */
import type { Locator, Page } from '@playwright/test'
import { JOBS, predict } from '../../test/support/immich-client.ts'
import { readPhoto } from '../../test/support/photo.ts'
import { configOf, type TestProxy } from '../../test/support/proxy.ts'
import type { Relay } from '../../test/support/relay.ts'
import type { SimulatedBackend } from '../../test/support/simulated-backend.ts'

export interface Stage {
  readonly app: TestProxy
  /** How the browser gets there. */
  readonly relay: Relay
  readonly gpu: SimulatedBackend
  readonly nas: SimulatedBackend
}

export interface State {
  readonly name: string
  readonly path: string
  /** Brings the proxy into the state, once for all pictures of it. */
  readonly prepare?: (stage: Stage) => Promise<void>
  /** What is done on the page, for each picture. */
  readonly act?: (page: Page, stage: Stage) => Promise<void>
  /** What has to be in view; 'top' is where the page begins. */
  readonly fullPage?: boolean
  /** Whether it is photographed in the dark and on a phone too; the others differ in nothing but what one picture shows. */
  readonly everyWay?: boolean
}

const ROUTES = {
  taskRouting: { clip: ['gpu', 'nas'], ocr: 'gpu' },
  modelTypeRouting: { textual: 'nas' },
  taskRoutingPolicy: { ocr: 'fallback' },
}

async function configure({ app, gpu, nas }: Stage, more: object = ROUTES): Promise<void> {
  await app.configure(configOf([gpu, nas], { ...more }))
}

/** Some checks and predictions, so that there are figures to see. */
async function work({ app }: Stage): Promise<void> {
  const photo = readPhoto()
  await Promise.all([
    predict(app.url, JOBS.searchImage, photo),
    predict(app.url, JOBS.searchText, 'a dog on the beach'),
    predict(app.url, JOBS.faces, photo),
    predict(app.url, JOBS.ocr, photo),
    predict(app.url, { ...JOBS.ocr, ...JOBS.searchImage }, photo),
  ])
}

async function checks({ app }: Stage, count: number): Promise<void> {
  for (let done = 0; done < count; done++) await app.service.monitor.checkAll()
}

/** Text queries enough for a list that is longer than any window, two records each. */
const QUERIES = 90

async function record(stage: Stage): Promise<void> {
  await configure(stage)
  await stage.app.post('/api/debug/max-records', { maxRecords: 1_000 })
  await stage.app.post('/api/debug/toggle', { enabled: true })
  for (let query = 0; query < QUERIES; query++)
    await predict(stage.app.url, JOBS.searchText, `a dog on beach ${query}`)
  stage.gpu.durationMs = 40
  stage.nas.durationMs = 25
  for (let round = 0; round < 4; round++) await work(stage)
  stage.nas.predictFault = { kind: 'status', status: 500, body: 'CUDA out of memory' }
  await predict(stage.app.url, JOBS.searchText, 'sunset')
  // A request that fails on one backend and is answered by another.
  await configure(stage, { ...ROUTES, modelTypeRoutingPolicy: { textual: 'fallback' } })
  stage.nas.predictFault = { kind: 'status', status: 503 }
  await predict(stage.app.url, JOBS.searchText, 'sunrise')
  stage.nas.predictFault = undefined
  await configure(stage)
  await checks(stage, 1)
  await stage.app.get('/ping')
}

async function openRecord(page: Page, filter: string): Promise<void> {
  await page.getByLabel('Filter').fill(filter)
  await page.getByRole('row').nth(1).getByRole('link').click()
  await page.getByRole('heading', { name: 'Answer', exact: true }).waitFor()
  await page.waitForFunction(() => [...document.images].every((image) => image.complete))
}

const PASSWORD = 'correct horse'

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password)
  const answer = page.waitForResponse('**/api/auth/login')
  await page.getByRole('button', { name: 'Log in' }).click()
  await answer
  await page.getByRole('heading', { name: 'Backends' }).or(page.getByRole('alert')).waitFor()
}

/** Opens the fields of a backend. */
async function edit(page: Page, name: string): Promise<Locator> {
  await page.getByRole('button', { name: `Edit ${name}`, exact: true }).click()
  return page.getByRole('group', { name, exact: true })
}

export const STATES: readonly State[] = [
  { name: 'config-first-run', path: '/config', fullPage: true, everyWay: true },
  {
    name: 'config-healthy',
    path: '/config',
    fullPage: true,
    everyWay: true,
    async prepare(stage) {
      await configure(stage)
      await checks(stage, 45)
      await work(stage)
    },
  },
  {
    name: 'config-trouble',
    path: '/config',
    async prepare(stage) {
      await configure(stage, { ...ROUTES, modelTypeRoutingPolicy: { textual: 'fallback' } })
      await stage.nas.kill()
      await checks(stage, 6)
    },
  },
  {
    name: 'config-paused',
    path: '/config',
    async prepare(stage) {
      await stage.nas.start()
      await checks(stage, 2)
      await stage.app.post('/api/backends/gpu/pause', { until: null })
    },
    async act(page) {
      await page.getByRole('button', { name: /^Why.*Faces/ }).click()
    },
  },
  {
    name: 'config-editing',
    path: '/config',
    async prepare({ app }) {
      await app.post('/api/backends/gpu/resume', {})
    },
    async act(page) {
      const card = await edit(page, 'gpu')
      await card.getByRole('button', { name: 'Test', exact: true }).click()
      await card.getByText('It answers').waitFor()
      await page.getByRole('button', { name: 'Change who answers Text in photos' }).click()
      await card.evaluate((element) => element.scrollIntoView())
    },
  },
  {
    name: 'config-try',
    path: '/config',
    async act(page) {
      await page
        .getByRole('button', { name: /^Try a picture/ })
        .first()
        .click()
      await page.getByRole('button', { name: 'Try it' }).click()
      await page.getByRole('cell', { name: /face/ }).waitFor()
      await page.getByRole('button', { name: 'Try it' }).waitFor()
    },
  },
  {
    name: 'overview',
    path: '/overview',
    everyWay: true,
    async prepare(stage) {
      await work(stage)
    },
    async act(page) {
      await page.locator('.uplot, .u-wrap').first().waitFor()
    },
  },
  { name: 'debug-off', path: '/debug' },
  {
    name: 'debug-list',
    path: '/debug',
    everyWay: true,
    prepare: record,
    async act(page) {
      await page.locator('img.thumb').first().waitFor()
    },
  },
  {
    name: 'debug-detail',
    path: '/debug',
    act: (page) => openRecord(page, 'task:facial'),
  },
  {
    name: 'debug-failover',
    path: '/debug',
    act: (page) => openRecord(page, 'sunrise'),
  },
  {
    name: 'config-password',
    path: '/config',
    async prepare({ app }) {
      await app.post('/api/auth/password', { password: PASSWORD })
    },
    async act(page) {
      await logIn(page, PASSWORD)
      await page.getByRole('button', { name: 'Change password' }).click()
      await page.getByRole('region', { name: 'Password' }).evaluate((section) => section.scrollIntoView())
    },
  },
  {
    name: 'login',
    path: '/config',
    act: (page) => logIn(page, 'wrong horse'),
  },
]
