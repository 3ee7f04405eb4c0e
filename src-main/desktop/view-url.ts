/** The addresses of the app's own pages. Pure. */

/** The pages that the window shows. */
export type ViewPage = 'config' | 'debug'

/**
 * The URL under which the window or the browser opens a page; the one place that builds it.
 * @param base the address of this computer's own service
 */
export function viewUrl(base: string, page: ViewPage): string {
  return new URL(`/${page}`, base).href
}

/** The same page at another address of the service, after its port has changed. */
export function movedUrl(base: string, from: string): string | undefined {
  if (!URL.canParse(from)) return undefined
  const { pathname, search, hash } = new URL(from)
  return new URL(`${pathname}${search}${hash}`, base).href
}

/** Whether two URLs have one origin; compared as origins, since `http://host:3004.evil` begins alike. */
export function sameOrigin(url: string, base: string | undefined): boolean {
  if (base === undefined || !URL.canParse(url)) return false
  return new URL(url).origin === new URL(base).origin
}
