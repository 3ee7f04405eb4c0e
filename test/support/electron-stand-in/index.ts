/**
 * A strict stand-in of the electron module, for machines without Electron's binary: it refuses what Electron
 * refuses or would quietly get wrong. Its parts are declared to implement Electron's own types, so that it
 * cannot drift from them. Used in unit tests in place of the module, and by the packed app when it is booted.
 */
import type { Menu as RealMenu, Notification as RealNotification } from 'electron'
import { app } from './app.ts'
import { dialog } from './dialog.ts'
import { StandInMenu as Menu } from './menu.ts'
import {
  clipboard,
  ipcMain,
  nativeTheme,
  net,
  powerMonitor,
  powerSaveBlocker,
  screen,
  session,
  shell,
  StandInNotification as Notification,
  StandInUtilityProcess as utilityProcess,
} from './system.ts'
import { StandInTray as Tray } from './tray.ts'
import { StandInBaseWindow as BaseWindow, StandInBrowserWindow as BrowserWindow } from './windows.ts'

const standIn = {
  app,
  BaseWindow,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} satisfies { [Name in keyof typeof import('electron')]?: unknown } & {
  Menu: Pick<typeof RealMenu, 'buildFromTemplate' | 'setApplicationMenu'>
  Notification: Pick<typeof RealNotification, 'isSupported'>
}

export default standIn
export {
  app,
  BaseWindow,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
}
