/** The application menu. */
import { Menu } from 'electron'

/**
 * Sets the application menu. On macOS the shortcuts for copy, paste and closing a window work only through a menu; on
 * other systems an empty menu bar would be shown, so there is none.
 */
export function setupApplicationMenu(): void {
  const roles = ['appMenu', 'fileMenu', 'editMenu', 'windowMenu'] as const
  const menu = process.platform === 'darwin' ? Menu.buildFromTemplate(roles.map((role) => ({ role }))) : null
  Menu.setApplicationMenu(menu)
}
