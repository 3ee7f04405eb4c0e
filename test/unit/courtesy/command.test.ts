/** A program that is run for a look and cannot be ended. */
import type * as childProcess from 'node:child_process'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { commandRunner } from '../../../src-main/courtesy/probes/command.ts'

const made = vi.hoisted((): { child: unknown } => ({ child: undefined }))
vi.mock('node:child_process', async (importOriginal) => ({
  ...(await importOriginal<typeof childProcess>()),
  spawn: () => made.child,
}))

test('a program of another user, which may not be killed, is told as late and ends nothing', async () => {
  const child = new EventEmitter()
  const kill = vi.fn(() => {
    // As Node tells EPERM.
    child.emit('error', new Error('kill EPERM'))
    return false
  })
  made.child = Object.assign(child, { stdout: new PassThrough(), stderr: new PassThrough(), kill })
  await expect(commandRunner({}, 1)('theirs', [])).rejects.toThrow('theirs did not answer within')
  expect(kill).toHaveBeenCalledTimes(1)
})
