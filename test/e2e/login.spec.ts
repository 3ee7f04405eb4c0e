/** The views under a password. */
import type { Page } from '@playwright/test'
import { JOBS, predict } from '../support/immich-client.ts'
import type { TestProxy } from '../support/proxy.ts'
import { card, edit, expect, test } from './support/test.ts'

const PASSWORD = 'correct horse'
/** The browser's own words on an answer that a test asks for. */
const REFUSED = /status of (400|401|403|429)/

// Cheap hashes; whether the real ones are dear enough is tested elsewhere.
test.use({ limits: { scryptCost: { N: 1024, r: 8, p: 1 } } })
test.beforeEach(({ allowedErrors }) => {
  allowedErrors.push(REFUSED)
})

async function setPassword(app: TestProxy, password = PASSWORD, current?: string): Promise<void> {
  const basic = `Basic ${Buffer.from(`x:${current ?? ''}`).toString('base64')}`
  const headers = current === undefined ? {} : { authorization: basic }
  const response = await app.post('/api/auth/password', { password, current }, headers)
  expect(response.ok).toBe(true)
}

const field = (page: Page): ReturnType<Page['getByLabel']> => page.getByLabel('Password', { exact: true })
const form = (page: Page): ReturnType<Page['getByRole']> => page.getByRole('form', { name: 'Log in' })
const logout = (page: Page): ReturnType<Page['getByRole']> => page.getByRole('button', { name: 'Log out' })

