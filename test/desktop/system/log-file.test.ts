import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { OLD_LOG_FILES } from '../../../src-main/desktop/limits.ts'
import { openLog } from '../../../src-main/desktop/system/log-file.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

test('the log is a file, written at once', async () => {
  const log = await openLog(path.join(folder, 'logs'), 'info')
  log.warn('a sentence')
  expect(readFileSync(path.join(folder, 'logs/immich-ml-proxy.1.log'), 'utf8')).toContain('a sentence')
})

test('the log is rotated, and old files go', async () => {
  const logs = path.join(folder, 'logs')
  const log = await openLog(logs, 'info')
  const half = 'x'.repeat(1024 * 1024)
  const files = (): number => readdirSync(logs).length
  for (let count = 0; count < 3 * (OLD_LOG_FILES + 2); count++) {
    log.info(half)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await expect.poll(files).toBeLessThanOrEqual(OLD_LOG_FILES + 1)
  expect(files()).toBeGreaterThan(1)
  expect(existsSync(path.join(logs, 'immich-ml-proxy.1.log'))).toBe(false)
})
