/** The debug list as a test meets it. */
import type { Locator, Page } from '@playwright/test'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import type { TestProxy } from '../../support/proxy.ts'

export async function record(app: TestProxy, maxRecords?: number): Promise<void> {
  if (maxRecords !== undefined) await app.post('/api/debug/max-records', { maxRecords })
  await app.post('/api/debug/toggle', { enabled: true })
}

export async function records(app: TestProxy): Promise<DebugRecord[]> {
  return (await (await app.get('/api/debug/records')).json()) as DebugRecord[]
}

/** Text queries `query 0`, `query 1`, …: two records each. */
export async function queries(app: TestProxy, amount: number): Promise<void> {
  for (let number = 0; number < amount; number++) {
    await (await predict(app.url, JOBS.searchText, `query ${number}`)).arrayBuffer()
  }
}

/** The rows of records, without the head. */
export const rows = (page: Page): Locator => page.locator('tbody tr[data-id]')
export const detail = (page: Page): Locator => page.getByRole('complementary')
export const list = (page: Page): Locator => page.getByRole('region', { name: 'Records' })
export const open = (page: Page, index = 0): Promise<void> => rows(page).nth(index).getByRole('link').click()
