/** The stand-in of `webContents`: really fetches what it is told to load. */
import type { WebContents, WindowOpenHandlerResponse } from 'electron'
import { eventsOf, PreventableEvent, refuse, StrictEmitter } from './strict.ts'
import { session } from './system.ts'

type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0]
type ContentsSurface = Pick<WebContents, 'getURL' | 'loadURL' | 'reload' | 'setWindowOpenHandler'>

const EVENTS = eventsOf<WebContents>()(
  'did-fail-load',
  'did-navigate',
  'will-frame-navigate',
  'will-navigate',
  'will-redirect',
  'will-attach-webview',
  'context-menu',
  'will-prevent-unload',
  'render-process-gone',
)

export class StandInWebContents extends StrictEmitter implements ContentsSurface {
  #url = ''
  #openHandler: OpenHandler | undefined
  /** The window is destroyed, so no more events are emitted. */
  isGone = false
  /** The HTTP status of the page it shows. */
  status = 0
  /** Every address it was told to load. */
  readonly loaded: string[] = []
  /** Whether the page would ask before it is left. */
  unsaved = false

  constructor() {
    super('webContents', EVENTS)
  }

  getURL(): string {
    return this.#url
  }

  async loadURL(url: string): Promise<void> {
    if (!/^https?:/.test(url)) refuse(`this app loads its own pages, not ${url}`)
    this.loaded.push(url)
    await this.#go(url)
  }

  /** Calls the service as a script of the page does. */
  async call(path: string, method = 'GET'): Promise<Response> {
    const { cookies } = session.defaultSession
    const response = await fetch(new URL(path, this.#url), { method, headers: { cookie: cookies.header } })
    cookies.accept(response.headers.getSetCookie())
    return response
  }

  /** The page is loaded anew. */
  reload(): void {
    this.#go(this.#url).catch(() => undefined)
  }

  /** Whether the page can be left. Where it objects, the app may override it. */
  mayUnload(): boolean {
    if (!this.unsaved) return true
    const event = new PreventableEvent()
    this.emit('will-prevent-unload', event)
    if (event.defaultPrevented) this.unsaved = false
    return event.defaultPrevented
  }

  #fail(code: number, name: string, url: string): never {
    this.emit('did-fail-load', new PreventableEvent(), code, name, url, true, 1, 1)
    throw Object.assign(new Error(`${name} (${code}) loading '${url}'`), { errno: code, code: name, url })
  }

  async #go(url: string): Promise<void> {
    if (!this.mayUnload()) this.#fail(-3, 'ERR_ABORTED', url)
    // While it loads, the address is the one that was asked for.
    this.#url = url
    const { cookies } = session.defaultSession
    const headers = { cookie: cookies.header }
    const response = await fetch(url, { redirect: 'manual', headers }).catch(() =>
      this.#fail(-102, 'ERR_CONNECTION_REFUSED', url),
    )
    await response.arrayBuffer()
    if (this.isGone) return
    cookies.accept(response.headers.getSetCookie())
    const location = response.headers.get('location')
    if (location !== null) {
      const next = new URL(location, url).href
      if (!this.redirect(next)) this.#fail(-3, 'ERR_ABORTED', next)
      await this.#go(next)
      return
    }
    this.status = response.status
    this.emit('did-navigate', new PreventableEvent(), url, response.status, '')
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler
  }

  /** A page asks for a new window. */
  requestWindow(url: string): WindowOpenHandlerResponse {
    if (this.#openHandler === undefined) return refuse('nobody guards new windows')
    const features = {
      url,
      frameName: '',
      features: '',
      disposition: 'new-window',
      referrer: { url: '', policy: 'default' },
    }
    return this.#openHandler(features as Parameters<NonNullable<OpenHandler>>[0])
  }

  /** The page or its user navigates to a URL; returns whether the navigation was allowed. */
  navigate(url: string, isMainFrame = true): boolean {
    if (this.listenerCount('will-frame-navigate') === 0) refuse('nobody guards navigation')
    const event = Object.assign(new PreventableEvent(), { url, isMainFrame })
    this.emit('will-frame-navigate', event)
    return !event.defaultPrevented
  }

  redirect(url: string): boolean {
    const event = Object.assign(new PreventableEvent(), { url, isMainFrame: true })
    this.emit('will-redirect', event)
    return !event.defaultPrevented
  }
}
