/** 10,000 records and a day of history: how long a key of the filter, a jump of the list, sorting and a chart take. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import type { DebugRecord } from '../../src-shared/api.ts'
import { writeDay } from '../support/history.ts'
import { startProxy } from '../support/proxy.ts'
import { list, rows } from './support/records.ts'
import { expect, test as base } from './support/test.ts'

const AMOUNT = 10_000

const test = base.extend({
  app: async ({ limits }, use) => {
    const userDataDir = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-'))
    await writeDay(userDataDir, { names: ['gpu', 'nas', 'attic'] })
    const app = await startProxy({ limits, userDataDir })
    await use(app)
    await app.stop()
  },
})

const body = (parts?: DebugRecord['request']['body']['parts']): DebugRecord['request']['body'] => ({
  kind: 'multipart',
  contentType: 'multipart/form-data',
  size: 300,
  preview: '',
  truncated: false,
  ...(parts === undefined ? {} : { parts }),
})

/** Half of them predictions, the other half what they caused. */
function manyRecords(): DebugRecord[] {
  return Array.from({ length: AMOUNT }, (_, number) => {
    const isIncoming = number % 2 === 0
    const cause = `r${number - (number % 2)}`
    const task = ['clip/textual', 'ocr/detection', 'facial-recognition/detection'][(number >> 1) % 3] ?? ''
    const text = {
      name: 'text',
      contentType: '',
      size: 9,
      preview: `word ${number >> 1} of a query about the sea`,
    }
    const image = { name: 'image', filename: 'blob', contentType: '', size: 90_000 }
    return {
      id: `r${number}`,
      timestamp: new Date(Date.UTC(2026, 7, 1) + number * 500).toISOString(),
      type: isIncoming ? 'incoming' : 'outgoing',
      traceId: cause,
      ...(isIncoming ? {} : { backend: number % 6 === 1 ? 'nas' : 'gpu' }),
      tasks: [task],
      durationMs: 20 + ((number * 37) % 900),
      request: {
        method: 'POST',
        url: '/predict',
        headers: {},
        body: body([task.startsWith('clip') ? text : image]),
      },
      response: { statusCode: number % 97 === 0 ? 500 : 200, headers: {}, body: body() },
      kept: { request: false, response: false },
    }
  })
}

/** Runs something in the page and measures until the frame after it has been painted, milliseconds; the median of five. */
async function measure(page: Page, what: string, act: string): Promise<number> {
  const times = await page.evaluate(
    async ([code]) => {
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a step of the test, as text
      const run = new Function('round', code ?? '') as (round: number) => void
      const frame = (): Promise<void> =>
        new Promise((resolve) =>
          requestAnimationFrame(() => {
            const channel = new MessageChannel()
            channel.port1.onmessage = () => resolve()
            channel.port2.postMessage(0)
          }),
        )
      const found: number[] = []
      for (let round = 0; round < 5; round++) {
        await frame()
        const start = performance.now()
        run(round)
        // The filter is applied one frame after the key has been painted.
        await frame()
        await frame()
        found.push(performance.now() - start)
      }
      return found
    },
    [act],
  )
  const median = [...times].sort((a, b) => a - b)[2] ?? NaN
  console.log(`${what}: ${median.toFixed(0)} ms (${times.map((time) => time.toFixed(0)).join(', ')})`)
  return median
}

test('10,000 records: key, scroll and sort', async ({ page, app, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await app.post('/api/debug/max-records', { maxRecords: AMOUNT })
  await page.route('/api/debug/records', (route) => route.fulfill({ json: manyRecords() }))
  // The page compares its number of records with the server's.
  await page.addInitScript(() => localStorage.setItem('debug-order', '{"column":"time","isDescending":true}'))
  await page.goto('/debug')
  await expect(page.getByText('5,000 / 5,000 requests match')).toBeVisible()
  await page.waitForTimeout(1_000)
  const type = (text: string): string =>
    `const input = document.querySelector('input[role=combobox]'); input.value = ${text}; input.dispatchEvent(new Event('input'))`
  await measure(page, 'a key of the filter, text', type(`'sea ' + '1'.repeat(round + 1)`))
  await measure(page, 'a key of the filter, condition', type(`'status:5 '.repeat(round + 1)`))
  await measure(page, 'a key of the filter, failovers', type(`'is:failover' + ' '.repeat(round)`))
  await measure(page, 'the filter is emptied', type(`round % 2 ? '' : 'x'`))
  await page.getByLabel('Filter').fill('')
  await expect(page.getByText('5,000 / 5,000 requests match')).toBeVisible()
  await measure(
    page,
    'a jump of the list',
    `document.querySelector('.scroller').scrollTop = (round + 1) * 30000`,
  )
  await measure(page, 'sorting by what was asked', `document.querySelector('th.what button').click()`)
  await measure(page, 'sorting by who answered', `document.querySelector('th.answered button').click()`)
  await measure(page, 'sorting by duration', `document.querySelector('th.duration button').click()`)
  await expect(rows(page).first()).toBeVisible()
  await expect(list(page)).toBeVisible()
})

test('a day of history: range and chart', async ({ page, pair }) => {
  expect(pair.gpu.name).toBe('gpu')
  await page.goto('/overview?range=24h')
  await expect(page.getByRole('figure', { name: 'Answers a minute' })).toBeVisible()
  await measure(
    page,
    'both charts with another task',
    `const select = document.querySelector('select'); select.selectedIndex = round % select.options.length; select.dispatchEvent(new Event('change'))`,
  )
  await measure(
    page,
    'both charts in another theme',
    `document.querySelector('header button[title^=Theme]').click()`,
  )
})
