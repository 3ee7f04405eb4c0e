/** The process for lookups as Electron starts it: the same module, which speaks by another port. */
import { beforeEach, expect, test } from 'vitest'
import { LOOKUP_PROCESS_THREADS } from '../../../src-main/backends/limits.ts'
import { lookupEnvironment, type LookupAnswer } from '../../../src-main/backends/lookup-child.ts'
import { forkUtilityLookupChild } from '../../../src-main/desktop/system/lookup-child.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { reset } from '../../support/electron-stand-in/control.ts'
import { WrongUse } from '../../support/electron-stand-in/strict.ts'
import { folderOfFile } from '../../support/folder.ts'

const folder = folderOfFile()

beforeEach(() => reset(folder))

test('looks names up, and ends when it is told to', async () => {
  app.becomeReady()
  const child = forkUtilityLookupChild()
  const answer = new Promise<LookupAnswer>((resolve) => child.onAnswer(resolve))
  const ended = new Promise<string>((resolve) => child.onEnd(resolve))
  child.send({ id: 7, name: '127.0.0.9' })
  expect(await answer).toEqual({ id: 7, addresses: [{ address: '127.0.0.9', family: 4 }] })
  child.end()
  expect(await ended).toBe('it ended with code 0')
})

test('cannot be started before Electron is ready', () => {
  expect(forkUtilityLookupChild).toThrow(WrongUse)
})

test('has threads for many names that hang', () => {
  expect(lookupEnvironment()).toMatchObject({
    PATH: process.env['PATH'],
    UV_THREADPOOL_SIZE: String(LOOKUP_PROCESS_THREADS),
  })
})
