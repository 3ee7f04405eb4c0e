/** The application menu: the menu bar of macOS, and the hidden one of the window elsewhere. */
import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { Desktop } from '../desktop.ts'
import { runTrayAction } from '../tray/actions.ts'
import { menuTemplate } from '../tray/menu-template.ts'
import type { TrayAction, TrayActions, TrayItem } from '../tray/tray-model.ts'

/** Items of the File menu that act on the service: what users without a tray icon would otherwise be missing. Pure. */
export function fileItems(): TrayItem[] {
  return [
    // "Pause" belongs here once the service can be paused.
    { kind: 'action', label: 'Remove password…', action: { do: 'remove-password' } },
    { kind: 'action', label: 'Show logs', action: { do: 'logs' } },
    { kind: 'action', label: 'Save a report…', action: { do: 'report' } },
  ]
}

/**
 * The View menu, without the developer tools of Electron's own. Browsers also zoom in with Ctrl and the key `=`, as `+`
 * needs Shift on many keyboards; a menu item has only one shortcut, so a hidden item has the second one.
 */
const VIEW_ITEMS: readonly MenuItemConstructorOptions[] = [
  { role: 'reload' },
  { type: 'separator' },
  { role: 'resetZoom' },
  { role: 'zoomIn' },
  { role: 'zoomIn', accelerator: 'CommandOrControl+=', visible: false },
  { role: 'zoomOut' },
  { type: 'separator' },
  { role: 'togglefullscreen' },
]

function template(
  platform: NodeJS.Platform,
  run: (action: TrayAction) => void,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  const file = menuTemplate(fileItems(), { run, runCheck: run })
  const quit: MenuItemConstructorOptions = {
    label: 'Quit',
    accelerator: 'CommandOrControl+Q',
    click: () => run({ do: 'quit' }),
  }
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: 'File',
      submenu: [...file, { type: 'separator' }, { role: 'close' }, ...(isMac ? [] : [quit])],
    },
    { role: 'editMenu' },
    { label: 'View', submenu: [...VIEW_ITEMS] },
    ...(isMac ? [{ role: 'windowMenu' } as const] : []),
  ]
}

/**
 * Sets the application menu. Its shortcuts (close, zoom, reload, and on macOS copy and paste) work only through a menu.
 * On Windows and Linux the window hides it until Alt is pressed. It is also the only menu of a desktop without tray
 * icons, such as GNOME.
 */
export function setupApplicationMenu(desktop: Desktop, actions: TrayActions): void {
  const run = (action: TrayAction): void => runTrayAction(desktop, actions, action)
  Menu.setApplicationMenu(Menu.buildFromTemplate(template(process.platform, run)))
}
