/** Unsaved changes: the page stays, its user is asked, and a yes goes where they wanted to go. */
import type { BrowserWindow } from 'electron'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { askAt, type Question } from './ask.ts'

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

/** What the page is to make room for; undefined where the page itself wants to go, as with a reload. */
type Aim = { readonly url: string } | 'closed' | undefined

export interface LeavingOptions {
  readonly window: BrowserWindow
  readonly load: (url: string) => void
  readonly log: Logger
}

/**
 * Without this Electron would keep a page with unsaved changes without a word, and its window could not be closed.
 * The question cannot be waited for within the event, since that would stop the process and every prediction in it.
 */
export class Leaving {
  readonly #options: LeavingOptions
  #aim: Aim
  #isAsking = false
  /** Leaving was agreed to: the next page that objects is not heard. */
  #agreed = false

  constructor(options: LeavingOptions) {
    this.#options = options
    const { window } = options
    window.on('close', () => {
      this.#aim = 'closed'
    })
    window.webContents.on('did-navigate', () => {
      this.#agreed = false
      this.#aim = undefined
    })
    window.webContents.on('will-prevent-unload', (event) => {
      if (this.#agreed) event.preventDefault()
      else void this.#ask()
      this.#agreed = false
    })
  }

  /** Another page is about to be loaded. */
  towards(url: string): void {
    this.#aim = { url }
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const { window, log } = this.#options
    try {
      const answer = await askAt(window, QUESTION)
      if (answer === LEAVE && !window.isDestroyed()) this.#leave()
    } catch (error) {
      log.error({ error: errorText(error) }, 'nobody could be asked about unsaved changes')
    } finally {
      this.#isAsking = false
      this.#aim = undefined
    }
  }

  #leave(): void {
    const { window, load } = this.#options
    const aim = this.#aim
    if (aim === 'closed') {
      window.destroy()
      return
    }
    this.#agreed = true
    if (aim === undefined) window.webContents.reload()
    else load(aim.url)
  }
}
