/** Both views with nothing but the keyboard. */
import type { Page } from '@playwright/test'
import { JOBS, predict } from '../support/immich-client.ts'
import { list, record } from './support/records.ts'
import { card, edit, expect, route, test } from './support/test.ts'

/** Tabs on until the control with this name has the focus. */
async function tabTo(
  page: Page,
  role: 'button' | 'textbox' | 'combobox' | 'switch' | 'link',
  name: string,
): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true })
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return
  }
  throw new Error(`No ${role} "${name}" within reach of the tab key`)
}

test('a backend is added, tested, routed to and saved', async ({ page, app, backend }) => {
  const gpu = await backend({ name: 'gpu' })
  await page.goto('/config')
  await expect(page.getByRole('button', { name: 'Add backend' })).toBeVisible()
  await tabTo(page, 'button', 'Add backend')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Name')).toBeFocused()
  await page.keyboard.type('gpu')
  await tabTo(page, 'textbox', 'URL')
  await page.keyboard.type(gpu.url)
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  await expect(page.getByRole('button', { name: 'Test' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText(/It answers/)).toBeVisible()
  await tabTo(page, 'button', 'Change who answers Text in photos')
  await page.keyboard.press('Enter')
  await tabTo(page, 'combobox', 'Add a backend for Text in photos')
  await page.keyboard.press('ArrowDown')
  await expect(route(page, 'Text in photos')).toContainText('gpu.')
  await tabTo(page, 'button', 'Save')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText('Saved')
  expect(app.service.store.config.taskRouting).toEqual({ ocr: 'gpu' })
})

test('the focus stays where the keyboard was', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/config')
  const [gpu, nas] = [await edit(page, 'gpu'), await edit(page, 'nas')]

  const up = page.getByRole('button', { name: 'Move nas up' })
  await up.press('Enter')
  await expect(up).toBeFocused()
  await expect(up).toBeDisabled()
  const down = page.getByRole('button', { name: 'Move nas down' })
  await down.press('Enter')
  await expect(down).toBeFocused()

  await gpu.getByRole('button', { name: 'Test' }).press('Enter')
  await expect(gpu.getByText(/It answers/)).toBeVisible()
  await expect(gpu.getByRole('button', { name: 'Test' })).toBeFocused()

  await nas.getByRole('button', { name: 'Remove' }).press('Enter')
  await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(nas.getByLabel('Name')).toBeFocused()

  const discard = page.getByRole('button', { name: 'Discard' })
  await page.keyboard.type('-attached')
  await discard.press('Enter')
  await expect(page.getByRole('status')).toContainText('discarded')
  await expect(discard).toBeFocused()

  await (await edit(page, 'nas')).getByLabel('Name').fill('attic')
  const saving = page.getByRole('button', { name: 'Save' })
  await saving.press('Enter')
  await expect(page.getByRole('status')).toContainText('Saved')
  await expect(saving).toBeFocused()
  // Nothing is left to be saved: it can be pressed, and does nothing.
  await expect(saving).toBeDisabled()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText('Saved')

  await page.getByRole('button', { name: 'Add backend' }).press('Enter')
  await card(page, 'New backend').getByRole('button', { name: 'Remove' }).press('Enter')
  await expect(page.getByRole('button', { name: 'Add backend' })).toBeFocused()

  await page.getByRole('button', { name: 'Change who answers Everything else' }).press('Enter')
  await page.getByLabel('Add a backend for Everything else').selectOption('attic')
  const later = page.getByRole('button', { name: 'gpu later' })
  await later.press('Enter')
  await expect(later).toBeFocused()
  await page.getByRole('button', { name: 'Remove attic', exact: true }).press('Enter')
  await expect(page.getByLabel('Add a backend for Everything else')).toBeFocused()
  await page.getByLabel('Another row').fill('search')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove the line search' }).press('Enter')
  await expect(page.getByLabel('Another row')).toBeFocused()
})

test('the debug list: the switch, up, down, enter, escape and the filter', async ({ page, app, pair }) => {
  await page.goto('/debug')
  await expect(page.getByRole('switch', { name: 'Debug mode' })).toBeVisible()
  await tabTo(page, 'switch', 'Debug mode')
  await page.keyboard.press('Space')
  await expect(page.getByRole('switch', { name: 'Debug mode' })).toBeChecked()
  await predict(app.url, JOBS.searchText, 'first')
  await predict(app.url, JOBS.searchText, 'second')
  const rows = page.locator('tbody tr[data-id]')
  await expect(rows).toHaveCount(2)
  expect(pair.gpu.seen).toHaveLength(2)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await expect(rows.nth(0).getByRole('link')).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(rows.nth(1).getByRole('link')).toBeFocused()
  await page.keyboard.press('Enter')
  const detail = page.getByRole('complementary')
  await expect(detail.getByRole('region', { name: 'Searched for' })).toContainText('first')
  await page.keyboard.press('Escape')
  await expect(detail).toHaveCount(0)
  await expect(rows.nth(1).getByRole('link')).toBeFocused()
  await page.keyboard.press('/')
  await expect(page.getByLabel('Filter')).toBeFocused()
  await page.keyboard.type('second')
  await expect(rows).toHaveCount(1)
  await page.keyboard.press('Escape')
  await expect(rows).toHaveCount(2)
  // The detail follows the list once it is open.
  await page.keyboard.press('Escape')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(detail.getByRole('region', { name: 'Searched for' })).toContainText('second')
})

test('the focus never falls to the page', async ({ page, app }) => {
  await record(app)
  for (let count = 0; count < 80; count++) await app.get('/ping')
  await page.goto('/debug?q=with:pings')
  const rows = page.locator('tbody tr[data-id]')
  await expect(rows.first()).toBeVisible()
  await rows.first().getByRole('link').focus()
  await list(page).evaluate((element) => (element.scrollTop = 1_500))
  await expect(list(page)).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(rows.first().getByRole('link')).toBeFocused()
  await page.getByRole('button', { name: 'Clear' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(rows).toHaveCount(0)
  await expect(list(page)).toBeFocused()
  // It cannot be pressed, and keeps the focus all the same.
  await page.getByRole('button', { name: 'Clear' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Clear' })).toBeFocused()
  await page.getByLabel('Filter').fill('with:pings nothing')
  await app.get('/ping')
  await page.getByRole('button', { name: 'Show everything' }).focus()
  await page.keyboard.press('Enter')
  await expect(list(page)).toBeFocused()
})
