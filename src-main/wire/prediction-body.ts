/**
 * The body of a prediction, whichever way it is laid out.
 *
 * Immich puts `entries` first: a scanner reads that part alone and the rest is handed on as it was received. Any
 * other layout is read whole and built again (`general.ts`).
 */
import {
  MAX_ENTRIES_BYTES,
  MAX_PART_HEADER_BYTES,
  SEARCHED_HEAD_BYTES,
  SEARCHED_TAIL_BYTES,
  SMALL_BODY_BYTES,
  USUAL_HEAD_BYTES,
} from './limits.ts'
import { AppError } from '../platform/errors.ts'
import { joinChunks, sliceChunks } from './bytes.ts'
import { ENTRIES_FIELD, type Bytes, type PredictionBody } from './payload.ts'
import { boundaryOf, isMultipart, parsePartHeaders } from './multipart.ts'

/** Encodings under which the bytes of a part are the content itself. */
const PLAIN_ENCODINGS = new Set([undefined, '7bit', '8bit', 'binary'])

interface Range {
  readonly start: number
  readonly end: number
}

/** Some bytes as text, each a character: where little is searched for several things, that is quicker than bytes. */
function textOf(bytes: Bytes, start: number, end: number): string {
  return joinChunks(bytes.chunks, start, end).toString('latin1')
}

/** The beginning of a body, as far as its first part reaches or can reach. */
function headOf(bytes: Bytes, opening: string, closing: string): string {
  const short = textOf(bytes, 0, Math.min(bytes.length, USUAL_HEAD_BYTES))
  const at = short.indexOf(closing, opening.length)
  if (at !== -1 && at + closing.length + 2 <= short.length) return short
  const most = opening.length + MAX_PART_HEADER_BYTES + MAX_ENTRIES_BYTES + closing.length + 2
  return textOf(bytes, 0, Math.min(bytes.length, most))
}

/** The headers that Immich's client writes. */
const USUAL_ENTRIES_HEADERS = `Content-Disposition: form-data; name="${ENTRIES_FIELD}"`

function isEntriesField(headers: string): boolean {
  if (headers === USUAL_ENTRIES_HEADERS) return true
  const { name, filename, transferEncoding } = parsePartHeaders(headers)
  const isPlain = filename === undefined && PLAIN_ENCODINGS.has(transferEncoding?.toLowerCase())
  return name === ENTRIES_FIELD && isPlain
}

/** Where the headers of the first part end if it is a plain field named `entries`, else -1. */
function entriesHeadersEnd(head: string, opening: string): number {
  if (!head.startsWith(opening)) return -1
  const end = head.indexOf('\r\n\r\n', opening.length - 2)
  if (end === -1 || end > opening.length + MAX_PART_HEADER_BYTES) return -1
  return isEntriesField(head.slice(opening.length, end)) ? end : -1
}

/** Where the value of `entries` lies if it is the first part of a well-formed body, else undefined. */
export function scanFirstPart(bytes: Bytes, boundary: string): Range | undefined {
  const opening = `--${boundary}\r\n`
  const closing = `\r\n--${boundary}`
  const head = headOf(bytes, opening, closing)
  const headersEnd = entriesHeadersEnd(head, opening)
  if (headersEnd === -1) return undefined
  const start = headersEnd + 4
  // An empty value: the line break before the boundary is the one that ends the headers.
  const end = head.indexOf(closing, start - 2)
  if (end < start || end - start > MAX_ENTRIES_BYTES) return undefined
  const behind = head.slice(end + closing.length, end + closing.length + 2)
  if (behind !== '\r\n' && behind !== '--') return undefined
  return isPlainLayout(bytes, end, boundary) ? { start, end } : undefined
}

/** Where the last boundary of a body stands. */
function lastBoundary(bytes: Bytes, ending: string): number {
  const hasLineBreak = textOf(bytes, bytes.length - 2, bytes.length) === '\r\n'
  return bytes.length - ending.length - (hasLineBreak ? 2 : 0)
}

/**
 * Where the boundaries of a body stand, the first excepted, if it has the layout that Immich sends as {@link scanFirstPart}
 * sees it; undefined for any other. A photo is not searched, so a further part behind its first 16 KB goes unnoticed.
 */
export function plainBoundaries(bytes: Bytes, boundary: string): number[] | undefined {
  const entries = scanFirstPart(bytes, boundary)
  if (entries === undefined) return undefined
  const last = lastBoundary(bytes, `\r\n--${boundary}--`)
  return entries.end === last ? [last] : [entries.end, last]
}

