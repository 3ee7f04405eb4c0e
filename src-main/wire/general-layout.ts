/**
 * Reads a prediction's body in any valid layout (RFC 7578, RFC 2046 section 5.1): cuts it into its parts, and puts them
 * together anew with `entries` first. Every other part is forwarded with its own headers and bytes; only the backend
 * interprets it. Immich's own layout is read by immich-layout.ts, which does not search the photo.
 */
import { randomUUID } from 'node:crypto'
import type { OutgoingBody, PredictionBody } from './body-types.ts'
import { joinChunks, type Bytes } from './bytes.ts'
import { ENTRIES_FIELD } from './entries.ts'
import { MAX_ENTRIES_BYTES, MAX_PART_HEADER_BYTES, MAX_PARTS } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import { boundaryOf, parsePartHeaders } from './multipart.ts'

interface Part {
  readonly name: string
  readonly isFile: boolean
  /** Headers and content as received, without the boundaries. */
  readonly bytes: Buffer
  readonly content: Buffer
}

/** A line with the boundary: where it begins, with the line break before it, and where the next part begins. */
interface BoundaryLine {
  readonly start: number
  readonly end: number
  readonly isLast: boolean
}

const LINE_BREAK = '\r\n'
/** What may follow a boundary in its line: spaces, or two dashes after the last part. */
const LINE_END = /^(?:--|[\t ]*\r\n)/
/** Characters of a line behind the boundary that are looked at. */
const LINE_END_CHARS = 200

function broken(what: string): AppError {
  return new AppError('FORM_BROKEN', 400, `The multipart body is broken or cut off: ${what}`)
}

function tooLarge(what: string): AppError {
  return new AppError('FORM_TOO_LARGE', 413, `The form is too large: ${what}`)
}

/** The lines with the boundary up to the last, in order. */
function* boundaryLines(body: Buffer, boundary: string): Generator<BoundaryLine> {
  const delimiter = Buffer.from(`${LINE_BREAK}--${boundary}`, 'latin1')
  // The first boundary may be at the very beginning of the body, without a line break before it.
  let at =
    body.indexOf(delimiter.subarray(LINE_BREAK.length)) === 0 ? -LINE_BREAK.length : body.indexOf(delimiter)
  while (at !== -1) {
    const end = at + delimiter.length
    const line = LINE_END.exec(body.toString('latin1', end, end + LINE_END_CHARS))?.[0]
    // Without the end of a line behind it, the match is content that begins like the boundary.
    if (line !== undefined) yield { start: at, end: end + line.length, isLast: line === '--' }
    at = body.indexOf(delimiter, end + (line?.length ?? 0))
  }
}

/** Where the headers of a part end and where its content begins; undefined where there is no end of the headers. */
function headersEnd(bytes: Buffer): { end: number; content: number } | undefined {
  if (bytes.indexOf(LINE_BREAK) === 0) return { end: 0, content: LINE_BREAK.length }
  const end = bytes.indexOf(LINE_BREAK + LINE_BREAK)
  if (end !== -1) return { end, content: end + 2 * LINE_BREAK.length }
  // The part is empty, and the line break of the next boundary also ends the headers.
  const isEmpty = bytes.subarray(-LINE_BREAK.length).equals(Buffer.from(LINE_BREAK))
  return isEmpty ? { end: bytes.length - LINE_BREAK.length, content: bytes.length } : undefined
}

/** @throws {AppError} FORM_BROKEN (400) */
function readPart(bytes: Buffer): Part {
  const found = headersEnd(bytes)
  if (found === undefined || found.end > MAX_PART_HEADER_BYTES) throw broken('a part without headers')
  const { name = '', filename } = parsePartHeaders(bytes.toString('utf8', 0, found.end))
  return { name, isFile: filename !== undefined, bytes, content: bytes.subarray(found.content) }
}

/** @throws {AppError} FORM_BROKEN (400) or FORM_TOO_LARGE (413) */
function readParts(body: Buffer, boundary: string): Part[] {
  const parts: Part[] = []
  let begin: number | undefined
  for (const { start, end, isLast } of boundaryLines(body, boundary)) {
    if (begin !== undefined) {
      if (parts.length === MAX_PARTS) throw tooLarge(`more than ${MAX_PARTS} parts`)
      parts.push(readPart(body.subarray(begin, start)))
    }
    if (isLast) return parts
    begin = end
  }
  throw broken(begin === undefined ? 'the boundary of the Content-Type is not in it' : 'no last boundary')
}

const isEntries = ({ name, isFile }: Part): boolean => name === ENTRIES_FIELD && !isFile

/** With a boundary of its own: parsers differ in what they take for the received one inside of a picture. */
function buildBody(parts: readonly Part[], entries: string): OutgoingBody {
  const boundary = `----immich-ml-proxy-${randomUUID()}`
  const opening = `--${boundary}${LINE_BREAK}`
  const headers = `Content-Disposition: form-data; name="${ENTRIES_FIELD}"`
  const chunks: Buffer[] = [Buffer.from(`${opening}${headers}${LINE_BREAK}${LINE_BREAK}${entries}`)]
  const between = Buffer.from(LINE_BREAK + opening)
  // A part without a name is left out: servers refuse the whole body for it.
  for (const part of parts) if (part.name !== '' && !isEntries(part)) chunks.push(between, part.bytes)
  chunks.push(Buffer.from(`${LINE_BREAK}--${boundary}--${LINE_BREAK}`))
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  return { chunks, length, contentType: `multipart/form-data; boundary=${boundary}` }
}

/**
 * Reads a body. Its bytes are copied only where they lie in several pieces: they must stay what they are until every body
 * made of them was sent.
 * @param boundary what the content type names; every multipart content type names one
 * @throws {AppError} FORM_BROKEN or ENTRIES_MISSING (400), FORM_TOO_LARGE (413)
 */
export function readGeneralLayout(
  bytes: Bytes,
  contentType: string,
  boundary = boundaryOf(contentType) ?? '',
): PredictionBody {
  const parts = readParts(joinChunks(bytes.chunks, 0, bytes.length), boundary)
  // Of a repeated field the last counts, as on Immich's server.
  const entries = parts.findLast(isEntries)?.content
  if (entries === undefined) {
    throw new AppError('ENTRIES_MISSING', 400, 'The field "entries" is missing; it says which tasks to run')
  }
  if (entries.length > MAX_ENTRIES_BYTES) {
    const limit = MAX_ENTRIES_BYTES / 1024 / 1024
    throw new AppError('FORM_TOO_LARGE', 413, `The field "entries" is larger than ${limit} MB`)
  }
  const entriesText = entries.toString('utf8')
  return {
    entriesText,
    withEntries: (text = entriesText) => buildBody(parts, text),
  }
}
