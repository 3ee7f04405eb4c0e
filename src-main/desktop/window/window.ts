/** The window: a browser for this app's own pages, without preload script and IPC. */
import path from 'node:path'
import { app, BrowserWindow, nativeTheme, screen, type BrowserWindowConstructorOptions } from 'electron'
import { ownBase, type Desktop } from '../desktop.ts'
import { WINDOW_MIN_SIZE, WINDOW_SETTLE_MS } from '../limits.ts'
import { runSafely } from '../lifecycle/run-safely.ts'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { packageRoot } from '../../platform/package-info.ts'
import { APP_NAME } from '../system/names.ts'
import { addContextMenu } from './context-menu.ts'
import { DockIcon } from './dock-icon.ts'
import { loadPage } from './load-page.ts'
import { WindowPresenter } from './presenter.ts'
import { UnsavedChanges } from './unsaved-changes.ts'
import { isOwnView, movedUrl, viewUrl, type ViewPage } from './view-url.ts'
import { BOUNDS_FILE, initialBounds, readBounds, writeBounds } from './window-bounds.ts'
import { windowLogin, type WindowLogin } from './window-login.ts'

export interface AppWindowOptions {
  readonly userDataDir: string
  readonly log: Logger
  /** URL of the service for this computer; undefined while the service does not listen. */
  readonly base: () => string | undefined
  readonly login: WindowLogin
  /** Whether another program answers at the service's address. */
  readonly foreignListenerAnswers: () => Promise<boolean>
  /** Tells the user that another program answers at the service's address. */
  readonly notifyPortConflict: () => void
}

/** Error code of a load that was cancelled, for example by the next load; this is no failure. */
const ERR_ABORTED = -3

/** Background of the pages, `--page` in src-renderer/styles/tokens.css. */
const PAGE_COLOR = { light: '#fff', dark: '#000' } as const

/** Pages need nothing beyond a plain browser. */
const WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webviewTag: false,
  spellcheck: false,
} as const

/**
 * Owns the one window, its bounds, and what it loads. The window opens with the first page that is shown, and loads
 * nothing but this service's own pages, after a check that no other program answers at their address.
 */
export class AppWindow {
  readonly #options: AppWindowOptions
  readonly #file: string
  #window: BrowserWindow | undefined
  #presenter: WindowPresenter | undefined
  readonly #dockIcon = new DockIcon()
  #timer: NodeJS.Timeout | undefined
  #unsavedChanges: UnsavedChanges | undefined
  /** The page that is being loaded has the token in its URL. */
  #isLoggingIn = false
  /** The last page could not be loaded, so the window shows an error page of the browser. */
  #failed = false
  /** Number of loads so far. A load that a later one has replaced while its address was checked is dropped. */
  #loads = 0

  constructor(options: AppWindowOptions) {
    this.#options = options
    this.#file = path.join(options.userDataDir, BOUNDS_FILE)
  }

  /** Shows a page and brings the window to the front. Does nothing while the service does not listen. */
  show(page: ViewPage): void {
    const url = this.#urlOf(page)
    if (url === undefined) return
    const window = this.#window ?? this.#open()
    const shown = new URL(window.webContents.getURL() || 'about:blank').pathname
    if (this.#failed || shown !== new URL(url).pathname) {
      this.#load(window, url)
    } else {
      this.#renewLogin(window)
    }
    this.#presenter?.bringToFront()
  }

