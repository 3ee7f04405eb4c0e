import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, pressKeys } from '../../support/electron-stand-in/control.ts'
import { StandInMenu } from '../../support/electron-stand-in/menu.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { shell } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

useDesktops()

describe('the application menu', () => {
  const menu = (): StandInMenu => StandInMenu.application as unknown as StandInMenu

  test.each([
    ['darwin', ['appMenu', 'File', 'editMenu', 'View', 'windowMenu']],
    ['win32', ['File', 'editMenu', 'View']],
    ['linux', ['File', 'editMenu', 'View']],
  ] as const)('on %s', async (platform, labels) => {
    await startTestDesktop({ platform })
    expect(menu().shownItems.map(({ label }) => label)).toEqual(labels)
    // On Windows and Linux it is hidden until Alt is pressed.
    expect(browserWindow()?.hasMenuBar).toBe(false)
    expect(menu().some(({ role }) => role === 'toggleDevTools')).toBe(false)
  })

  test.each(['linux', 'win32', 'darwin'] as const)(
    'has the shortcuts of a browser on %s',
    async (platform) => {
      await startTestDesktop({ platform })
      for (const keys of ['0', 'Plus', '=', '-', 'R'])
        expect(pressKeys(`CommandOrControl+${keys}`), keys).toBe(true)
      expect(pressKeys('CommandOrControl+W')).toBe(true)
      expect(browserWindow()).toBeUndefined()
      expect(app.exitCode).toBeUndefined()
    },
  )

  test('does what the tray does, for a desktop without one', async () => {
    const { folder } = await startTestDesktop()
    mkdirSync(path.join(folder, 'logs'), { recursive: true })
    menu().find('Show logs')?.click()
    await poll(() => shell.paths).toEqual([path.join(folder, 'logs')])
    menu().find('Remove password…')?.click()
    await poll(() => dialog.open[0]?.options.message).toBe('No password is set')
    dialog.open[0]?.press('OK')
    menu().find('Quit')?.click()
    await poll(() => app.exitCode).toBe(0)
  })
})
