/** The stand-in is strict: what Electron would refuse or quietly get wrong fails here. */
import path from 'node:path'
import {
  app,
  BaseWindow,
  BrowserWindow,
  dialog,
  Menu,
  Notification,
  powerSaveBlocker,
  screen,
  shell,
  Tray,
  type MenuItemConstructorOptions,
} from 'electron'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { app as standIn } from '../../support/electron-stand-in/app.ts'
import { reset } from '../../support/electron-stand-in/control.ts'
import { dialog as standInDialog } from '../../support/electron-stand-in/dialog.ts'
import { splitLine } from '../../support/electron-stand-in/login-items.ts'
import { WrongUse } from '../../support/electron-stand-in/strict.ts'
import { root } from '../../support/packing.ts'
import { onPlatform, onRealPlatform } from '../../support/platform.ts'
import { folderOfFile } from '../../support/folder.ts'

const icon = path.join(root, 'resources/tray/linux/healthy-22.png')
const folder = folderOfFile()
const refused = (use: () => unknown): void => {
  expect(use).toThrow(WrongUse)
}

afterAll(onRealPlatform)

beforeEach(() => {
  onPlatform('linux')
  reset(folder)
})

test('nothing of the screen before ready', () => {
  refused(() => new Tray(icon))
  refused(() => new BaseWindow())
  refused(() => screen.getPrimaryDisplay())
  refused(() => powerSaveBlocker.start('prevent-app-suspension'))
  refused(() => new Notification({ title: 'a' }))
  refused(() => dialog.showMessageBox({ message: 'a', buttons: ['OK'], cancelId: 0 }))
})

test('nothing of the process after ready', () => {
  standIn.becomeReady()
  refused(() => app.enableSandbox())
  refused(() => app.disableHardwareAcceleration())
  refused(() => app.setAppUserModelId('a'))
  refused(() => app.setPath('sessionData', folder))
})

test('the folder of the lock is settled before the lock, and absolute', () => {
  refused(() => app.setPath('userData', 'relative'))
  app.requestSingleInstanceLock()
  refused(() => app.setPath('userData', folder))
})

test('an event that does not exist has no listeners', () => {
  refused(() => standIn.on('second-instanse', () => undefined))
})

test('what belongs to other systems', () => {
  refused(() => app.getLoginItemSettings())
  refused(() => app.setActivationPolicy('accessory'))
})

describe('a tray', () => {
  beforeEach(() => standIn.becomeReady())

  test('wants an icon that exists and fits the system', () => {
    refused(() => new Tray('/nowhere.png'))
    refused(() => new Tray(path.join(root, 'resources/tray/win32/healthy.ico')))
    onPlatform('darwin')
    refused(() => new Tray(icon))
    onPlatform('win32')
    refused(() => new Tray(icon))
  })

  test('wants a tooltip that Windows shows whole', () => {
    const tray = new Tray(icon)
    tray.setToolTip('x'.repeat(127))
    refused(() => tray.setToolTip('x'.repeat(128)))
    refused(() => tray.setToolTip(''))
  })

  test('is the only one, and is over when it is destroyed', () => {
    const tray = new Tray(icon)
    refused(() => new Tray(icon))
    tray.destroy()
    const late = [
      () => tray.setImage(icon),
      () => tray.setToolTip('a'),
      () => tray.setContextMenu(Menu.buildFromTemplate([{ label: 'a', enabled: false }])),
      () => tray.destroy(),
    ]
    late.forEach(refused)
  })
})

test.each<[string, MenuItemConstructorOptions[]]>([
  ['no items', []],
  ['neither label nor role', [{ click: vi.fn() }]],
  ['an empty label', [{ label: ' ', enabled: false }]],
  ['an item that does nothing', [{ label: 'a' }]],
  ['a checkbox without its tick', [{ label: 'a', type: 'checkbox', click: vi.fn() }]],
  ['a tick without a checkbox', [{ label: 'a', checked: true, click: vi.fn() }]],
  ['an empty submenu', [{ label: 'a', submenu: [] }]],
  ['a wrong item in a submenu', [{ label: 'a', submenu: [{ label: 'b' }] }]],
  [
    'a submenu that can be clicked',
    [{ label: 'a', submenu: [{ label: 'b', enabled: false }], click: vi.fn() }],
  ],
  ['a separator at the end', [{ label: 'a', enabled: false }, { type: 'separator' }]],
  ['a click beside a role', [{ role: 'quit', click: vi.fn() }]],
  ['a role of another system', [{ role: 'appMenu' }]],
  // A cast stands for plain JavaScript, or a version of Electron that lost the name.
  ['an unknown role', [{ role: 'explode' } as unknown as MenuItemConstructorOptions]],
  ['an unknown type', [{ label: 'a', type: 'slider' } as unknown as MenuItemConstructorOptions]],
  ['an unknown option', [{ label: 'a', onClick: vi.fn() } as unknown as MenuItemConstructorOptions]],
])('a menu with %s', (_what, template) => {
  refused(() => Menu.buildFromTemplate(template))
})

