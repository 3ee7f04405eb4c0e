/** The addresses of the app's own pages. Pure. */
import { WINDOW_TOKEN } from '../../auth/auth.ts'

/** The pages that the window shows. */
export type ViewPage = 'config' | 'debug'

/** Paths that take the window's token; elsewhere it would stay in the address. */
const VIEW_PATH = /^\/(config|debug)\/?$/i

/**
 * The URL under which the window or the browser opens a page; the one place that builds it.
 * @param base the address of this computer's own service
 * @param windowToken for the window alone: whoever has this URL gets in without the password
 */
export function viewUrl(base: string, page: ViewPage, windowToken?: string): string {
  const url = new URL(`/${page}`, base)
  if (windowToken !== undefined) url.searchParams.set(WINDOW_TOKEN, windowToken)
  return url.href
}

/**
 * The window's URL of the page it shows, at an address of the service that may be another one than before.
 * @param from what the window shows; while a page loads the token stands in it
 */
export function movedUrl(base: string, from: string, windowToken: string): string | undefined {
  if (!URL.canParse(from)) return undefined
  const { pathname, search, hash } = new URL(from)
  const url = new URL(`${pathname}${search}${hash}`, base)
  url.searchParams.delete(WINDOW_TOKEN)
  if (VIEW_PATH.test(pathname)) url.searchParams.set(WINDOW_TOKEN, windowToken)
  return url.href
}

/** Whether a URL is one of the pages that want a login where a password is set. */
export function isOwnView(url: string, base: string | undefined): boolean {
  return sameOrigin(url, base) && VIEW_PATH.test(new URL(url).pathname)
}

/** Whether two URLs have one origin; compared as origins, since `http://host:3004.evil` begins alike. */
export function sameOrigin(url: string, base: string | undefined): boolean {
  if (base === undefined || !URL.canParse(url)) return false
  return new URL(url).origin === new URL(base).origin
}
