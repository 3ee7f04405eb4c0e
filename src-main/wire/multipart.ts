/** Parses the content type of a multipart body and the headers of its parts (RFC 7578, RFC 2046). Pure. */

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i

export function isMultipart(contentType: string): boolean {
  return /^\s*multipart\/form-data\s*(;|$)/i.test(contentType)
}

/** The boundary of a multipart content type, or undefined. */
export function boundaryOf(contentType: string): string | undefined {
  const match = BOUNDARY.exec(contentType)
  return match?.[1] ?? match?.[2]
}

export interface PartHeaders {
  name: string | undefined
  filename: string | undefined
  contentType: string
  /** The Content-Transfer-Encoding, for example `base64`; undefined where there is none. */
  transferEncoding: string | undefined
}

const NAME = /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i
const FILENAME = /;\s*filename=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i

/** The value of a parameter of Content-Disposition, unquoted. Browsers and undici write `"` in a name as `%22`. */
function parameter(header: string, pattern: RegExp): string | undefined {
  const match = pattern.exec(header)
  const raw = match?.[1] ?? match?.[2]
  return raw?.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"')
}

/** @param text the headers of one part: between its boundary line and the empty line */
export function parsePartHeaders(text: string): PartHeaders {
  const headers = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const disposition = headers.get('content-disposition') ?? ''
  return {
    name: parameter(disposition, NAME),
    filename: parameter(disposition, FILENAME),
    contentType: headers.get('content-type') ?? '',
    transferEncoding: headers.get('content-transfer-encoding'),
  }
}