test('a window is locked down and shows web pages alone', () => {
  standIn.becomeReady()
  refused(() => new BrowserWindow())
  refused(() => new BrowserWindow({ webPreferences: { sandbox: false, contextIsolation: true } }))
  refused(() => new BrowserWindow({ width: 10.5 }))
})

test('a link that could start a program is not opened', () => {
  refused(() => shell.openExternal('file:///etc/passwd'))
})

test('a dialog has a button for Enter and one for Escape', () => {
  standIn.becomeReady()
  onPlatform('win32')
  refused(() => dialog.showMessageBox({ message: 'a' }))
  refused(() => dialog.showMessageBox({ message: 'a', buttons: ['OK'] }))
  refused(() => dialog.showMessageBox({ message: 'a', buttons: ['OK'], cancelId: 3 }))
})

test('the display platform is chosen before JavaScript runs', () => {
  standIn.hasDisplay = false
  app.commandLine.appendSwitch('ozone-platform', 'headless')
  expect(app.commandLine.hasSwitch('ozone-platform')).toBe(false)
  standIn.becomeReady()
  expect(standIn.exitCode).toBe(1)
  expect(app.isReady()).toBe(false)
})

test('a display platform of the command line needs no display', () => {
  standIn.hasDisplay = false
  standIn.commandLine.give('ozone-platform', 'headless')
  standIn.becomeReady()
  expect(app.isReady()).toBe(true)
})

describe('a dialog stops nothing', () => {
  const options = { message: 'a', buttons: ['OK'], cancelId: 0 }
  beforeEach(() => standIn.becomeReady())

  test('so it is not waited for', () => {
    refused(() => dialog.showMessageBoxSync(options))
  })

  test.each(['darwin', 'linux'] as const)('so it has a window on %s, one that is seen', async (platform) => {
    onPlatform(platform)
    refused(() => dialog.showMessageBox(options))
    refused(() => dialog.showMessageBox(new BaseWindow({ show: false }), options))
    const gone = new BaseWindow()
    gone.destroy()
    refused(() => dialog.showMessageBox(gone, options))
    const answered = dialog.showMessageBox(new BaseWindow(), options)
    standInDialog.open[0]?.press('OK')
    expect(await answered).toMatchObject({ response: 0 })
  })
})

test('a window is destroyed once', () => {
  standIn.becomeReady()
  const window = new BaseWindow()
  window.destroy()
  refused(() => window.destroy())
})

test('Chromium reads its switches before ready', () => {
  refused(() => app.commandLine.appendSwitch('--disable-gpu'))
  app.commandLine.appendSwitch('disable-gpu')
  expect(app.commandLine.hasSwitch('disable-gpu')).toBe(true)
  standIn.becomeReady()
  refused(() => app.commandLine.appendSwitch('disable-gpu'))
})

test('a menu of macOS closes windows', () => {
  onPlatform('darwin')
  refused(() => Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'editMenu' }])))
})

describe('a login item of Windows', () => {
  const path = 'C:\\Program Files\\a.exe'
  beforeEach(() => onPlatform('win32'))

  test('has its path in quotes, and no argument', () => {
    refused(() => app.setLoginItemSettings({ openAtLogin: true, path }))
    refused(() => app.getLoginItemSettings({ path }))
    refused(() => app.setLoginItemSettings({ openAtLogin: true, path: `"${path}"`, args: ['"--a b"'] }))
  })

  test.each([['a b'], ['a\\'], ['a b\\\\'], ['\\\\server\\share'], ['']])('hands on %j whole', (argument) => {
    app.setLoginItemSettings({ openAtLogin: true, name: 'a', path: `"${path}"`, args: [`--x=${argument}`] })
    expect(splitLine(standIn.loginItems.lines.get('a') ?? '')).toEqual([path, `--x=${argument}`])
  })
})

test('a blocker that does not run cannot be stopped', () => {
  standIn.becomeReady()
  refused(() => powerSaveBlocker.stop(7))
  refused(() => powerSaveBlocker.start('prevent-display-sleep'))
})
