/** Questions to the user. They never block the process, so predictions are served while a question is open. */
import { app, BaseWindow, BrowserWindow, dialog, type MessageBoxOptions } from 'electron'
import { APP_NAME } from '../system/names.ts'

export interface Question extends MessageBoxOptions {
  /** Index of the button that counts as pressed when the question is closed without an answer. */
  cancelId: number
}

/** Size of the helper window in pixels: little more than a title bar, as it only carries the question. */
const HELPER_SIZE = { width: 420, height: 60 } as const

function visibleWindow(): Electron.BaseWindow | undefined {
  return BrowserWindow.getAllWindows().find((window) => window.isVisible() && !window.isMinimized())
}

function createHelperWindow(): Electron.BaseWindow {
  const window = new BaseWindow({
    ...HELPER_SIZE,
    title: APP_NAME,
    center: true,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    closable: false,
  })
  // On Linux every window gets the application menu.
  if (process.platform === 'linux') window.removeMenu()
  return window
}

/**
 * Asks a question attached to a window and resolves with the index of the pressed button.
 * If the window closes while the question is open, resolves with `cancelId`, as Electron promises no answer then.
 */
export function askInWindow(window: Electron.BaseWindow, question: Question): Promise<number> {
  return new Promise((resolve, reject) => {
    const onClosed = (): void => resolve(question.cancelId)
    window.once('closed', onClosed)
    dialog
      .showMessageBox(window, question)
      .then(({ response }) => resolve(response), reject)
      .finally(() => window.off('closed', onClosed))
  })
}

/**
 * Asks a question and resolves with the index of the pressed button.
 *
 * The question is attached to the visible window, or to a small helper window that is destroyed afterwards. A
 * question without a window blocks the whole process on macOS and ignores its abort signal there; on Linux the answer
 * to a question asked before any window was opened may arrive 30 s late (electron#51049).
 */
export async function ask(question: Question): Promise<number> {
  if (process.platform === 'win32') return (await dialog.showMessageBox(question)).response
  // An app without a Dock icon is not brought to the front by opening a window.
  if (process.platform === 'darwin') app.focus({ steal: true })
  const window = visibleWindow()
  if (window !== undefined) {
    window.focus()
    return askInWindow(window, question)
  }
  const helper = createHelperWindow()
  try {
    return await askInWindow(helper, question)
  } finally {
    if (!helper.isDestroyed()) helper.destroy()
  }
}
