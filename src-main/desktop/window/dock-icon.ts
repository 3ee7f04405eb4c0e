/** The Dock icon of macOS: shown while a window is open, so that the window can be found again. */
import { app } from 'electron'
import { DOCK_HIDE_AFTER_MS } from '../limits.ts'

/**
 * Owns whether the Dock icon is shown; `show` and `hide` may be called in any order. Does nothing on other systems.
 */
export class DockIcon {
  #shownAt = -Infinity
  #timer: NodeJS.Timeout | undefined

  show(): void {
    clearTimeout(this.#timer)
    this.#shownAt = performance.now()
    void app.dock?.show()
  }

  /** Hides the icon. Electron ignores that within a second after showing it, so it may be done later. */
  hide(): void {
    clearTimeout(this.#timer)
    const waitMs = this.#shownAt + DOCK_HIDE_AFTER_MS - performance.now()
    this.#timer = setTimeout(() => app.dock?.hide(), Math.max(waitMs, 0))
  }
}
