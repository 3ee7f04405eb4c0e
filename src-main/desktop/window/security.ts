/** Restrictions of web pages: they get no permissions and stay on this app's origin. */
import { app, session, shell, type WebContents } from 'electron'
import { ownBase, type Desktop } from '../desktop.ts'
import type { Logger } from '../../platform/log.ts'
import { errorText } from '../../platform/errors.ts'
import { loadPage } from './load-page.ts'
import { sameOrigin } from './view-url.ts'

function isWebUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'http:' || protocol === 'https:'
}

/** Opens a URL in the default browser. Only http and https are allowed, as other schemes could start a program. */
export function openExternal(url: string, log: Logger): void {
  if (!isWebUrl(url)) {
    log.warn({ url }, 'a link that is not http or https was not opened')
    return
  }
  shell.openExternal(url).catch((error: unknown) => {
    log.warn({ url, error: errorText(error) }, 'the browser could not be opened')
  })
}

function restrict(contents: WebContents, base: () => string | undefined, log: Logger): void {
  contents.on('will-frame-navigate', (event) => {
    if (sameOrigin(event.url, base())) return
    event.preventDefault()
    if (event.isMainFrame) openExternal(event.url, log)
  })
  // The user did not choose the target of a redirect, so it is not opened in the browser.
  contents.on('will-redirect', (event) => {
    if (!sameOrigin(event.url, base())) event.preventDefault()
  })
  contents.setWindowOpenHandler(({ url }) => {
    // The app has one window, so a page of ours that asks for a new one opens in it.
    if (sameOrigin(url, base())) loadPage(contents, url, log)
    else openExternal(url, log)
    return { action: 'deny' }
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** Restricts every page that is created from now on, and denies all permissions. The app must be ready. */
export function setupWebSecurity({ service, log }: Desktop): void {
  app.on('web-contents-created', (_event, contents) => restrict(contents, () => ownBase(service), log))
  session.defaultSession.setPermissionRequestHandler((_contents, permission, callback) => {
    log.info({ permission }, 'denied a permission that a page asked for')
    callback(false)
  })
  session.defaultSession.setPermissionCheckHandler(() => false)
  session.defaultSession.setDevicePermissionHandler(() => false)
}
