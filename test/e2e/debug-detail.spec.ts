/** The detail of a record: what went wrong, the command to copy, and the replay. */
import { spawnSync } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import type { DebugRecord } from '../../src-shared/api.ts'
import { JOBS, predict } from '../support/immich-client.ts'
import { readPhoto } from '../support/photo.ts'
import { configOf } from '../support/proxy.ts'
import { detail, open, record, rows } from './support/records.ts'
import { expect, test } from './support/test.ts'

const photo = readPhoto()

/** Runs while this process goes on serving. */
async function runShell(
  script: string,
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const { exec } = await import('node:child_process')
  expect(spawnSync('curl', ['--version']).status).toBe(0)
  const cwd = await mkdtemp(path.join(tmpdir(), 'curl-'))
  const limited = script.replaceAll('curl -sS', 'curl -sS --max-time 10')
  return new Promise((resolve, reject) => {
    const options = { cwd, shell: '/bin/sh', env: { ...process.env, ...env } }
    exec(limited, options, (error, stdout, stderr) =>
      error === null ? resolve({ stdout, stderr }) : reject(new Error(`${error.message}\n${stderr}`)),
    )
  })
}

async function copyCommand(page: Page): Promise<string> {
  await detail(page).getByRole('button', { name: 'Copy as cURL' }).click()
  await expect(page.getByText('The command copied.')).toBeVisible()
  return page.evaluate(() => navigator.clipboard.readText())
}

test('errors are told in words, with the date and what the proxy did next', async ({ page, app, pair }) => {
  await app.configure(
    configOf([pair.gpu, pair.nas], {
      taskRouting: { clip: 'nas' },
      taskRoutingPolicy: { clip: 'fallback' },
    }),
  )
  await record(app)
  pair.nas.predictFault = [{ kind: 'status', status: 503 }]
  await predict(app.url, JOBS.searchText, 'x')
  await page.goto('/debug')
  // The row is a target as a whole.
  await page.getByRole('cell', { name: '“x”' }).click()
  const side = detail(page)
  const sentence = 'nas answered 503 (Service Unavailable); the proxy tried gpu next.'
  await expect(side.getByRole('alert')).toHaveText(sentence)
  await expect(side.getByRole('img', { name: /^nas: .*failed after .* · then gpu$/ })).toBeVisible()
  await expect(side.getByRole('img', { name: /^gpu: .* · reply/ })).toBeVisible()
  await expect(
    side.getByText(/^\w{3}, \d+ \w{3,4} \d{4}, \d\d:\d\d:\d\d\.\d{3} (UTC|GMT|[A-Z]{2,5})/),
  ).toBeVisible()
  await expect(rows(page).first()).toHaveAttribute('title', /\d{4}, \d\d:\d\d/)
  await side.getByRole('link', { name: 'nas' }).click()
  await expect(side.getByRole('alert')).toHaveText(sentence)
  pair.nas.predictFault = { kind: 'status', status: 500 }
  pair.gpu.predictFault = { kind: 'status', status: 500 }
  await predict(app.url, JOBS.searchText, 'y')
  await side.getByRole('button', { name: 'Close' }).click()
  await expect(rows(page).first()).toContainText('500')
  await open(page)
  await expect(side.getByRole('alert')).toContainText(
    'answered 500 (Internal Server Error), and so was Immich.',
  )
})