async function login(page: Page, password = PASSWORD): Promise<void> {
  await field(page).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

test('the configuration opens after the login, and stays open', async ({ page, app, pair }) => {
  await setPassword(app)
  await page.goto('/config')
  await expect(form(page)).toBeVisible()
  await expect(field(page)).toBeFocused()
  await expect(field(page)).toHaveAttribute('autocomplete', 'current-password')
  await expect(logout(page)).toHaveCount(0)
  await expect(page.getByText(pair.gpu.url)).toHaveCount(0)
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(card(page, 'gpu').getByText('Healthy', { exact: true })).toBeVisible()
  // Live again: told by the stream.
  await pair.nas.kill()
  await app.service.monitor.checkAll()
  await expect(card(page, 'nas').getByText('Off', { exact: true })).toBeVisible()
  await page.reload()
  await expect(card(page, 'gpu')).toBeVisible()
})

test('a wrong password is told at the field, and too many with the time to wait', async ({ page, app }) => {
  await setPassword(app)
  await page.goto('/debug')
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(form(page).getByRole('alert')).toHaveText('Enter the password.')
  for (let tries = 0; tries < 5; tries++) {
    const answered = page.waitForResponse('**/api/auth/login')
    await login(page, 'wrong horse')
    await answered
    await expect(form(page).getByRole('alert')).toHaveText('The password is wrong.')
  }
  await expect(field(page)).toHaveAttribute('aria-invalid', 'true')
  await expect(field(page)).toHaveAccessibleDescription('The password is wrong.')
  await expect(field(page)).toBeFocused()
  await login(page)
  await expect(form(page).getByRole('alert')).toHaveText(/^Too many tries\. Try again in \d+ seconds?\.$/)
})

test('a logout ends the page in every tab, and nothing of it is left', async ({ page, app, pair }) => {
  await app.post('/api/debug/toggle', { enabled: true })
  await predict(app.url, JOBS.searchText, 'a secret dog')
  expect(pair.gpu.seen).toHaveLength(1)
  await setPassword(app)
  await page.goto('/debug')
  await login(page)
  await expect(page.locator('tbody tr[data-id]')).toHaveCount(1)
  await page.locator('tbody tr[data-id]').first().getByRole('link').click()
  await expect(page.getByText('a secret dog').first()).toBeVisible()
  const other = await page.context().newPage()
  await other.goto('/config')
  await (await edit(other, 'gpu')).getByLabel('Name').fill('workstation')
  await logout(page).click()
  for (const tab of [page, other]) {
    await expect(form(tab)).toBeVisible()
    await expect(logout(tab)).toHaveCount(0)
    const text = await tab.locator('body').innerHTML()
    expect(text).not.toContain('secret')
    expect(text).not.toContain(pair.gpu.url)
  }
  // The login of one tab is the login of the other; what was edited is still there.
  await login(other)
  await expect(card(other, 'workstation')).toBeVisible()
  await expect(other.getByRole('status')).toHaveText('1 change not saved yet.')
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(page.getByText('a secret dog').first()).toBeVisible()
  await other.close()
})

test('a logout in another tab takes an open dialog away, which would cover the form', async ({
  page,
  app,
  pair,
}) => {
  await setPassword(app)
  await page.goto('/config')
  await login(page)
  await card(page, pair.gpu.name).getByRole('button', { name: 'Try a picture' }).click()
  await expect(page.getByRole('dialog', { name: 'Try a picture' })).toBeVisible()
  const other = await page.context().newPage()
  await other.goto('/config')
  await logout(other).click()
  await expect(form(other)).toBeVisible()
  await page.bringToFront()
  await expect(form(page)).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(field(page)).toBeFocused()
  await other.close()
})

test.describe('a session that runs out', () => {
  test.use({ limits: { sessionMs: 1_500, scryptCost: { N: 1024, r: 8, p: 1 } } })

  test('leads to the form, and what was edited is kept', async ({ page, app, pair }) => {
    await setPassword(app)
    await page.goto('/config')
    await login(page)
    await (await edit(page, pair.gpu.name)).getByLabel('Name').fill('workstation')
    await expect(form(page)).toBeVisible()
    await expect(card(page, 'workstation')).toHaveCount(0)
    await page.getByRole('link', { name: 'Debug' }).click()
    await page.getByRole('button', { name: 'Stay' }).click()
    await login(page)
    await expect(card(page, 'workstation').getByText('edited')).toBeVisible()
  })
})

test('the password is set from the warning, changed and removed', async ({ page, app, pair }) => {
  await page.goto('/config')
  await expect(card(page, pair.gpu.name)).toBeVisible()
  await page
    .getByRole('list', { name: 'Warnings' })
    .getByRole('button', { name: /Set a password/ })
    .click()
  const section = page.getByRole('region', { name: 'Password' })
  await expect(section.getByLabel('New password', { exact: true })).toBeFocused()
  await page.keyboard.type('short')
  await page.keyboard.press('Enter')
  await expect(section.getByRole('alert')).toHaveText('The new password needs at least 8 characters.')
  await section.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await section.getByLabel('New password again').fill('another horse')
  await page.keyboard.press('Enter')
  await expect(section.getByRole('alert')).toHaveText('This is not the same as the new password.')
  expect(app.service.auth.passwordSet).toBe(false)
  await section.getByLabel('New password again').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(section.getByText('The password is set. Everybody else')).toBeVisible()
  await expect(section.getByText('A password is set.', { exact: true })).toBeVisible()
  await expect(page.getByText(/No password is set/)).toHaveCount(0)
  await expect(logout(page)).toBeVisible()
  expect((await app.get('/api/config')).status).toBe(401)

  await section.getByRole('button', { name: 'Change password' }).click()
  await section.getByLabel('Current password').fill('not it at all')
  await section.getByLabel('New password', { exact: true }).fill('battery staple')
  await section.getByLabel('New password again').fill('battery staple')
  await page.keyboard.press('Enter')
  await expect(section.getByRole('alert')).toHaveText('The current password is wrong.')
  await expect(section.getByLabel('Current password')).toBeFocused()
  await section.getByLabel('Current password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(section.getByText('The password is changed.')).toBeVisible()
  // Still live, under the new session.
  await pair.nas.kill()
  await app.service.monitor.checkAll()
  await expect(card(page, 'nas').getByText('Off', { exact: true })).toBeVisible()

  await section.getByRole('button', { name: 'Remove password' }).click()
  await section.getByLabel('Current password').fill('battery staple')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  expect(app.service.auth.passwordSet).toBe(true)
  await section.getByRole('button', { name: 'Remove password' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(section.getByText('The password is removed.')).toBeVisible()
  await expect(logout(page)).toHaveCount(0)
  expect((await app.get('/api/config')).status).toBe(200)
})

test('a password set, changed or removed elsewhere is followed without a reload', async ({ page, app }) => {
  await page.goto('/config')
  await expect(page.getByRole('button', { name: 'Add backend' })).toBeVisible()
  await setPassword(app)
  await expect(form(page)).toBeVisible()
  await login(page)
  await expect(logout(page)).toBeVisible()
  await setPassword(app, 'battery staple', PASSWORD)
  await expect(form(page)).toBeVisible()
  await login(page, 'battery staple')
  await expect(logout(page)).toBeVisible()
  await setPassword(app, '', 'battery staple')
  await expect(logout(page)).toHaveCount(0)
  await expect(page.getByText('No password is set.', { exact: true })).toBeVisible()
})

test('with the keyboard alone: in and out', async ({ page, app }) => {
  await setPassword(app)
  await page.goto('/config')
  await expect(field(page)).toBeFocused()
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Log in' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(logout(page)).toBeVisible()
  await page.getByRole('link', { name: 'Debug' }).focus()
  await page.keyboard.press('Tab')
  await expect(logout(page)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(field(page)).toBeFocused()
})
