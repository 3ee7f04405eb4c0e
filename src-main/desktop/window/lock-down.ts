/** What web pages may do in this app: nothing that a tab of a careful browser may not. */
import { app, session, shell, type WebContents } from 'electron'
import type { Logger } from '../../platform/log.ts'
import { errorText } from '../../platform/errors.ts'
import { loadPage } from './load-page.ts'
import { sameOrigin } from './view-url.ts'

/** Links that the system's browser may open; anything else could start a program. */
function isWebLink(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'http:' || protocol === 'https:'
}

/** Opens a web link in the system's browser; anything else is refused. */
export function openOutside(url: string, log: Logger): void {
  if (!isWebLink(url)) {
    log.warn({ url }, 'a link that is no web address was not opened')
    return
  }
  shell.openExternal(url).catch((error: unknown) => {
    log.warn({ url, error: errorText(error) }, 'the browser could not be opened')
  })
}

function guard(contents: WebContents, ownBase: () => string | undefined, log: Logger): void {
  contents.on('will-frame-navigate', (event) => {
    if (sameOrigin(event.url, ownBase())) return
    event.preventDefault()
    if (event.isMainFrame) openOutside(event.url, log)
  })
  // A redirect is not chosen by the user: it is stopped and not opened elsewhere.
  contents.on('will-redirect', (event) => {
    if (!sameOrigin(event.url, ownBase())) event.preventDefault()
  })
  contents.setWindowOpenHandler(({ url }) => {
    // There is one window: a page of ours that asks for another opens in it.
    if (sameOrigin(url, ownBase())) loadPage(contents, url, log)
    else openOutside(url, log)
    return { action: 'deny' }
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** Guards every page that will be made, and denies every permission; once the app is ready. */
export function lockDown(ownBase: () => string | undefined, log: Logger): void {
  app.on('web-contents-created', (_event, contents) => guard(contents, ownBase, log))
  session.defaultSession.setPermissionRequestHandler((_contents, permission, callback) => {
    log.info({ permission }, 'a page asked for a permission and did not get it')
    callback(false)
  })
  session.defaultSession.setPermissionCheckHandler(() => false)
  session.defaultSession.setDevicePermissionHandler(() => false)
}
