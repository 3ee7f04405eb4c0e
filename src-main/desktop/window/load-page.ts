/** Loads a page of this app; a failure is logged without the query of its URL. */
import type { WebContents } from 'electron'
import type { Logger } from '../../platform/log.ts'

/** The error code, such as ERR_CONNECTION_REFUSED. The message is not logged, as it has the URL with the window's token. */
function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

export function loadPage(contents: WebContents, url: string, log: Logger): void {
  contents.loadURL(url).catch((error: unknown) => {
    const { origin, pathname } = new URL(url)
    log.warn({ page: origin + pathname, error: codeOf(error) }, 'the page could not be loaded')
  })
}
