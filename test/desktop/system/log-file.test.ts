import fs, { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { LOG_FILE_BYTES, OLD_LOG_FILES } from '../../../src-main/desktop/limits.ts'
import { openLog } from '../../../src-main/desktop/system/log-file.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

test('the log is a file, written at once', () => {
  const log = openLog(path.join(folder, 'logs'), 'info')
  log.warn('a sentence')
  expect(readFileSync(path.join(folder, 'logs/immich-ml-proxy.1.log'), 'utf8')).toContain('a sentence')
})

test('a log goes on in its newest file', () => {
  writeFileSync(path.join(folder, 'immich-ml-proxy.3.log'), 'before\n')
  writeFileSync(path.join(folder, 'immich-ml-proxy.x.log'), 'of somebody else\n')
  openLog(folder, 'info').warn('a sentence')
  expect(readFileSync(path.join(folder, 'immich-ml-proxy.3.log'), 'utf8')).toMatch(/^before\n.*a sentence/)
  expect(readdirSync(folder)).toHaveLength(2)
})

test('a full disk ends nothing, at a fatal error neither: lines are dropped, and their number is told', () => {
  const log = openLog(folder, 'info')
  log.info('before')
  const full = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  })
  syncBuiltinESMExports()
  for (let count = 0; count < 1_000; count++) log.info('lost')
  log.fatal('lost, too')
  full.mockRestore()
  syncBuiltinESMExports()
  log.info('after')
  const text = readFileSync(path.join(folder, 'immich-ml-proxy.1.log'), 'utf8')
  expect(text).toMatch(/before.*\n.*"1001 lines of the log could not be written".*\n.*after/)
  expect(text).not.toContain('"lost"')
})

test('the log is rotated, and old files go', () => {
  const log = openLog(folder, 'info')
  const half = 'x'.repeat(LOG_FILE_BYTES / 2)
  for (let count = 0; count < 3 * (OLD_LOG_FILES + 2); count++) log.info(half)
  const files = readdirSync(folder)
  expect(files).toHaveLength(OLD_LOG_FILES + 1)
  for (const file of files) {
    expect(statSync(path.join(folder, file)).size).toBeLessThan(1.5 * LOG_FILE_BYTES + 1_000)
  }
  expect(files).not.toContain('immich-ml-proxy.1.log')
})

test('a log that cannot be rotated is written on', () => {
  writeFileSync(path.join(folder, 'immich-ml-proxy.1.log'), 'x'.repeat(LOG_FILE_BYTES))
  mkdirSync(path.join(folder, 'immich-ml-proxy.2.log'))
  // The newest one is no file: it cannot be opened at all.
  expect(() => openLog(folder, 'info')).toThrow()
  rmSync(path.join(folder, 'immich-ml-proxy.2.log'), { recursive: true })
  const log = openLog(folder, 'info')
  mkdirSync(path.join(folder, 'immich-ml-proxy.2.log'))
  log.info('a sentence')
  expect(readFileSync(path.join(folder, 'immich-ml-proxy.1.log'), 'utf8')).toContain('a sentence')
})
