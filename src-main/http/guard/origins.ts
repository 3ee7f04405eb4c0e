/** Whether a state-changing call comes from a page of another site (a drive-by page in the user's browser). Pure. */

/** Methods that change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i

/** What of a request the rules look at. */
export interface CallHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
  readonly 'content-type'?: string | undefined
  readonly 'content-length'?: string | undefined
  readonly 'transfer-encoding'?: string | undefined
}

export function isStateChanging(method: string | undefined): boolean {
  return method === undefined || !SAFE_METHODS.has(method)
}

/** Whether an `Origin` names the host that the request was sent to; the scheme may be a reverse proxy's. */
export function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false
  try {
    const from = new URL(origin)
    if (from.protocol !== 'http:' && from.protocol !== 'https:') return false
    // Read with the origin's scheme, so that a default port counts as none on both sides.
    return from.host === new URL(`${from.protocol}//${host}`).host
  } catch {
    // "null" (a sandboxed frame, a file) and everything else that is no URL is nobody's host.
    return false
  }
}

/** Whether a body follows the headers. */
export function hasBody(headers: CallHeaders): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0)
}

/** Whether any of the values of `Sec-Fetch-Site`, which Node joins, is another site. */
function isCrossSite(values: string | string[] | undefined): boolean {
  return String(values ?? '')
    .split(',')
    .some((value) => value.trim().toLowerCase() === 'cross-site')
}

/** Why a state-changing call is refused, or undefined when it is not. */
export function callProblem(headers: CallHeaders): string | undefined {
  if (isCrossSite(headers['sec-fetch-site'])) {
    return 'The call comes from a page of another site; make it from the page /config of the proxy itself'
  }
  if (headers.origin !== undefined && !isSameHost(headers.origin, headers.host)) {
    return 'The Origin of the call is not the host it was sent to; make it from the page /config of the proxy itself'
  }
  if (hasBody(headers) && !JSON_TYPE.test(headers['content-type'] ?? '')) {
    return 'A body must be sent as JSON, with Content-Type: application/json'
  }
  return undefined
}
