import { expect, test } from 'vitest'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { tray } from '../../support/electron-stand-in/control.ts'

const poll = expect.poll

useDesktops()

test('the menu is set anew only when it changes', async () => {
  const { service } = await startTestDesktop({ config: ONE_BACKEND })
  await poll(() => tray().tooltip).toContain('nas: ')
  await new Promise((resolve) => setTimeout(resolve, 400))
  const { menus } = tray()
  for (let count = 0; count < 5; count++) service.parts.monitor.emit('update')
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(tray().menus).toBe(menus)
})
