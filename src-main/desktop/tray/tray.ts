/** The tray icon: shows the model of the current state, and runs the actions of its menu. */
import { isDeepStrictEqual } from 'node:util'
import path from 'node:path'
import { Menu, Tray } from 'electron'
import type { Desktop } from '../desktop.ts'
import { TRAY_DEBOUNCE_MS } from '../limits.ts'
import { runSafely } from '../lifecycle/run-safely.ts'
import type { Logger } from '../../platform/log.ts'
import { packageRoot } from '../../platform/package-info.ts'
import { runTrayAction, type TrayParts } from './actions.ts'
import { collectTrayState, onTrayStateChange } from './collect-state.ts'
import { menuTemplate, type MenuHandlers } from './menu-template.ts'
import { toTrayModel, type TrayAction, type TrayActions, type TrayModel } from './tray-model.ts'
import type { TrayState } from './tray-state.ts'

const ICONS_FOLDER = path.join(packageRoot, 'resources', 'tray')

export class AppTray {
  readonly #state: () => TrayState
  readonly #handlers: MenuHandlers
  readonly #log: Logger
  #tray: Tray | undefined
  #shown: TrayModel | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * Shows the tray. The app must be ready.
   * @param state called for each refresh
   * @param run runs the action of a clicked item; must not throw
   */
  constructor(state: () => TrayState, run: (action: TrayAction) => void, log: Logger) {
    this.#state = state
    this.#handlers = { run, runCheck: (action) => this.#runCheck(action) }
    this.#log = log
    this.#render()
  }

  /** The state may have changed. Changes within {@link TRAY_DEBOUNCE_MS} are shown together. */
  readonly refresh = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      runSafely(this.#log, 'updating the tray', () => this.#render())
    }, TRAY_DEBOUNCE_MS)
  }

  /** Calls `listener` on a click on Windows, and on Linux panels that support clicks. On macOS a click opens the menu. */
  onClick(listener: () => void): void {
    if (process.platform !== 'darwin') this.#tray?.on('click', listener)
  }

  destroy(): void {
    clearTimeout(this.#timer)
    // A later refresh must not use the destroyed tray.
    this.#timer = undefined
    this.#tray?.destroy()
    this.#tray = undefined
  }

  #render(): void {
    const model = toTrayModel(this.#state())
    if (isDeepStrictEqual(model, this.#shown)) return
    const icon = path.join(ICONS_FOLDER, model.icon)
    if (this.#tray === undefined) {
      if (this.#shown !== undefined) return
      this.#tray = new Tray(icon)
    } else if (model.icon !== this.#shown?.icon) {
      this.#tray.setImage(icon)
    }
    if (model.tooltip !== this.#shown?.tooltip) this.#tray.setToolTip(model.tooltip)
    // The menu is replaced as a whole, because Linux does not show changes of single items.
    if (!isDeepStrictEqual(model.items, this.#shown?.items)) {
      this.#tray.setContextMenu(Menu.buildFromTemplate(menuTemplate(model.items, this.#handlers)))
    }
    this.#shown = model
  }

  /** The system has toggled the check mark already, so the menu is set again in case the action fails. */
  #runCheck(action: TrayAction): void {
    if (this.#shown !== undefined) this.#shown = { ...this.#shown, items: [] }
    this.#handlers.run(action)
    this.refresh()
  }
}

/** Shows the tray and keeps it up to date. */
export function setupTray(
  desktop: Desktop,
  { startup, launchAtLogin }: TrayParts,
  actions: TrayActions,
  onClick: () => void,
): void {
  const { service, cleanup } = desktop
  const state = (): TrayState => collectTrayState(service, startup, launchAtLogin)
  const tray = new AppTray(state, (action) => runTrayAction(desktop, actions, action), desktop.log)
  cleanup.add(onTrayStateChange(service, startup, tray.refresh))
  cleanup.add(() => tray.destroy())
  tray.onClick(onClick)
}
