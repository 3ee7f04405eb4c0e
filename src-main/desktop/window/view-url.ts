/** URLs of this app's pages. Pure. */
import { WINDOW_TOKEN } from '../../auth/auth.ts'

/** The pages that the window can show. */
export type ViewPage = 'config' | 'debug'

/** Paths where the server takes the window's token and removes it from the URL by a redirect. */
const VIEW_PATH = /^\/(config|debug)\/?$/i

/**
 * The URL of a page for the window or the browser.
 * @param base URL of the service for this computer
 * @param windowToken given for the window only, as a URL with it opens the page without the password
 */
export function viewUrl(base: string, page: ViewPage, windowToken?: string): string {
  const url = new URL(`/${page}`, base)
  if (windowToken !== undefined) url.searchParams.set(WINDOW_TOKEN, windowToken)
  return url.href
}

/**
 * The URL of the page that the window shows, after the service may have moved to another address. Undefined if the
 * window shows no page.
 * @param from the current URL of the window; it contains the token while the page loads
 */
export function movedUrl(base: string, from: string, windowToken: string): string | undefined {
  if (!URL.canParse(from)) return undefined
  const { pathname, search, hash } = new URL(from)
  const url = new URL(`${pathname}${search}${hash}`, base)
  url.searchParams.delete(WINDOW_TOKEN)
  if (VIEW_PATH.test(pathname)) url.searchParams.set(WINDOW_TOKEN, windowToken)
  return url.href
}

/** Whether a URL is one of this app's pages, which need a login if a password is set. */
export function isOwnView(url: string, base: string | undefined): boolean {
  return sameOrigin(url, base) && VIEW_PATH.test(new URL(url).pathname)
}

/** Whether two URLs have the same origin. A comparison of prefixes would accept `http://host:3004.evil`. */
export function sameOrigin(url: string, base: string | undefined): boolean {
  if (base === undefined || !URL.canParse(url)) return false
  return new URL(url).origin === new URL(base).origin
}
