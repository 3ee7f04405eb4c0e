/**
 * Reads a prediction's body in the layout that Immich sends: the field `entries` first, then one part with the image or
 * the text.
 *
 * The trade-off: of a photo only `entries`, the next 16 KB and the last 4 KB are looked at, as searching all of it would
 * cost as much as sending it. So nothing is decoded or copied, and the bytes received are the bytes sent. A body with a
 * further part in between is taken for one of this layout and handed on as it is; any other layout is left to
 * general-layout.ts.
 */
import { joinChunks, sliceChunks, type Bytes } from './bytes.ts'
import type { PredictionBody } from './body-types.ts'
import { ENTRIES_FIELD } from './entries.ts'
import {
  MAX_ENTRIES_BYTES,
  MAX_PART_HEADER_BYTES,
  MAX_TEXT_BYTES,
  SEARCHED_HEAD_BYTES,
  SEARCHED_TAIL_BYTES,
  SMALL_BODY_BYTES,
  USUAL_HEAD_BYTES,
} from './limits.ts'
import { parsePartHeaders } from './multipart.ts'

/** Encodings in which the bytes of a part are its content. */
const PLAIN_ENCODINGS = new Set([undefined, '7bit', '8bit', 'binary'])

/** Offsets in a body, the end exclusive. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Bytes as text, one character each: a short text is searched for several things quicker than bytes are. */
function textOf(bytes: Bytes, start: number, end: number): string {
  return joinChunks(bytes.chunks, start, end).toString('latin1')
}

/** The beginning of a body, up to the end of its first part or to the longest allowed one. */
function headOf(bytes: Bytes, opening: string, closing: string): string {
  const short = textOf(bytes, 0, Math.min(bytes.length, USUAL_HEAD_BYTES))
  const at = short.indexOf(closing, opening.length)
  if (at !== -1 && at + closing.length + 2 <= short.length) return short
  const most = opening.length + MAX_PART_HEADER_BYTES + MAX_ENTRIES_BYTES + closing.length + 2
  return textOf(bytes, 0, Math.min(bytes.length, most))
}

/** The headers of `entries` as Immich's client writes them. */
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

/** Where the value of `entries` lies in a body of Immich's layout; undefined for a body of any other. */
export function findEntries(bytes: Bytes, boundary: string): Range | undefined {
  const opening = `--${boundary}\r\n`
  const closing = `\r\n--${boundary}`
  const head = headOf(bytes, opening, closing)
  const headersEnd = entriesHeadersEnd(head, opening)
  if (headersEnd === -1) return undefined
  const start = headersEnd + 4
  // The value may be empty; then the line break before the boundary also ends the headers.
  const end = head.indexOf(closing, start - 2)
  if (end < start || end - start > MAX_ENTRIES_BYTES) return undefined
  const behind = head.slice(end + closing.length, end + closing.length + 2)
  if (behind !== '\r\n' && behind !== '--') return undefined
  return isImmichLayout(bytes, end, boundary) ? { start, end } : undefined
}

/** Where the last boundary of a body begins. */
function lastBoundary(bytes: Bytes, ending: string): number {
  const hasLineBreak = textOf(bytes, bytes.length - 2, bytes.length) === '\r\n'
  return bytes.length - ending.length - (hasLineBreak ? 2 : 0)
}

/**
 * Where the boundaries of a body begin, the first excepted, if it has Immich's layout; undefined for any other. As a photo
 * is not searched, a further part behind its first 16 KB is not found.
 */
export function immichBoundaries(bytes: Bytes, boundary: string): number[] | undefined {
  const entries = findEntries(bytes, boundary)
  if (entries === undefined) return undefined
  const last = lastBoundary(bytes, `\r\n--${boundary}--`)
  return entries.end === last ? [last] : [entries.end, last]
}

/** How many boundaries lie in the bytes from `start` on, counted up to `limit`. */
function countBoundaries(bytes: Bytes, start: number, closing: string, limit: number): number {
  const part = joinChunks(bytes.chunks, start, bytes.length)
  let count = 0
  for (let at = part.indexOf(closing, 0, 'latin1'); at !== -1 && count < limit; count++) {
    at = part.indexOf(closing, at + closing.length, 'latin1')
  }
  return count
}

/** The headers of the part beside `entries` as Immich sends it. Written otherwise it is for general-layout.ts. */
const IMAGE_OR_TEXT = /^content-disposition: *form-data; *name="?(?:image|text)"?(?:;|\r|$)/i

/** A part of a file, whose size is only limited by that of the body. */
const FILE = /;\s*filename=/i

/** Whether an image or a text follows `entries`, and no further part within what is searched of it. */
function imageOrTextFollows(bytes: Bytes, entriesEnd: number, closing: string): boolean {
  const start = entriesEnd + closing.length + 2
  // Without the last boundary of the body, which may lie within the searched bytes.
  const end = Math.min(start + SEARCHED_HEAD_BYTES, bytes.length - closing.length - 2)
  const head = joinChunks(bytes.chunks, start, end)
  const headersEnd = head.indexOf('\r\n\r\n', 0, 'latin1')
  if (headersEnd === -1 || head.includes(closing, headersEnd + 2, 'latin1')) return false
  const headers = head.toString('latin1', 0, headersEnd)
  // A text of that size is refused there.
  if (bytes.length - start > MAX_TEXT_BYTES && !FILE.test(headers)) return false
  return IMAGE_OR_TEXT.test(headers)
}

/**
 * Whether a body that begins with `entries` has one part more and then ends with the last boundary. Anything else, for
 * example a second `entries` or a body that was cut off, is judged by general-layout.ts.
 */
function isImmichLayout(bytes: Bytes, entriesEnd: number, boundary: string): boolean {
  const closing = `\r\n--${boundary}`
  const ending = `${closing}--`
  const tail = textOf(bytes, Math.max(0, bytes.length - ending.length - 2), bytes.length)
  if (!tail.endsWith(ending) && !tail.endsWith(`${ending}\r\n`)) return false
  if (bytes.length <= SMALL_BODY_BYTES) return countBoundaries(bytes, entriesEnd, closing, 3) <= 2
  const tailStart = Math.max(entriesEnd + 2, bytes.length - SEARCHED_TAIL_BYTES)
  return countBoundaries(bytes, tailStart, closing, 2) <= 1 && imageOrTextFollows(bytes, entriesEnd, closing)
}

/**
 * Reads a body of Immich's layout; undefined for a body of any other. The bytes are not copied: they must stay what they
 * are until every body made of them was sent.
 */
export function readImmichLayout(
  bytes: Bytes,
  contentType: string,
  boundary: string,
): PredictionBody | undefined {
  const value = findEntries(bytes, boundary)
  if (value === undefined) return undefined
  // A copy: the body may lie elsewhere by the time that another `entries` is put behind it.
  const head = Buffer.from(joinChunks(bytes.chunks, 0, value.start))
  /** What follows the value: the same chunks for each backend, so that records can share them. */
  let behind: readonly Buffer[] | undefined
  return {
    entriesText: joinChunks(bytes.chunks, value.start, value.end).toString('utf8'),
    withEntries(entriesText) {
      if (entriesText === undefined) return { chunks: bytes.chunks, length: bytes.length, contentType }
      // Joined with what stands before it: each chunk is a write to the socket.
      const beginning = Buffer.concat([head, Buffer.from(entriesText, 'utf8')])
      behind ??= sliceChunks(bytes.chunks, value.end, bytes.length)
      const length = beginning.length + bytes.length - value.end
      return { chunks: [beginning, ...behind], length, contentType }
    },
  }
}
