/** Questions to the user. None of them stops the process: it serves predictions while somebody thinks. */
import { app, BaseWindow, BrowserWindow, dialog, type MessageBoxOptions } from 'electron'
import { APP_NAME } from '../system/names.ts'

export interface Question extends MessageBoxOptions {
  /** The answer where none is given. */
  cancelId: number
}

/** A title bar for the question to hang on. */
const HELPER_SIZE = { width: 420, height: 60 } as const

function openWindow(): Electron.BaseWindow | undefined {
  return BrowserWindow.getAllWindows().find((window) => window.isVisible() && !window.isMinimized())
}

function helperWindow(): Electron.BaseWindow {
  return new BaseWindow({
    ...HELPER_SIZE,
    title: APP_NAME,
    center: true,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    closable: false,
  })
}

/** Asks in front of a window, which may go while the question stands. */
export function askAt(window: Electron.BaseWindow, question: Question): Promise<number> {
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
 * Asks, and resolves with the number of the button.
 *
 * On macOS a question without a window stops the whole process, and its signal cannot take it back; on Linux the
 * answer to one that comes before any window may be heard half a minute late (electron#51049). So it gets the
 * window that is open there, or a small one that goes with it.
 */
export async function ask(question: Question): Promise<number> {
  if (process.platform === 'win32') return (await dialog.showMessageBox(question)).response
  // Without a place in the Dock the question would stand behind everything.
  if (process.platform === 'darwin') app.focus({ steal: true })
  const open = openWindow()
  if (open !== undefined) {
    open.focus()
    return askAt(open, question)
  }
  const helper = helperWindow()
  try {
    return await askAt(helper, question)
  } finally {
    if (!helper.isDestroyed()) helper.destroy()
  }
}