/** How many boundaries stand in the bytes from `start` on, at most `limit`. */
function countBoundaries(bytes: Bytes, start: number, closing: string, limit: number): number {
  const part = joinChunks(bytes.chunks, start, bytes.length)
  let count = 0
  for (let at = part.indexOf(closing, 0, 'latin1'); at !== -1 && count < limit; count++) {
    at = part.indexOf(closing, at + closing.length, 'latin1')
  }
  return count
}

/** The part that Immich sends beside `entries`. Written otherwise it is for the general way. */
const PAYLOAD = /^content-disposition: *form-data; *name="?(?:image|text)"?(?:;|\r|$)/i

/** Whether a payload begins behind `entries`, and no further part within what is searched of it. */
function payloadFollows(bytes: Bytes, entriesEnd: number, closing: string): boolean {
  const start = entriesEnd + closing.length + 2
  // The last boundary itself is not looked for.
  const end = Math.min(start + SEARCHED_HEAD_BYTES, bytes.length - closing.length - 2)
  const head = joinChunks(bytes.chunks, start, end)
  const headersEnd = head.indexOf('\r\n\r\n', 0, 'latin1')
  if (headersEnd === -1 || head.includes(closing, headersEnd + 2, 'latin1')) return false
  return PAYLOAD.test(head.toString('latin1', 0, headersEnd))
}

/**
 * Whether a body is what Immich sends: `entries`, one part more, and the last boundary. Anything else, a second
 * `entries` or a body that was cut off, is for the general way to judge. Of a photo only the beginning and the end are
 * looked at: searching all of it would cost as much as sending it.
 */
function isPlainLayout(bytes: Bytes, entriesEnd: number, boundary: string): boolean {
  const closing = `\r\n--${boundary}`
  const ending = `${closing}--`
  const tail = textOf(bytes, Math.max(0, bytes.length - ending.length - 2), bytes.length)
  if (!tail.endsWith(ending) && !tail.endsWith(`${ending}\r\n`)) return false
  if (bytes.length <= SMALL_BODY_BYTES) return countBoundaries(bytes, entriesEnd, closing, 3) <= 2
  const tailStart = Math.max(entriesEnd + 2, bytes.length - SEARCHED_TAIL_BYTES)
  return countBoundaries(bytes, tailStart, closing, 2) <= 1 && payloadFollows(bytes, entriesEnd, closing)
}

function scannedBody(bytes: Bytes, value: Range, contentType: string): PredictionBody {
  /** What stands behind the value, the same pieces for each backend: a record keeps them once. */
  let behind: readonly Buffer[] | undefined
  return {
    entriesText: joinChunks(bytes.chunks, value.start, value.end).toString('utf8'),
    withEntries(entriesText) {
      if (entriesText === undefined) return { chunks: bytes.chunks, length: bytes.length, contentType }
      // In one piece with what stands before it: each piece is written to the socket by itself.
      const beginning = Buffer.concat([
        joinChunks(bytes.chunks, 0, value.start),
        Buffer.from(entriesText, 'utf8'),
      ])
      behind ??= sliceChunks(bytes.chunks, value.end, bytes.length)
      const length = beginning.length + bytes.length - value.end
      return { chunks: [beginning, ...behind], length, contentType }
    },
  }
}

/**
 * The boundary that a request's content type names.
 * @throws {AppError} NOT_MULTIPART (415) or NO_BOUNDARY (400)
 */
export function requireBoundary(contentType: string): string {
  if (!isMultipart(contentType)) {
    throw new AppError(
      'NOT_MULTIPART',
      415,
      'The body must be multipart/form-data with a field "entries" and an image or a text',
    )
  }
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) {
    throw new AppError('NO_BOUNDARY', 400, 'The Content-Type has no boundary; let the HTTP client set it')
  }
  return boundary
}

/**
 * Finds `entries` in a body.
 * @param boundary what {@link requireBoundary} says of the content type
 * @throws {AppError} a 4xx for what is not a multipart body with `entries`
 */
export function readPredictionBody(
  bytes: Bytes,
  contentType: string,
  boundary: string = requireBoundary(contentType),
): PredictionBody | Promise<PredictionBody> {
  const value = scanFirstPart(bytes, boundary)
  if (value !== undefined) return scannedBody(bytes, value, contentType)
  return import('./general-layout.ts').then(({ readAnyLayout }) => readAnyLayout(bytes, contentType))
}
