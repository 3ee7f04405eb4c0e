/** The one window, a browser on the app's own pages: no preload, no IPC. */
import path from 'node:path'
import { app, BrowserWindow, dialog, screen, type BrowserWindowConstructorOptions } from 'electron'
import { WINDOW_MIN_SIZE, WINDOW_SETTLE_MS } from '../defaults.ts'
import { errorText } from '../errors.ts'
import type { Logger } from '../log.ts'
import { packageRoot } from '../package-info.ts'
import { addContextMenu } from './context-menu.ts'
import { APP_NAME } from './names.ts'
import { loadPage } from './load-page.ts'
import { isOwnView, movedUrl, viewUrl, type ViewPage } from './view-url.ts'
import type { WindowEntry } from './window-entry.ts'
import { openingOf, readPlace, WINDOW_FILE, writePlace } from './window-place.ts'

export interface AppWindowOptions {
  readonly userDataDir: string
  readonly log: Logger
  /** The address of our own service; undefined while it does not listen. */
  readonly base: () => string | undefined
  readonly entry: WindowEntry
}

/** What a page of ours needs, and nothing more. */
const WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webviewTag: false,
  spellcheck: false,
} as const

/** Asks, as a browser does, whether unsaved changes may be lost. */
function mayLeave(window: BrowserWindow): boolean {
  const answer = dialog.showMessageBoxSync(window, {
    type: 'question',
    message: 'Leave without saving?',
    detail: 'The changes on this page are not saved.',
    buttons: ['Leave', 'Stay'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  })
  return answer === 0
}

export class AppWindow {
  readonly #options: AppWindowOptions
  readonly #file: string
  #window: BrowserWindow | undefined
  #timer: NodeJS.Timeout | undefined
  /** The page that comes next was loaded with the token. */
  #entering = false

  constructor(options: AppWindowOptions) {
    this.#options = options
    this.#file = path.join(options.userDataDir, WINDOW_FILE)
  }

  /** Opens a page in the window and brings it to the front; nothing happens while the service does not listen. */
  show(page: ViewPage): void {
    const url = this.#urlOf(page)
    if (url === undefined) return
    const window = this.#window ?? this.#open()
    if (new URL(window.webContents.getURL() || 'about:blank').pathname !== new URL(url).pathname) {
      this.#load(window, url)
    } else {
      this.#enterAgain(window)
    }
    this.#raise(window)
  }

  /** Brings the window to the front with the page it shows, or opens the configuration. */
  bringForward(): void {
    const window = this.#window
    if (window === undefined) {
      this.show('config')
      return
    }
    this.#enterAgain(window)
    this.#raise(window)
  }

  /** The service listens elsewhere: the page moves along, with the token since another host knows no cookie. */
  follow(): void {
    if (this.#window !== undefined) this.#reload(this.#window)
  }

  /** Writes down where the window stands and takes it away. */
  destroy(): void {
    this.#remember()
    this.#window?.destroy()
  }

  #urlOf(page: ViewPage): string | undefined {
    const base = this.#options.base()
    return base === undefined ? undefined : viewUrl(base, page, this.#options.entry.token)
  }

  /** Loads the page that is shown anew, with the token. */
  #reload(window: BrowserWindow): void {
    const base = this.#options.base()
    if (base === undefined || window.isDestroyed()) return
    const url = movedUrl(base, window.webContents.getURL(), this.#options.entry.token)
    if (url !== undefined) this.#load(window, url)
  }

  /** Lets the window in again where its session has ended, as by a logout in it; changes nothing where it holds. */
  #enterAgain(window: BrowserWindow): void {
    const { base, entry, log } = this.#options
    const own = base()
    if (own === undefined || !isOwnView(window.webContents.getURL(), own)) return
    entry
      .isIn(own)
      .then((isIn) => {
        if (!isIn) this.#reload(window)
      })
      .catch((error: unknown) => {
        log.warn({ error: errorText(error) }, 'the session of the window could not be looked up')
      })
  }

  #open(): BrowserWindow {
    const primary = screen.getPrimaryDisplay()
    const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
    const opening = openingOf(
      readPlace(this.#file),
      [primary, ...others].map(({ workArea }) => workArea),
    )
    const options: BrowserWindowConstructorOptions = {
      ...opening.bounds,
      minWidth: WINDOW_MIN_SIZE.width,
      minHeight: WINDOW_MIN_SIZE.height,
      title: APP_NAME,
      show: false,
      autoHideMenuBar: true,
      webPreferences: { ...WEB_PREFERENCES, devTools: !app.isPackaged },
      // Windows and macOS take it from the executable.
      ...(process.platform === 'linux'
        ? { icon: path.join(packageRoot, 'resources/icons/256x256.png') }
        : {}),
    }
    const window = new BrowserWindow(options)
    this.#window = window
    if (opening.maximized) window.maximize()
    this.#listen(window)
    return window
  }

  #listen(window: BrowserWindow): void {
    const settle = (): void => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#remember(), WINDOW_SETTLE_MS)
    }
    window.on('resize', settle).on('move', settle)
    window.on('close', () => this.#remember())
    window.on('closed', () => {
      clearTimeout(this.#timer)
      this.#window = undefined
      this.#entering = false
    })
    addContextMenu(window.webContents)
    // Also a reload or a link within the page comes in again; an entry just made is not made twice.
    window.webContents.on('did-navigate', () => {
      if (!this.#entering) this.#enterAgain(window)
      this.#entering = false
    })
    window.webContents.on('will-prevent-unload', (event) => {
      // A page with unsaved changes: Electron would keep it without a word, and the window could not be closed.
      if (mayLeave(window)) event.preventDefault()
    })
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#options.log.error({ reason, exitCode }, 'the page of the window broke down; the window is closed')
      // The next one starts afresh; an automatic reload could break down for ever.
      window.destroy()
    })
  }

  #load(window: BrowserWindow, url: string): void {
    this.#entering = true
    loadPage(window.webContents, url, this.#options.log)
  }

  #raise(window: BrowserWindow): void {
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    // Without a place in the Dock the app does not come forward by itself.
    if (process.platform === 'darwin') app.focus({ steal: true })
  }

  #remember(): void {
    const window = this.#window
    clearTimeout(this.#timer)
    if (window === undefined || window.isDestroyed()) return
    try {
      writePlace(this.#file, { ...window.getNormalBounds(), maximized: window.isMaximized() })
    } catch (error) {
      this.#options.log.warn({ error: errorText(error) }, 'the place of the window could not be written down')
    }
  }
}
