/** Shows a window without a flash of its background. */
import { app, type BrowserWindow } from 'electron'
import { SHOW_WINDOW_AFTER_MS } from '../limits.ts'

/**
 * Owns when one window is shown: from the first {@link bringToFront} on, but not before its page is painted.
 */
export class WindowPresenter {
  readonly #window: BrowserWindow
  readonly #maximized: boolean
  /** Whether the page is painted, or has taken too long. */
  #isReady = false
  #isWanted = false
  #wasShown = false

  /** @param maximized whether the window is maximized when it is shown for the first time */
  constructor(window: BrowserWindow, maximized: boolean) {
    this.#window = window
    this.#maximized = maximized
    const limit = setTimeout(() => this.#setReady(), SHOW_WINDOW_AFTER_MS)
    window.once('ready-to-show', () => this.#setReady())
    window.once('closed', () => clearTimeout(limit))
  }

  /** Brings the window to the front; a new one once its page is painted, or after {@link SHOW_WINDOW_AFTER_MS}. */
  bringToFront(): void {
    this.#isWanted = true
    if (this.#isReady) this.#show()
  }

  #setReady(): void {
    this.#isReady = true
    if (this.#isWanted && !this.#wasShown && !this.#window.isDestroyed()) this.#show()
  }

  #show(): void {
    const window = this.#window
    if (window.isMinimized()) window.restore()
    // Maximizing shows a hidden window, so it must not be done before.
    if (!this.#wasShown && this.#maximized) window.maximize()
    this.#wasShown = true
    window.show()
    window.focus()
    // An app without a Dock icon is not brought to the front by focusing a window.
    if (process.platform === 'darwin') app.focus({ steal: true })
  }
}
