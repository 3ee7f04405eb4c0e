/** The stand-ins of `BaseWindow` and `BrowserWindow`. */
import type {
  BaseWindow,
  BaseWindowConstructorOptions,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  Rectangle,
} from 'electron'
import { app } from './app.ts'
import { StandInMenu } from './menu.ts'
import { eventsOf, PreventableEvent, refuse, StrictEmitter } from './strict.ts'
import { StandInWebContents } from './web-contents.ts'

const EVENTS = eventsOf<BrowserWindow>()(
  'close',
  'closed',
  'focus',
  'move',
  'query-session-end',
  'ready-to-show',
  'resize',
  'session-end',
  'show',
)

type Methods =
  | 'close'
  | 'destroy'
  | 'focus'
  | 'getNormalBounds'
  | 'isDestroyed'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'maximize'
  | 'removeMenu'
  | 'restore'
  | 'show'

export class StandInBaseWindow extends StrictEmitter implements Pick<BaseWindow, Methods> {
  /** Every window that is open. */
  static open: StandInBaseWindow[] = []
  readonly options: BaseWindowConstructorOptions
  bounds: Rectangle
  visible: boolean
  minimized = false
  /** How often it was brought to the front. */
  focused = 0
  #maximized = false
  #destroyed = false
  #hasMenu = true

  constructor(options: BaseWindowConstructorOptions = {}) {
    super('the window', EVENTS)
    if (!app.isReady()) refuse('a window before ready')
    for (const key of ['x', 'y', 'width', 'height'] as const) {
      if (options[key] !== undefined && !Number.isInteger(options[key])) refuse(`${key} is no whole number`)
    }
    this.options = options
    const { x = 0, y = 0, width = 800, height = 600, show = true } = options
    this.bounds = { x, y, width, height }
    this.visible = show
    StandInBaseWindow.open.push(this)
  }

  removeMenu(): void {
    this.#mustLive()
    if (process.platform === 'darwin') refuse('windows of macOS have no menu bar')
    this.#hasMenu = false
  }

  /** Whether the window shows the application menu, which every window gets except on macOS. */
  get hasMenuBar(): boolean {
    const isSet = StandInMenu.application !== undefined && StandInMenu.application !== null
    return process.platform !== 'darwin' && isSet && this.#hasMenu && this.options.autoHideMenuBar !== true
  }

  /** Whether the window has something to show; a window that is shown before is white, or of its background colour. */
  protected isPainted = true
  /** Whether the window was visible before its page was painted. */
  flashed = false

  show(): void {
    this.#mustLive()
    this.visible = true
    if (!this.isPainted) this.flashed = true
  }

  focus(): void {
    this.#mustLive()
    if (!this.visible) refuse('a hidden window cannot have the focus')
    this.focused++
  }

  maximize(): void {
    // This shows a hidden window too.
    this.show()
    this.#maximized = true
  }

  isMaximized(): boolean {
    this.#mustLive()
    return this.#maximized
  }

  isVisible(): boolean {
    this.#mustLive()
    return this.visible
  }

  isMinimized(): boolean {
    this.#mustLive()
    return this.minimized
  }

  restore(): void {
    this.#mustLive()
    this.minimized = false
  }

  getNormalBounds(): Rectangle {
    this.#mustLive()
    return this.bounds
  }

  /** The user clicks the close button. */
  close(): void {
    this.#mustLive()
    if (this.options.closable === false) refuse('the window has no cross')
    const event = new PreventableEvent()
    this.emit('close', event)
    if (!event.defaultPrevented && this.mayUnload()) this.destroy()
  }

  /** Whether the page in it allows closing. */
  protected mayUnload(): boolean {
    return true
  }

  destroy(): void {
    this.#mustLive()
    this.#destroyed = true
    StandInBaseWindow.open = StandInBaseWindow.open.filter((other) => other !== this)
    this.emit('closed')
    if (StandInBaseWindow.open.length > 0) return
    if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed')
    else app.quit()
  }

  isDestroyed(): boolean {
    return this.#destroyed
  }

  #mustLive(): void {
    if (this.#destroyed) refuse('the window is destroyed')
  }
}

export class StandInBrowserWindow
  extends StandInBaseWindow
  implements Pick<BrowserWindow, Methods | 'loadURL'>
{
  readonly contents = new StandInWebContents()

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super(options)
    const { nodeIntegration, contextIsolation, sandbox, preload, webviewTag } = options.webPreferences ?? {}
    if (nodeIntegration !== false || contextIsolation !== true || sandbox !== true || webviewTag !== false) {
      refuse('a window that is not locked down')
    }
    if (preload !== undefined) refuse('a window with a preload script')
    app.emit('web-contents-created', new PreventableEvent(), this.webContents)
    this.isPainted = false
    this.contents.once('did-navigate', () => {
      if (this.isDestroyed()) return
      this.isPainted = true
      this.emit('ready-to-show')
    })
  }

  static getAllWindows(): BrowserWindow[] {
    const windows = StandInBaseWindow.open.filter((one) => one instanceof StandInBrowserWindow)
    return windows as unknown as BrowserWindow[]
  }

  override destroy(): void {
    this.contents.isGone = true
    super.destroy()
  }

  protected override mayUnload(): boolean {
    return this.contents.mayUnload()
  }

  get webContents(): StandInWebContents {
    if (this.isDestroyed()) refuse('the window is destroyed')
    return this.contents
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }
}
