import { readdirSync, readFileSync } from 'node:fs'
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
  const numbers = (): number[] => readdirSync(logs).map((name) => Number(/\.(\d+)\.log$/.exec(name)?.[1]))
  const last = OLD_LOG_FILES + 3
  for (let number = 2; number <= last; number++) {
    log.info(half)
    log.info(half)
    await expect.poll(numbers).toContain(number)
  }
  await expect.poll(() => numbers().length).toBeLessThanOrEqual(OLD_LOG_FILES + 1)
  const kept = numbers().sort((a, b) => b - a)
  expect(kept.length).toBeGreaterThan(1)
  expect(kept).toEqual(kept.map((_, index) => last - index))
})
