/** The tray pauses the backends of this computer. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { tray } from '../../support/electron-stand-in/control.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { NOWHERE, startTestDesktop, useDesktops } from '../../support/desktop.ts'

const poll = expect.poll
const BACKENDS = {
  defaultBackend: 'here',
  backends: [
    { name: 'here', url: NOWHERE },
    { name: 'there', url: 'http://192.0.2.1:3003' },
  ],
}

useDesktops()

const labels = (): string[] => tray().items.map(({ label }) => label)
const pauseBy = (label: string): void => tray().item(label).click()

test('the first time after a question, then at once; resume ends it', async () => {
  const { service, folder } = await startTestDesktop({ config: BACKENDS })
  await poll(labels).toContain('Pause')
  pauseBy('Until I resume')
  pauseBy('For 1 hour')
  expect(dialog.open).toHaveLength(1)
  expect(dialog.open[0]?.options.detail).toContain('turn on the queue guard')
  expect(service.courtesy.of('here')).toBeUndefined()
  dialog.open[0]?.press('Pause')
  await poll(() => service.courtesy.of('here')).toMatchObject({ by: 'hand', until: null })
  expect(service.courtesy.of('there')).toBeUndefined()
  await poll(labels).toContain('Resume (paused)')
  await poll(() => tray().tooltip).toContain('here: paused')
  tray().item('Resume (paused)').click()
  await poll(() => service.courtesy.of('here')).toBeUndefined()
  await poll(labels).not.toContain('Resume (paused)')
  const before = Date.now()
  pauseBy('For 1 hour')
  expect(dialog.open).toHaveLength(0)
  await poll(() => service.courtesy.of('here')?.until ?? 0).toBeGreaterThanOrEqual(before + 60 * 60_000)
  expect(readFileSync(path.join(folder, 'state/explained.json'), 'utf8')).toContain('pause')
})

test('not without a yes', async () => {
  const { service } = await startTestDesktop({ config: BACKENDS })
  await poll(labels).toContain('Pause')
  pauseBy('For 1 hour')
  dialog.open[0]?.press('Cancel')
  await poll(() => dialog.open.length).toBe(0)
  expect(service.courtesy.of('here')).toBeUndefined()
  pauseBy('For 1 hour')
  expect(dialog.open).toHaveLength(1)
  dialog.open[0]?.press('Cancel')
})
