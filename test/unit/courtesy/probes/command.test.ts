/** A program that is run for a look and cannot be ended. */
import type * as childProcess from 'node:child_process'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.doUnmock('node:child_process')
  vi.resetModules()
})

test('a program of another user, which may not be killed, is told as late and ends nothing', async () => {
  const child = new EventEmitter()
  const kill = vi.fn(() => {
    // As Node tells EPERM.
    child.emit('error', new Error('kill EPERM'))
    return false
  })
  const started = Object.assign(child, { stdout: new PassThrough(), stderr: new PassThrough(), kill })
  vi.doMock('node:child_process', async (importOriginal) => ({
    ...(await importOriginal<typeof childProcess>()),
    spawn: () => started,
  }))
  // Test files share their modules: another one has loaded it with the real `spawn`.
  vi.resetModules()
  const { commandRunner } = await import('../../../../src-main/courtesy/probes/command.ts')
  await expect(commandRunner({}, 1)('theirs', [])).rejects.toThrow('theirs did not answer within')
  expect(kill).toHaveBeenCalledTimes(1)
})
