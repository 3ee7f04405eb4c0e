import { expect, test } from 'vitest'
import { startTestDesktop, stopTestDesktops, useDesktops } from '../../support/desktop.ts'
import { StandInMenu } from '../../support/electron-stand-in/menu.ts'

useDesktops()

test('copy and paste have their shortcuts on macOS, and no empty bar elsewhere', async () => {
  await startTestDesktop({ platform: 'darwin' })
  const menu = StandInMenu.application as unknown as StandInMenu
  expect(menu.shownItems.map(({ label }) => label)).toEqual(['appMenu', 'fileMenu', 'editMenu', 'windowMenu'])
  await stopTestDesktops()
  await startTestDesktop()
  expect(StandInMenu.application).toBeNull()
})
