/** What waits for a backend, waking it, and Immich's card. */
import { JOBS, predict } from '../support/immich-client.ts'
import { readPhoto } from '../support/photo.ts'
import { configOf } from '../support/proxy.ts'
import { ADMIN_KEY, startImmich } from '../support/simulated-immich.ts'
import { card, edit, expect, route, save, test } from './support/test.ts'

test('photos wait for the default backend, and the page says for whom', async ({ page, app, pair }) => {
  await page.goto('/config')
  const everything = route(page, 'Everything else')
  await everything.getByRole('button', { name: 'Change' }).click()
  await everything.getByLabel('If they are away').selectOption('wait')
  await expect(everything).toContainText('gpu. If it is away, photos wait.')
  await save(page)
  await pair.gpu.kill()
  await app.service.monitor.checkAll()
  await expect(page.getByText('Photos wait, searches fail: gpu is off.')).toBeVisible()
  const photo = predict(app.url, JOBS.searchImage, readPhoto())
  await expect(card(page, 'gpu')).toContainText('1 waiting for it')
  await pair.gpu.start()
  expect((await photo).status).toBe(200)
  await expect(page.getByText('Photos wait, searches fail: gpu is off.')).toBeHidden()
})

test('how long photos wait on is set, and what it costs is said', async ({ page, app, pair }) => {
  await app.configure(configOf([pair.gpu], { defaultPolicy: 'wait' }))
  await page.goto('/config')
  const minutes = page.getByLabel('Go on waiting (minutes)')
  await expect(page.getByText('So it tries none of its other URLs')).toBeVisible()
  await minutes.fill('800')
  await minutes.blur()
  await expect(page.getByText(/must be a whole number from 0 to 720/)).toBeVisible()
  await minutes.fill('30')
  await save(page)
  expect(app.service.store.config).toMatchObject({ defaultPolicy: 'wait', hold: { beyondMinutes: 30 } })
})

test('a backend is woken by hand', async ({ page, app, pair }) => {
  await page.goto('/config')
  const gpu = await edit(page, 'gpu')
  await gpu.getByText('Wake it when it sleeps').click()
  await expect(gpu.getByText('Save first.')).toBeVisible()
  await gpu.getByLabel('MAC address').fill('nonsense')
  await gpu.getByLabel('MAC address').blur()
  await expect(gpu.getByText('MAC address must be like aa:bb:cc:dd:ee:ff')).toBeVisible()
  await gpu.getByLabel('MAC address').fill('02:00:00:00:00:05')
  await gpu.getByLabel('Broadcast address').fill('127.255.255.255')
  await save(page)
  await pair.gpu.kill()
  await app.service.monitor.checkAll()
  await gpu.getByRole('button', { name: 'Wake now' }).click()
  await expect(gpu.getByText('It is being woken…')).toBeVisible()
  await pair.gpu.start()
  await app.service.monitor.checkAll()
  await expect(gpu.getByText('It answers.')).toBeVisible()
})

test('Immich’s card: losses, key, queues', async ({ page, app, pair, allowedErrors }) => {
  const immich = await startImmich({ mlUrls: [app.url] })
  try {
    await app.configure(configOf([pair.gpu], { hold: { graceSeconds: 0 } }))
    await pair.gpu.kill()
    await predict(app.url, JOBS.searchImage, readPhoto())
    await page.goto('/config')
    const section = page.getByRole('region', { name: 'Immich', exact: true })
    await expect(section.getByText('Smart Search: 1 image lost (nobody was there 1)')).toBeVisible()
    await expect(section.getByText('press Missing at Smart Search, at Face Detection, at OCR')).toBeVisible()
    await section.getByLabel('Where Immich is').fill(immich.url)
    await section.getByLabel('API key of an admin').fill(ADMIN_KEY)
    // The first step once a key is entered.
    await expect(section.getByLabel('Queue guard')).toHaveValue('observe')
    await save(page)
    await expect(section.getByLabel('API key of an admin')).toHaveValue('••••••')
    await expect(section.getByText('Immich 2.5.0')).toBeVisible({ timeout: 10_000 })
    await expect(section.getByText('Smart Search: running, 0 left')).toBeVisible({ timeout: 10_000 })
    // A catch-up sets them back.
    const seen = section.getByRole('button', { name: 'Seen: count from zero again' })
    await expect(seen).toHaveCount(0)
    allowedErrors.push(/409/)
    await section.getByRole('button', { name: 'Run missing now' }).click()
    await expect(section.getByRole('alert')).toContainText('No backend for clip is there')
    // Saved once more, the hidden key is kept.
    await section.getByLabel('Queue guard').selectOption('off')
    await save(page)
    expect(app.service.store.config.immich).toMatchObject({ apiKey: ADMIN_KEY, guard: 'off' })
    await seen.click()
    await expect(section.getByText('1 image lost')).toBeHidden()
    await expect(seen).toHaveCount(0)
    await expect(section.getByRole('heading', { name: 'Immich', exact: true })).toBeFocused()
  } finally {
    await immich.close()
  }
})
