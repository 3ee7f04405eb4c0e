/** Loads a page of the app's own, and tells of a failure without the address. */
import type { WebContents } from 'electron'
import type { Logger } from '../../platform/log.ts'

/** Electron's name of what went wrong. Its sentence quotes the whole address, in which the window's token may stand. */
function nameOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

export function loadPage(contents: WebContents, url: string, log: Logger): void {
  contents.loadURL(url).catch((error: unknown) => {
    const { origin, pathname } = new URL(url)
    log.warn({ page: origin + pathname, error: nameOf(error) }, 'the page could not be loaded')
  })
}
