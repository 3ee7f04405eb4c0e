/** The tray icon: shows the model of the current state, and runs the actions of its menu. */
import { isDeepStrictEqual } from 'node:util'
import path from 'node:path'
import { Menu, Tray } from 'electron'
import type { Desktop } from '../desktop.ts'
import { TRAY_DEBOUNCE_MS } from '../limits.ts'
import { runSafely } from '../lifecycle/run-safely.ts'
import type { Logger } from '../../platform/log.ts'
import { packageRoot } from '../../platform/package-info.ts'
import type { ShowBalloon } from '../system/notifications.ts'
import { runTrayAction, type TrayParts } from './actions.ts'
import { collectTrayState, onTrayStateChange } from './collect-state.ts'
import { menuTemplate, type MenuHandlers } from './menu-template.ts'
import {
  toTrayModel,
  type TrayAction,
  type TrayActions,
  type TrayItem,
  type TrayModel,
} from './tray-model.ts'
import type { TrayState } from './tray-state.ts'

const ICONS_FOLDER = path.join(packageRoot, 'resources', 'tray')

export interface AppTrayOptions {
  /** Called for each refresh. */
  readonly state: () => TrayState
  /** Runs the action of a clicked item; must not throw. */
  readonly run: (action: TrayAction) => void
  /** Called on a click on Windows, and on Linux panels that support clicks; must not throw. On macOS it opens the menu. */
  readonly onClick: () => void
  readonly log: Logger
}

/**
 * The tray icon.
 *
 * The menu must not be replaced while it is open: that closes it on macOS, and frees its memory on Windows. How the
 * opening is noticed differs by system:
 * - Windows: no menu is set. A right click is reported instead, and a new menu is built and opened.
 * - macOS: a menu is set, and updated when the mouse button is pressed, just before the menu opens. While it is open,
 *   changes wait.
 * - Linux: the panel reads the menu over D-Bus, and Chromium's DbusMenu reports neither opening nor closing. The menu is
 *   replaced at each change, which panels support.
 */
export class AppTray {
  readonly #options: AppTrayOptions
  readonly #handlers: MenuHandlers
  #tray: Tray | undefined
  #shown: TrayModel | undefined
  /**
   * The menu that is open, on Windows the one that was opened last. There Electron does not keep a menu from being
   * garbage-collected that was only opened, and its items may still be clicked while it closes.
   */
  #openMenu: Electron.Menu | undefined
  #figures: Pick<TrayState, 'running' | 'waiting' | 'progress'> = { running: 0, waiting: 0, progress: '' }
  #timer: NodeJS.Timeout | undefined

  /** Shows the tray. The app must be ready. */
  constructor(options: AppTrayOptions) {
    this.#options = options
    this.#handlers = { run: options.run, runCheck: (action) => this.#runCheck(action) }
    this.#render()
    const { onClick } = options
    if (process.platform === 'darwin')
      this.#tray?.on('mouse-down', () => this.#safely(() => this.#beforeOpening()))
    else this.#tray?.on('click', onClick)
    if (process.platform === 'win32') this.#tray?.on('right-click', () => this.#safely(() => this.#popUp()))
  }

  /** The state may have changed. Changes within {@link TRAY_DEBOUNCE_MS} are shown together. */
  readonly refresh = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#safely(() => this.#render())
    }, TRAY_DEBOUNCE_MS)
  }

  /** Shows a balloon beside the icon. Windows only. */
  readonly showBalloon: ShowBalloon = (title, content, onClick) => {
    const tray = this.#tray
    if (tray === undefined) return
    // There is one balloon at a time, so a click belongs to the last one.
    tray.removeAllListeners('balloon-click')
    tray.once('balloon-click', () => runSafely(this.#options.log, 'the action of a notification', onClick))
    tray.displayBalloon({ title, content })
  }

  destroy(): void {
    clearTimeout(this.#timer)
    // A later refresh must not use the destroyed tray.
    this.#timer = undefined
    this.#tray?.destroy()
    this.#tray = undefined
  }

  #safely(action: () => void): void {
    runSafely(this.#options.log, 'updating the tray', action)
  }

  /** @param isOpening whether the menu is about to open, so that its figures must be those of now */
  #render(isOpening = false): void {
    const model = toTrayModel(this.#stateFor(isOpening))
    const icon = path.join(ICONS_FOLDER, model.icon)
    if (this.#tray === undefined) {
      if (this.#shown !== undefined) return
      this.#tray = new Tray(icon)
    } else if (model.icon !== this.#shown?.icon) {
      this.#tray.setImage(icon)
    }
    if (model.tooltip !== this.#shown?.tooltip) this.#tray.setToolTip(model.tooltip)
    const items = this.#setMenu(this.#tray, model)
    this.#shown = { ...model, items }
  }

  /** On macOS the menu is not replaced for figures that nobody sees. */
  #stateFor(isOpening: boolean): TrayState {
    const state = this.#options.state()
    if (process.platform === 'darwin' && !isOpening) return { ...state, ...this.#figures }
    const { running, waiting, progress } = state
    this.#figures = { running, waiting, progress }
    return state
  }

  /** Sets the menu if it differs from the current one and may be replaced now. Returns the items of the menu that is set. */
  #setMenu(tray: Tray, { items }: TrayModel): readonly TrayItem[] {
    if (process.platform === 'win32') return items
    const current = this.#shown?.items ?? []
    if (this.#openMenu !== undefined || isDeepStrictEqual(items, current)) return current
    // The menu is replaced as a whole, because Linux does not show changes of single items.
    tray.setContextMenu(this.#build(items))
    return items
  }

  #build(items: readonly TrayItem[]): Electron.Menu {
    const menu = Menu.buildFromTemplate(menuTemplate(items, this.#handlers))
    if (process.platform === 'darwin') {
      menu.on('menu-will-show', () => {
        this.#openMenu = menu
      })
      menu.on('menu-will-close', () => {
        this.#openMenu = undefined
        this.refresh()
      })
    }
    return menu
  }

  /** The menu of macOS opens after this event, so it shows the state of now. */
  #beforeOpening(): void {
    // The menu is closed now, even if its event was missed.
    this.#openMenu = undefined
    this.#render(true)
  }

  /** Opens the menu on Windows. */
  #popUp(): void {
    const { items } = toTrayModel(this.#options.state())
    this.#openMenu = this.#build(items)
    this.#tray?.popUpContextMenu(this.#openMenu)
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
  { startup, launchAtLogin, updateCheck }: TrayParts,
  actions: TrayActions,
  onClick: () => void,
): void {
  const { service, cleanup, notifications } = desktop
  const sources = { service, startup, launchAtLogin, updateCheck }
  const state = (): TrayState => collectTrayState(sources)
  const tray = new AppTray({
    state,
    run: (action) => runTrayAction(desktop, actions, action),
    onClick,
    log: desktop.log,
  })
  notifications.setBalloon(tray.showBalloon)
  cleanup.add(onTrayStateChange(sources, tray.refresh))
  cleanup.add(() => tray.destroy())
}
