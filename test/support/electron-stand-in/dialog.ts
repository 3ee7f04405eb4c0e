/** The stand-in of `dialog`. It refuses dialogs that would block the process and the predictions in it. */
import path from 'node:path'
import type {
  BaseWindow,
  Dialog,
  MessageBoxOptions,
  MessageBoxReturnValue,
  SaveDialogOptions,
  SaveDialogReturnValue,
} from 'electron'
import { app } from './app.ts'
import { impossible, refuse } from './strict.ts'
import { StandInBaseWindow } from './windows.ts'

/** A dialog that is open. */
export interface OpenDialog {
  readonly options: MessageBoxOptions
  /** The window it is attached to, where it has one. */
  readonly parent: StandInBaseWindow | undefined
  /** Presses the button with a label. */
  press(label: string): void
}

function judgeDialog({ buttons = [], defaultId = 0, cancelId, message }: MessageBoxOptions): void {
  if (!app.isReady()) refuse('a dialog before ready')
  if (message === '') refuse('a dialog without a message')
  if (buttons.length === 0) refuse('a dialog without buttons')
  if (buttons[defaultId] === undefined) refuse(`no button ${defaultId} for Enter`)
  if (cancelId === undefined || buttons[cancelId] === undefined) refuse('no button for Escape')
}

function judgeParent(parent: StandInBaseWindow | undefined): void {
  if (parent === undefined) {
    if (process.platform === 'darwin') refuse('without a window a dialog of macOS stops the process')
    if (process.platform === 'linux') refuse('without a window the answer is late by half a minute on Linux')
    return
  }
  if (parent.isDestroyed()) refuse('a dialog on a window that is gone')
  if (!parent.visible) refuse('a dialog on a window that nobody sees')
}

type Surface = Pick<Dialog, 'showErrorBox' | 'showMessageBox' | 'showMessageBoxSync' | 'showSaveDialog'>

export class StandInDialog implements Surface {
  open: OpenDialog[] = []
  errors: { title: string; content: string }[] = []
  /** Called while an error box blocks the process. */
  behindErrorBox: () => void = () => undefined

  showMessageBox(window: BaseWindow, options: MessageBoxOptions): Promise<MessageBoxReturnValue>
  showMessageBox(options: MessageBoxOptions): Promise<MessageBoxReturnValue>
  showMessageBox(
    first: BaseWindow | MessageBoxOptions,
    second?: MessageBoxOptions,
  ): Promise<MessageBoxReturnValue> {
    const parent = first instanceof StandInBaseWindow ? first : undefined
    const options = second ?? (first as MessageBoxOptions)
    judgeDialog(options)
    judgeParent(parent)
    const { buttons = [], cancelId = 0, signal } = options
    return new Promise((resolve) => {
      const leave = (): void => {
        this.open = this.open.filter((other) => other !== one)
      }
      const end = (response: number): void => {
        leave()
        resolve({ response, checkboxChecked: false })
      }
      const one: OpenDialog = {
        options,
        parent,
        press: (label) =>
          end(buttons.includes(label) ? buttons.indexOf(label) : impossible(`no button "${label}"`)),
      }
      this.open.push(one)
      // Electron promises no answer when the window is closed.
      parent?.once('closed', leave)
      signal?.addEventListener('abort', () => end(cancelId), { once: true })
    })
  }

  /** Where the user saves a file; undefined: the dialog is cancelled. */
  saveTo: string | undefined

  showSaveDialog(
    first: BaseWindow | SaveDialogOptions,
    second?: SaveDialogOptions,
  ): Promise<SaveDialogReturnValue> {
    if (!app.isReady()) refuse('a dialog before ready')
    const options = second ?? first
    const defaultPath = ('defaultPath' in options ? options.defaultPath : undefined) ?? ''
    if (!path.isAbsolute(defaultPath)) refuse(`"${defaultPath}" is saved wherever the program runs`)
    return Promise.resolve({ canceled: this.saveTo === undefined, filePath: this.saveTo ?? '' })
  }

  showMessageBoxSync(): number {
    return refuse('a dialog that is waited for stops the process')
  }

  showErrorBox(title: string, content: string): void {
    this.errors.push({ title, content })
    this.behindErrorBox()
  }
}

export const dialog = new StandInDialog()
