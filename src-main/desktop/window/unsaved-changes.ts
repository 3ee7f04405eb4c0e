/** Unsaved changes in the window: the user is asked before a page with unsaved changes is left or closed. */
import type { BrowserWindow } from 'electron'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { askInWindow, type Question } from '../lifecycle/ask.ts'

const LEAVE = 0
const QUESTION: Question = {
  type: 'question',
  message: 'Leave without saving?',
  detail: 'The changes on this page are not saved.',
  buttons: ['Leave', 'Stay'],
  defaultId: 1,
  cancelId: 1,
  noLink: true,
}

/**
 * What happens once the user agrees to leave the page: another URL is loaded, or the window is closed. Undefined if
 * the page started the navigation itself, as with a reload.
 */
type NextStep = { readonly url: string } | 'close' | undefined

export interface UnsavedChangesOptions {
  readonly window: BrowserWindow
  readonly load: (url: string) => void
  readonly log: Logger
}

/**
 * Asks before unsaved changes are lost.
 *
 * A page with unsaved changes cancels its `beforeunload` event. Electron then keeps the page without telling the user,
 * and the window cannot be closed. The question is asked asynchronously: waiting for the answer within the event would
 * block the process and every prediction in it.
 */
export class UnsavedChanges {
  readonly #options: UnsavedChangesOptions
  #nextStep: NextStep
  #isAsking = false
  /** The user agreed to leave, so the next page that objects is left without a question. */
  #isLeavingAllowed = false

  constructor(options: UnsavedChangesOptions) {
    this.#options = options
    const { window } = options
    window.on('close', () => {
      this.#nextStep = 'close'
    })
    window.webContents.on('did-navigate', () => {
      this.#isLeavingAllowed = false
      this.#nextStep = undefined
    })
    window.webContents.on('will-prevent-unload', (event) => {
      if (this.#isLeavingAllowed) event.preventDefault()
      else void this.#ask()
      this.#isLeavingAllowed = false
    })
  }

  /** Must be called before another page is loaded: it is loaded again once the user agrees to leave. */
  beforeLoad(url: string): void {
    this.#nextStep = { url }
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const { window, log } = this.#options
    try {
      const answer = await askInWindow(window, QUESTION)
      if (answer === LEAVE && !window.isDestroyed()) this.#leave()
    } catch (error) {
      log.error({ error: errorText(error) }, 'could not ask about unsaved changes')
    } finally {
      this.#isAsking = false
      this.#nextStep = undefined
    }
  }

  #leave(): void {
    const { window, load } = this.#options
    const next = this.#nextStep
    if (next === 'close') {
      window.destroy()
      return
    }
    this.#isLeavingAllowed = true
    if (next === undefined) window.webContents.reload()
    else load(next.url)
  }
}