  /** Brings the window to the front with its current page; a new window shows the configuration. */
  bringForward(): void {
    const window = this.#window
    if (window === undefined) {
      this.show('config')
      return
    }
    if (this.#failed) this.#reload(window)
    else this.#renewLogin(window)
    this.#presenter?.bringToFront()
  }

  /** Loads the current page from the service's new address, with the token because another host has no cookie. */
  followAddress(): void {
    if (this.#window !== undefined) this.#reload(this.#window)
  }

  /** Saves the bounds of the window and destroys it. */
  destroy(): void {
    this.#saveBounds()
    this.#window?.destroy()
  }

  #urlOf(page: ViewPage): string | undefined {
    const base = this.#options.base()
    return base === undefined ? undefined : viewUrl(base, page, this.#options.login.token)
  }

  /** Loads the current page again, with the token. */
  #reload(window: BrowserWindow): void {
    const base = this.#options.base()
    if (base === undefined || window.isDestroyed()) return
    const url = movedUrl(base, window.webContents.getURL(), this.#options.login.token)
    if (url !== undefined) this.#load(window, url)
  }

  /** Logs the window in again if its session has ended, for example by a logout in it. */
  #renewLogin(window: BrowserWindow): void {
    const { base, login, log } = this.#options
    const own = base()
    if (own === undefined || !isOwnView(window.webContents.getURL(), own)) return
    login
      .isLoggedIn(own)
      .then((isLoggedIn) => {
        if (!isLoggedIn) this.#reload(window)
      })
      .catch((error: unknown) => {
        log.warn({ error: errorText(error) }, "the window's session could not be checked")
      })
  }

  #open(): BrowserWindow {
    const primary = screen.getPrimaryDisplay()
    const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
    const { bounds, maximized } = initialBounds(
      readBounds(this.#file),
      [primary, ...others].map(({ workArea }) => workArea),
    )
    const options: BrowserWindowConstructorOptions = {
      ...bounds,
      minWidth: WINDOW_MIN_SIZE.width,
      minHeight: WINDOW_MIN_SIZE.height,
      title: APP_NAME,
      show: false,
      // Seen until the page is painted.
      backgroundColor: nativeTheme.shouldUseDarkColors ? PAGE_COLOR.dark : PAGE_COLOR.light,
      autoHideMenuBar: true,
      webPreferences: { ...WEB_PREFERENCES, devTools: !app.isPackaged },
      // Windows and macOS take the icon from the executable.
      ...(process.platform === 'linux'
        ? { icon: path.join(packageRoot, 'resources/icons/256x256.png') }
        : {}),
    }
    const window = new BrowserWindow(options)
    this.#window = window
    this.#presenter = new WindowPresenter(window, maximized)
    this.#dockIcon.show()
    this.#listen(window)
    return window
  }

  #listen(window: BrowserWindow): void {
    const settle = (): void => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#saveBounds(), WINDOW_SETTLE_MS)
    }
    window.on('resize', settle).on('move', settle)
    window.on('close', () => this.#saveBounds())
    window.on('closed', () => {
      this.#dockIcon.hide()
      clearTimeout(this.#timer)
      this.#window = undefined
      this.#isLoggingIn = false
      this.#failed = false
    })
    const { log } = this.#options
    this.#unsavedChanges = new UnsavedChanges({ window, log, load: (url) => this.#load(window, url) })
    this.#listenToPage(window)
  }

  #listenToPage(window: BrowserWindow): void {
    addContextMenu(window.webContents, this.#options.log)
    // A reload or a link may find that the session has ended. A page loaded with the token has just logged in.
    window.webContents.on('did-navigate', () => {
      if (!this.#isLoggingIn) this.#renewLogin(window)
      this.#isLoggingIn = false
      this.#failed = false
    })
    // The failure itself is logged where the page is loaded.
    window.webContents.on('did-fail-load', (_event, code, _description, _url, isMainFrame) => {
      if (!isMainFrame) return
      this.#isLoggingIn = false
      if (code !== ERR_ABORTED) this.#failed = true
    })
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#options.log.error({ reason, exitCode }, 'the page of the window crashed; closing the window')
      // The page is not reloaded, as it could crash again without end. The user can open a new window.
      window.destroy()
    })
  }

  /** Loads a page with the token in its URL, after a check that no other program answers at that address. */
  #load(window: BrowserWindow, url: string): void {
    const { log, foreignListenerAnswers, notifyPortConflict } = this.#options
    const load = ++this.#loads
    foreignListenerAnswers()
      .then((isForeignListener) => {
        if (load !== this.#loads || window.isDestroyed()) return
        if (!isForeignListener) {
          this.#isLoggingIn = true
          this.#unsavedChanges?.beforeLoad(url)
          loadPage(window.webContents, url, log)
          return
        }
        log.error({ at: new URL(url).origin }, 'another program answers at our address; not loading a page')
        // A window that shows a page of ours keeps it; a new one has nothing to show.
        if (window.webContents.getURL() === '') window.destroy()
        notifyPortConflict()
      })
      .catch((error: unknown) => {
        log.error({ error: errorText(error) }, 'not loading a page: the check of our address failed')
      })
  }

  #saveBounds(): void {
    const window = this.#window
    clearTimeout(this.#timer)
    if (window === undefined || window.isDestroyed()) return
    try {
      writeBounds(this.#file, { ...window.getNormalBounds(), maximized: window.isMaximized() })
    } catch (error) {
      this.#options.log.warn({ error: errorText(error) }, 'the bounds of the window could not be saved')
    }
  }
}

/** Creates the window object; the window itself opens when a page is shown. */
export function setupWindow({ service, log, notifications, cleanup }: Desktop): AppWindow {
  const window = new AppWindow({
    userDataDir: app.getPath('userData'),
    log,
    base: () => ownBase(service),
    login: windowLogin(service),
    foreignListenerAnswers: () => service.foreignListenerAnswers(),
    notifyPortConflict: () => {
      const text =
        'Another program on this computer has taken the port of the app: end it or choose another port.'
      notifications.show(APP_NAME, text, () => undefined)
    },
  })
  service.on('moved', () => runSafely(log, 'following the new address', () => window.followAddress()))
  cleanup.add(() => window.destroy())
  return window
}
