import { expect, test } from 'vitest'
import { restartArguments, takeRestart } from '../../../src-main/desktop/lifecycle/restart.ts'
import { RESTART_EVERY_MS } from '../../../src-main/desktop/limits.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

test('a restart long ago does not count, whatever the clock says', () => {
  expect(takeRestart(folder, 1_000_000)).toBe(true)
  expect(takeRestart(folder, 1_000_000 + RESTART_EVERY_MS - 1)).toBe(false)
  expect(takeRestart(folder, 1_000_000 + RESTART_EVERY_MS)).toBe(true)
  expect(takeRestart(folder, 0)).toBe(true)
})

test('the arguments of a restart', () => {
  expect(restartArguments(['--reset-password', '--port=1', '--hidden'])).toEqual(['--port=1', '--hidden'])
  // Where the system allows no sandbox, the app would not start without it.
  expect(restartArguments(['--no-sandbox'])).toEqual(['--no-sandbox', '--hidden'])
})
