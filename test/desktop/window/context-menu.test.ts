import { expect, test } from 'vitest'
import { startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { browserWindow } from '../../support/electron-stand-in/control.ts'
import { StandInMenu } from '../../support/electron-stand-in/menu.ts'

useDesktops()

test('a field has the menu of the right mouse button', async () => {
  await startTestDesktop()
  const editFlags = { canCut: false, canCopy: false, canPaste: true, canSelectAll: true }
  browserWindow()?.contents.emit('context-menu', {}, { editFlags, isEditable: true, selectionText: '' })
  expect(StandInMenu.popped?.shownItems.map(({ label, enabled }) => [label, enabled])).toEqual([
    ['cut', false],
    ['copy', false],
    ['paste', true],
    ['selectAll', true],
  ])
})
