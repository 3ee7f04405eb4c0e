/** The context menu of a page. Electron has none of its own, and users expect Paste in a text field. */
import { runSafely } from '../lifecycle/run-safely.ts'
import type { Logger } from '../../platform/log.ts'
import { Menu, type MenuItemConstructorOptions, type WebContents } from 'electron'

/** Adds a context menu with the commands for text. */
export function addContextMenu(contents: WebContents, log: Logger): void {
  contents.on('context-menu', (_event, { editFlags, isEditable, selectionText }) => {
    const items: MenuItemConstructorOptions[] = []
    if (isEditable) items.push({ role: 'cut', enabled: editFlags.canCut })
    if (isEditable || selectionText !== '') items.push({ role: 'copy', enabled: editFlags.canCopy })
    if (isEditable) items.push({ role: 'paste', enabled: editFlags.canPaste })
    items.push({ role: 'selectAll', enabled: editFlags.canSelectAll })
    // Opening a menu throws if the window has been closed meanwhile.
    runSafely(log, 'opening the context menu', () => Menu.buildFromTemplate(items).popup())
  })
}
