/** The one window, a browser on the app's own pages: no preload, no IPC. */
import path from 'node:path'
import { app, BrowserWindow, screen, type BrowserWindowConstructorOptions } from 'electron'
import { WINDOW_MIN_SIZE, WINDOW_SETTLE_MS } from '../limits.ts'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { packageRoot } from '../../platform/package-info.ts'
import { addContextMenu } from './context-menu.ts'
import { APP_NAME } from '../system/names.ts'
import { Leaving } from '../lifecycle/leaving.ts'
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
  /** Whether another program answers at our own address. */
  readonly foreignListenerAnswers: () => Promise<boolean>
  /** Tells the user of it. */
  readonly tellPortConflict: () => void
}

/** The code of a load that was called off, as by a question or by the next load: nothing has failed. */
const ERR_ABORTED = -3

/** What a page of ours needs, and nothing more. */
const WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webviewTag: false,
  spellcheck: false,
} as const

export class AppWindow {
  readonly #options: AppWindowOptions
  readonly #file: string
  #window: BrowserWindow | undefined
  #timer: NodeJS.Timeout | undefined
  #leaving: Leaving | undefined
  /** The page that comes next was loaded with the token. */
  #entering = false
  /** The last page could not be loaded; what the window shows is an error of the browser. */
  #failed = false
  /** Counts the loads: one that is overtaken while its address is looked at is dropped. */
  #loads = 0

  constructor(options: AppWindowOptions) {
    this.#options = options
    this.#file = path.join(options.userDataDir, WINDOW_FILE)
  }

  /** Opens a page in the window and brings it to the front; nothing happens while the service does not listen. */
  show(page: ViewPage): void {
    const url = this.#urlOf(page)
    if (url === undefined) return
    const window = this.#window ?? this.#open()
    const shown = new URL(window.webContents.getURL() || 'about:blank').pathname
    if (this.#failed || shown !== new URL(url).pathname) {
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
    if (this.#failed) this.#reload(window)
    else this.#enterAgain(window)
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
      this.#failed = false
    })
    const { log } = this.#options
    this.#leaving = new Leaving({ window, log, load: (url) => this.#load(window, url) })
    this.#listenToPage(window)
  }

  #listenToPage(window: BrowserWindow): void {
    addContextMenu(window.webContents)
    // Also a reload or a link within the page comes in again; an entry just made is not made twice.
    window.webContents.on('did-navigate', () => {
      if (!this.#entering) this.#enterAgain(window)
      this.#entering = false
      this.#failed = false
    })
    // What failed is told where the page was loaded.
    window.webContents.on('did-fail-load', (_event, code, _description, _url, isMainFrame) => {
      if (!isMainFrame) return
      this.#entering = false
      if (code !== ERR_ABORTED) this.#failed = true
    })
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#options.log.error({ reason, exitCode }, 'the page of the window broke down; the window is closed')
      // The next one starts afresh; an automatic reload could break down for ever.
      window.destroy()
    })
  }

  /** Loads a page of ours, the token in its address: only after a look whether it is we who answer there. */
  #load(window: BrowserWindow, url: string): void {
    const { log, foreignListenerAnswers, tellPortConflict } = this.#options
    const turn = ++this.#loads
    foreignListenerAnswers()
      .then((isForeignListener) => {
        if (turn !== this.#loads || window.isDestroyed()) return
        if (!isForeignListener) {
          this.#entering = true
          this.#leaving?.towards(url)
          loadPage(window.webContents, url, log)
          return
        }
        log.error({ at: new URL(url).origin }, 'another program answers at our address; no page is loaded')
        // What is open shows our own page still, unless there is none yet.
        if (window.webContents.getURL() === '') window.destroy()
        tellPortConflict()
      })
      .catch((error: unknown) => {
        log.error({ error: errorText(error) }, 'no page is loaded: nobody knows who answers at our address')
      })
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
