/** The menu of the right mouse button: Electron has none, and people look for Paste in a field. */
import { Menu, type MenuItemConstructorOptions, type WebContents } from 'electron'

/** Gives a page the few items that belong to text. */
export function addContextMenu(contents: WebContents): void {
  contents.on('context-menu', (_event, { editFlags, isEditable, selectionText }) => {
    const items: MenuItemConstructorOptions[] = []
    if (isEditable) items.push({ role: 'cut', enabled: editFlags.canCut })
    if (isEditable || selectionText !== '') items.push({ role: 'copy', enabled: editFlags.canCopy })
    if (isEditable) items.push({ role: 'paste', enabled: editFlags.canPaste })
    items.push({ role: 'selectAll', enabled: editFlags.canSelectAll })
    Menu.buildFromTemplate(items).popup()
  })
}
