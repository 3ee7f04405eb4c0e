/** The stand-in of `Tray`. */
import { existsSync, readFileSync } from 'node:fs'
import type { DisplayBalloonOptions, Menu, NativeImage, Tray } from 'electron'
import { app } from './app.ts'
import { StandInMenu, type ShownItem } from './menu.ts'
import { eventsOf, impossible, refuse, StrictEmitter } from './strict.ts'

type TraySurface = Pick<
  Tray,
  | 'setImage'
  | 'setToolTip'
  | 'setContextMenu'
  | 'popUpContextMenu'
  | 'displayBalloon'
  | 'destroy'
  | 'isDestroyed'
>

const MAX_TOOLTIP = 127
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47])
const ICO = Buffer.from([0, 0, 1, 0])

function judgeIcon(image: NativeImage | string): string {
  if (typeof image !== 'string') return refuse('this app gives icons as files')
  if (!existsSync(image)) refuse(`the icon ${image} does not exist`)
  const isIco = process.platform === 'win32'
  const begin = readFileSync(image).subarray(0, 4)
  if (!begin.equals(isIco ? ICO : PNG)) refuse(`${image} is no ${isIco ? '.ico' : 'PNG'}`)
  if (process.platform === 'darwin') {
    if (!image.endsWith('Template.png')) refuse(`${image} is no template image`)
    const double = image.replace(/\.png$/, '@2x.png')
    if (!existsSync(double)) refuse(`${double} does not exist`)
  }
  return image
}

export class StandInTray extends StrictEmitter implements TraySurface {
  /** Every tray that was made, destroyed ones too. */
  static all: StandInTray[] = []
  #destroyed = false
  image: string
  tooltip = ''
  menu: StandInMenu | undefined
  /** The balloon that was shown last. */
  balloon: DisplayBalloonOptions | undefined
  /** The menu on the screen. */
  openMenu: StandInMenu | undefined
  /** How many menus were set. */
  menus = 0

  constructor(image: NativeImage | string, guid?: string) {
    super('Tray', eventsOf<Tray>()('click', 'right-click', 'double-click', 'mouse-down', 'balloon-click'))
    if (!app.isReady()) refuse('a tray before ready')
    if (guid !== undefined) refuse('a GUID needs a signed app')
    if (StandInTray.all.some((other) => !other.#destroyed)) refuse('a second tray')
    this.image = judgeIcon(image)
    StandInTray.all.push(this)
  }

  setImage(image: NativeImage | string): void {
    this.#mustLive()
    this.image = judgeIcon(image)
  }

  setToolTip(text: string): void {
    this.#mustLive()
    if (text === '' || text.length > MAX_TOOLTIP) refuse(`a tooltip of ${text.length} characters`)
    this.tooltip = text
  }

  setContextMenu(menu: Menu | null): void {
    this.#mustLive()
    if (!(menu instanceof StandInMenu)) return refuse('the menu was not built from a template')
    if (this.openMenu !== undefined && process.platform === 'darwin') refuse('this closes the open menu')
    if (this.openMenu !== undefined && process.platform === 'win32') refuse('the open menu is freed')
    this.menu = menu
    this.menus++
    if (this.openMenu !== undefined) this.openMenu = menu
  }

  displayBalloon(options: DisplayBalloonOptions): void {
    this.#mustLive()
    if (process.platform !== 'win32') refuse('balloons exist on Windows alone')
    if (options.title === '' || options.content === '') refuse('a balloon without text is not shown')
    this.balloon = options
  }

  popUpContextMenu(menu?: Menu): void {
    this.#mustLive()
    if (process.platform === 'linux') refuse('popUpContextMenu does not exist on Linux')
    if (!(menu instanceof StandInMenu)) return refuse('the menu was not built from a template')
    this.#show(menu)
  }

  /**
   * The user opens the menu. Electron reports that differently on each system, and on Linux not at all: Chromium's
   * DbusMenu ignores the panel's events "opened" and "closed".
   */
  open(): void {
    this.#mustLive()
    if (process.platform === 'win32' && this.menu === undefined) {
      this.emit('right-click', {}, { x: 0, y: 0, width: 16, height: 16 })
      return
    }
    if (process.platform === 'darwin') this.emit('mouse-down', {}, { x: 0, y: 0 })
    if (this.menu !== undefined) this.#show(this.menu)
  }

  /** The user closes the menu. */
  close(): void {
    const menu = this.openMenu
    this.openMenu = undefined
    if (process.platform !== 'linux') menu?.emit('menu-will-close', {})
  }

  #show(menu: StandInMenu): void {
    this.openMenu = menu
    if (process.platform !== 'linux') menu.emit('menu-will-show', {})
  }

  destroy(): void {
    this.#mustLive()
    this.#destroyed = true
  }

  isDestroyed(): boolean {
    return this.#destroyed
  }

  /** The items of the menu, which is opened for a moment if it is not open. */
  get items(): readonly ShownItem[] {
    return this.#look().shownItems
  }

  /** An item of the menu by its label. */
  item(label: string): ShownItem {
    const menu = this.#look()
    const labels = (): string => menu.shownItems.map((item) => item.label).join(' | ')
    return menu.find(label) ?? impossible(`no item "${label}" in the menu: ${labels()}`)
  }

  #look(): StandInMenu {
    this.#mustLive()
    if (this.openMenu !== undefined) return this.openMenu
    this.open()
    const menu = this.openMenu as StandInMenu | undefined
    this.close()
    return menu ?? impossible('the tray has no menu')
  }

  #mustLive(): void {
    if (this.#destroyed) refuse('the tray is destroyed')
  }
}