test('the command that is copied works, image included', async ({ page, app, pair, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  await page.goto('/debug')
  await open(page)
  await expect(detail(page).getByText('"PP-OCRv5_mobile"').first()).toBeVisible()
  const { stdout, stderr } = await runShell(await copyCommand(page))
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({ ocr: { text: ['read by gpu', 'Grüße, 世界'] } })
  expect(pair.gpu.seen.at(-1)?.image?.equals(photo)).toBe(true)
  await detail(page).getByRole('button', { name: 'Copy JSON' }).click()
  await expect(page.getByText('The record copied.')).toBeVisible()
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as DebugRecord
  expect(copied.request.url).toBe('/predict')
})

test('with a password set the command asks for it, and what was hidden has its place', async ({
  page,
  app,
  pair,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const password = 'correct horse'
  const [backend] = configOf([pair.gpu])['backends'] as object[]
  await app.configure({
    defaultBackend: 'gpu',
    backends: [{ ...backend, headers: { Authorization: 'Bearer secret' } }],
  })
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  await app.post('/api/auth/password', { password })
  await page.goto('/config')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('link', { name: 'Debug' }).click()
  await open(page)
  await expect(detail(page).getByText('"PP-OCRv5_mobile"').first()).toBeVisible()
  const command = await copyCommand(page)
  await expect(page.getByText('It wants the password in $PASSWORD.')).toBeVisible()
  const { stdout } = await runShell(command, { PASSWORD: password })
  expect(JSON.parse(stdout)).toMatchObject({ ocr: { text: ['read by gpu', 'Grüße, 世界'] } })
  await expect(runShell(command, { PASSWORD: 'wrong' })).rejects.toThrow('401')
  await detail(page).getByRole('link', { name: 'gpu' }).click()
  await expect(detail(page).getByRole('heading', { name: `POST ${pair.gpu.url}/predict` })).toBeVisible()
  // Until then the words of the first copy may still stand there.
  await expect.poll(() => copyCommand(page)).toContain(`-H 'authorization: …'`)
})

test('the link to the record of a replay leads there, though it goes with the record before', async ({
  page,
  app,
  pair,
}) => {
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  await page.goto('/debug')
  await open(page)
  await detail(page).getByRole('button', { name: 'Replay' }).click()
  await detail(page).getByRole('link', { name: 'Look at the record of the replay' }).click()
  await expect(detail(page).getByRole('heading', { name: 'The same answer again' })).toHaveCount(0)
  await expect(detail(page).getByRole('heading', { name: /^POST .*predict$/ })).toBeVisible()
  await expect(detail(page).locator(':focus')).toHaveCount(1)
  expect(pair.gpu.seen).toHaveLength(2)
})

test('a replay asks again, and compares the answers', async ({ page, app, pair }) => {
  await record(app)
  await predict(app.url, JOBS.ocr, photo)
  await app.get('/ping')
  await page.goto('/debug?q=with:pings')
  await open(page, 1)
  const side = detail(page)
  await side.getByRole('button', { name: 'Replay' }).click()
  await expect(side.getByRole('heading', { name: 'The same answer again' })).toBeVisible()
  const by = side.getByRole('row', { name: /^By/ })
  await expect(by.getByRole('cell')).toHaveText(['the proxy (gpu)', 'the proxy (gpu)'])
  await expect(side.getByRole('button', { name: 'Replay' })).toBeFocused()
  await expect(rows(page)).toHaveCount(3)
  await side.getByLabel('Send it to').selectOption('nas')
  await side.getByRole('button', { name: 'Replay' }).click()
  await expect(side.getByRole('heading', { name: 'Another answer' })).toBeVisible()
  await expect(side.getByText('"read by gpu", then "read by nas"')).toBeVisible()
  expect(pair.nas.seen).toHaveLength(1)
  await expect(by.getByRole('cell')).toHaveText(['the proxy (gpu)', 'nas'])
  // What is chosen for the next one does not speak of this one.
  await side.getByLabel('Send it to').selectOption('gpu')
  await expect(by.getByRole('cell')).toHaveText(['the proxy (gpu)', 'nas'])
  await side.getByRole('button', { name: 'Close' }).click()
  await rows(page).filter({ hasText: '/ping' }).getByRole('link').click()
  await expect(side.getByRole('button', { name: 'Replay' })).toBeDisabled()
  await expect(side.getByText('There is nothing to replay')).toBeVisible()
})

test.describe('with little memory for bodies', () => {
  test.use({ limits: { recordedBytes: photo.length * 3 } })

  test('what is not kept any more can be neither copied as a command nor replayed', async ({
    page,
    app,
    pair,
    allowedErrors,
  }) => {
    // A small picture in the list may be asked for just when it is dropped, which the browser tells in its console.
    allowedErrors.push(/is not kept/)
    await record(app)
    await predict(app.url, JOBS.ocr, photo)
    expect(pair.gpu.seen).toHaveLength(1)
    await page.goto('/debug')
    await open(page)
    const copy = detail(page).getByRole('button', { name: 'Copy as cURL' })
    await expect(copy).toBeEnabled()
    // Newer pictures take its place.
    for (let sent = 0; sent < 4; sent++) await predict(app.url, JOBS.searchImage, photo)
    await page.reload()
    await expect(copy).toBeDisabled()
    await expect(copy).toHaveAccessibleDescription(
      'It cannot be replayed or copied as a command: its body is not kept (any more).',
    )
    await expect(detail(page).getByRole('button', { name: 'Replay' })).toBeDisabled()
  })
})
