/**
 * Whether a call that changes something comes from a page of another website (cross-site request forgery): such a
 * page can make the user's browser send requests to this machine. Pure.
 */

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i

/** The headers that the rules read. */
export interface CallHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
  readonly 'content-type'?: string | undefined
  readonly 'content-length'?: string | undefined
  readonly 'transfer-encoding'?: string | undefined
}

/** Whether a request of this method may change something. */
export function isStateChanging(method: string | undefined): boolean {
  return method === undefined || !SAFE_METHODS.has(method)
}

/** Whether an `Origin` names the host of the request. The scheme may differ: a reverse proxy may add https. */
export function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false
  try {
    const from = new URL(origin)
    if (from.protocol !== 'http:' && from.protocol !== 'https:') return false
    // Parsed with the same scheme, so that its default port is dropped on both sides.
    return from.host === new URL(`${from.protocol}//${host}`).host
  } catch {
    // "null" (a sandboxed frame, a file) or another text that is not a URL.
    return false
  }
}

/** Whether a body follows the headers (RFC 9112, 6.3). */
export function hasBody(headers: CallHeaders): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0)
}

/** Whether any value of `Sec-Fetch-Site` is `cross-site`. Node joins repeated headers with commas. */
function isCrossSite(values: string | string[] | undefined): boolean {
  return String(values ?? '')
    .split(',')
    .some((value) => value.trim().toLowerCase() === 'cross-site')
}

const FROM_ANOTHER_SITE =
  'The call comes from a page of another site; make it from the page /config of the proxy itself'

/** The management API. Without case, as Express matches paths. */
const API = /^\/api(?:\/|\?|$)/i

/**
 * Why a call that changes nothing is refused, as a sentence; undefined where it is not. A page of another site cannot read
 * the answers of the API, but it could have the proxy make many large ones. The proxy's own pages may be linked to.
 */
export function readProblem(call: {
  readonly url?: string | undefined
  readonly headers: CallHeaders
}): string | undefined {
  const isRefused = API.test(call.url ?? '') && isCrossSite(call.headers['sec-fetch-site'])
  return isRefused ? FROM_ANOTHER_SITE : undefined
}

/** Why a call that changes something is refused, as a sentence; undefined where it is not. */
export function callProblem(headers: CallHeaders): string | undefined {
  if (isCrossSite(headers['sec-fetch-site'])) return FROM_ANOTHER_SITE
  if (headers.origin !== undefined && !isSameHost(headers.origin, headers.host)) {
    return 'The Origin of the call is not the host it was sent to; make it from the page /config of the proxy itself'
  }
  if (hasBody(headers) && !JSON_TYPE.test(headers['content-type'] ?? '')) {
    return 'A body must be sent as JSON, with Content-Type: application/json'
  }
  return undefined
}
