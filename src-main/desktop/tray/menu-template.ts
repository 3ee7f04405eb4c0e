/** Turns the items of a menu model into a template for Electron. */
import type { MenuItemConstructorOptions } from 'electron'
import type { TrayAction, TrayItem } from './tray-model.ts'

export interface MenuHandlers {
  /** Runs the action of a clicked item; must not throw. */
  readonly run: (action: TrayAction) => void
  /** Runs the action of a clicked check item, whose check mark the system has toggled already; must not throw. */
  readonly runCheck: (action: TrayAction) => void
}

export function menuTemplate(
  items: readonly TrayItem[],
  handlers: MenuHandlers,
): MenuItemConstructorOptions[] {
  return items.map((item): MenuItemConstructorOptions => {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' }
      case 'text':
        return { label: item.label, enabled: false }
      case 'action':
        return { label: item.label, click: () => handlers.run(item.action) }
      case 'submenu':
        return { label: item.label, submenu: menuTemplate(item.items, handlers) }
      case 'check':
        return {
          label: item.label,
          type: 'checkbox',
          checked: item.checked,
          click: () => handlers.runCheck(item.action),
        }
    }
  })
}
