/** /config: pauses, their rules, and the container of this computer. */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { configOf } from '../support/proxy.ts'
import { SimulatedEngine } from '../support/simulated-engine.ts'
import { judge } from './support/judge.ts'
import { card, edit, expect, save, test } from './support/test.ts'

const SOCKET = path.join(tmpdir(), `engine-${randomUUID()}.sock`)
const NAME = 'immich_machine_learning'

test.use({ engineSockets: [SOCKET] })
// Each judgement is four walks of axe over the whole page.
test.describe.configure({ timeout: 120_000 })

test('a backend is paused and resumed', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.gpu, pair.nas]))
  await page.goto('/config')
  const gpu = await edit(page, 'gpu')
  await gpu.getByRole('button', { name: 'Pause gpu' }).click()
  await gpu.getByRole('button', { name: 'For 1 hour' }).click()
  await expect(gpu.getByText(/^Paused until (\w{3} )?\d\d:\d\d$/)).toBeVisible()
  await expect(gpu.getByRole('button', { name: 'Change the pause of gpu' })).toBeFocused()
  await judge(page, 'paused')
  await gpu.getByRole('button', { name: 'Resume gpu' }).click()
  await expect(gpu.getByText(/^Paused/)).toHaveCount(0)
  expect(app.service.courtesy.of('gpu')).toBeUndefined()
})

test('rules and a container are chosen, judged and saved; the container is started', async ({
  page,
  app,
  pair,
}) => {
  const engine = await new SimulatedEngine(SOCKET).start()
  const none = () => Promise.resolve()
  const image = 'ghcr.io/immich-app/immich-machine-learning:release-cuda'
  engine.containers.push({ name: NAME, image, state: 'exited', up: none, down: none })
  try {
    await app.configure(configOf([pair.gpu, pair.nas]))
    await page.goto('/config')
    const gpu = await edit(page, 'gpu')
    await gpu.getByText('Pauses and this computer’s server').click()
    await gpu.getByLabel('While a game runs').check()
    await gpu.getByLabel('At these times').fill('always')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(gpu.getByText('At these times must be like "Mon-Fri 17:00-23:00"')).toBeVisible()
    await gpu.getByLabel('At these times').fill('Mon-Fri 03:00-03:01')
    await gpu.getByLabel('Container').selectOption({ label: `${NAME} (release-cuda, exited)` })
    await expect(gpu.getByLabel('Meanwhile it still answers searches')).not.toBeChecked()
    await judge(page, 'rules and container')
    await save(page)
    expect(app.service.store.config.backends[0]).toMatchObject({
      yield: { games: true, schedule: ['Mon-Fri 03:00-03:01'] },
      manage: { container: NAME },
    })
    await expect(gpu.getByText(/^Container: .* · release-cuda$/)).toBeVisible()
    expect(engine.refused).toEqual([])
  } finally {
    await engine.stop()
  }
})

test('without an engine it says so', async ({ page, pair }) => {
  expect(pair.gpu.port).toBeGreaterThan(0)
  await page.goto('/config')
  await (await edit(page, 'gpu')).getByText('Pauses and this computer’s server').click()
  await expect(card(page, 'gpu').getByText(/^No container engine answers at/)).toBeVisible()
})
