import { card, expect, test } from './support/test.ts'

test('the first backend is added, tested and saved', async ({ page, app, backend }) => {
  const gpu = await backend({ name: 'gpu' })
  await page.goto('/config')
  await expect(page.getByRole('heading', { name: 'Three steps to begin' })).toBeVisible()
  await page.getByRole('button', { name: 'Add backend' }).click()
  await page.getByLabel('Name').fill('gpu')
  await page.getByLabel('URL').fill(gpu.url)
  await page.getByRole('button', { name: 'Test' }).click()
  await expect(page.getByText(/It answers: \/ping 200 in \d/)).toBeVisible()
  await expect(page.getByLabel('Default backend')).toHaveValue('gpu')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toContainText('Saved')
  await expect(card(page, 'gpu').getByText('Healthy', { exact: true })).toBeVisible()
  const saved = (await (await app.get('/api/config')).json()) as { defaultBackend: string }
  expect(saved).toMatchObject({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
})
