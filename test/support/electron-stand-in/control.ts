/** What a user, the system or a second process does to the app, for a test to do on the stand-in. */
import { app } from './app.ts'
import { dialog } from './dialog.ts'
import { StandInMenu } from './menu.ts'
import { impossible, PreventableEvent, refuse, wrongUses } from './strict.ts'
import {
  clipboard,
  ipcMain,
  nativeTheme,
  net,
  powerMonitor,
  screen,
  session,
  shell,
  StandInNotification,
} from './system.ts'
import { StandInSession } from './system.ts'
import { StandInTray } from './tray.ts'
import { StandInBaseWindow, StandInBrowserWindow } from './windows.ts'

/**
 * Starts the app: loads its entry module, and makes the app ready once the module has loaded with all that it awaits
 * at its top level.
 */
export async function startEntry(load: () => Promise<unknown>): Promise<void> {
  await load()
  app.becomeReady()
}

/** Sets the whole stand-in back to a system on which the app was never started. */
export function reset(folder: string): void {
  wrongUses.length = 0
  app.reset(folder)
  for (const emitter of [powerMonitor, screen, ipcMain]) emitter.forgetListeners()
  Object.assign(powerMonitor, { onBattery: false, idleSeconds: 0 })
  StandInTray.all = []
  StandInBaseWindow.open = []
  StandInMenu.application = undefined
  StandInNotification.shown = []
  StandInNotification.supported = true
  Object.assign(dialog, { open: [], errors: [], saveTo: undefined, behindErrorBox: () => undefined })
  Object.assign(shell, { urls: [], paths: [], items: [] })
  Object.assign(screen, {
    displays: [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 }, scaleFactor: 1 }],
  })
  clipboard.text = ''
  Object.assign(net, { urls: [], answer: () => refuse('a request that nobody expects') })
  nativeTheme.shouldUseDarkColors = false
  session.defaultSession = new StandInSession()
}

/** The tray that is shown. */
export function tray(): StandInTray {
  return StandInTray.all.find((one) => !one.isDestroyed()) ?? impossible('there is no tray')
}

/** The window that shows pages, where one is open. */
export function browserWindow(): StandInBrowserWindow | undefined {
  return StandInBaseWindow.open.find((one) => one instanceof StandInBrowserWindow)
}

/** The user presses the keys of a menu item in the window; returns whether there is such an item. */
export function pressKeys(accelerator: string): boolean {
  const menu = StandInMenu.application as unknown as StandInMenu | null | undefined
  const item = menu?.withAccelerator(accelerator)
  if (item === undefined) return false
  if (item.role === 'close') browserWindow()?.close()
  else if (item.role === undefined) item.click()
  return true
}

/** The user starts the app once more. */
export function startAgain(...args: string[]): void {
  app.emit('second-instance', new PreventableEvent(), ['/opt/app', ...args], '/', null)
}

/** The system asks the windows of Windows whether the session may end; returns whether it may. */
export function querySessionEnd(): boolean {
  const event = new PreventableEvent()
  for (const window of StandInBaseWindow.open) window.emit('query-session-end', event)
  return !event.defaultPrevented
}

export function endSession(): void {
  for (const window of StandInBaseWindow.open) window.emit('session-end', new PreventableEvent())
}
