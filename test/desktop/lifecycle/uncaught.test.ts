/** What nobody caught: an exception, a promise. */
import { expect, test, vi } from 'vitest'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { StandInNotification } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

useDesktops()

test('an exception that nobody caught is told, and ends the app', async () => {
  const desktop = await startTestDesktop({ config: ONE_BACKEND })
  for (const listener of desktop.listeners('unhandledRejection')) listener(new Error('forgotten'))
  expect(StandInNotification.shown.at(-1)?.options.body).toBe('forgotten')
  expect(app.exitCode).toBeUndefined()
  const { service } = desktop
  const stop = service.stop.bind(service)
  let isClosed = false
  vi.spyOn(service, 'stop').mockImplementation(async (graceMs) => {
    await stop(graceMs)
    isClosed = true
  })
  const during: unknown[] = []
  dialog.behindErrorBox = () => during.push(isClosed)
  for (const listener of desktop.listeners('uncaughtException')) listener(new Error('broken'))
  await poll(() => app.exitCode).toBe(1)
  expect(dialog.errors[0]?.content).toContain('broken')
  // The process stands still behind the box: by then nobody may wait for it.
  expect(during).toEqual([true])
})

test('after a start at login no box stands in the way of the end', async () => {
  const desktop = await startTestDesktop({ config: ONE_BACKEND, args: ['--hidden'] })
  for (const listener of desktop.listeners('uncaughtException')) listener(new Error('broken'))
  await poll(() => app.exitCode).toBe(1)
  expect(dialog.errors).toEqual([])
  expect(StandInNotification.shown.at(-1)?.options.body).toContain('broken')
  expect(desktop.service.address).toBeUndefined()
})
