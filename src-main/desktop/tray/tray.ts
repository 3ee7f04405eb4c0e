/** The tray icon: shows the model it is given, and does what its menu asks. */
import { isDeepStrictEqual } from 'node:util'
import path from 'node:path'
import { Menu, Tray, type MenuItemConstructorOptions } from 'electron'
import { TRAY_DEBOUNCE_MS } from '../limits.ts'
import { packageRoot } from '../../platform/package-info.ts'
import { toTrayModel, type TrayAction, type TrayItem, type TrayModel } from './tray-model.ts'
import type { TrayState } from './tray-state.ts'

const ICONS_FOLDER = path.join(packageRoot, 'resources', 'tray')

/** One handler for every action that the model knows. */
export type TrayActions = {
  readonly [Name in TrayAction['do']]: (action: Extract<TrayAction, { do: Name }>) => void
}

function dispatch(actions: TrayActions, action: TrayAction): void {
  // The action picks its own handler, which the compiler cannot follow through a union.
  const handler = actions[action.do] as (action: TrayAction) => void
  handler(action)
}

export class AppTray {
  readonly #state: () => TrayState
  readonly #actions: TrayActions
  #tray: Tray | undefined
  #shown: TrayModel | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * Shows the tray; only once the app is ready.
   * @param state asked for each time something may have changed
   */
  constructor(state: () => TrayState, actions: TrayActions) {
    this.#state = state
    this.#actions = actions
    this.#render()
  }

  /** Something may have changed; changes in quick succession are shown together. */
  readonly refresh = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#render()
    }, TRAY_DEBOUNCE_MS)
  }

  /** On Windows and on the panels of Linux that know clicks; on macOS a click opens the menu. */
  onClick(listener: () => void): void {
    if (process.platform !== 'darwin') this.#tray?.on('click', listener)
  }

  destroy(): void {
    clearTimeout(this.#timer)
    // A refresh that comes late must not touch a tray that is gone.
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
    // A whole new menu: on Linux changes of single items do not show.
    if (!isDeepStrictEqual(model.items, this.#shown?.items)) {
      this.#tray.setContextMenu(Menu.buildFromTemplate(model.items.map((item) => this.#template(item))))
    }
    this.#shown = model
  }

  #template(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' }
      case 'text':
        return { label: item.label, enabled: false }
      case 'action':
        return { label: item.label, click: () => dispatch(this.#actions, item.action) }
      case 'submenu':
        return { label: item.label, submenu: item.items.map((inner) => this.#template(inner)) }
      case 'check':
        return {
          label: item.label,
          type: 'checkbox',
          checked: item.checked,
          click: () => this.#onCheck(item.action),
        }
    }
  }

  /** The system has moved the tick by itself: where the action fails the menu must be put right again. */
  #onCheck(action: TrayAction): void {
    if (this.#shown !== undefined) this.#shown = { ...this.#shown, items: [] }
    dispatch(this.#actions, action)
    this.refresh()
  }
}
