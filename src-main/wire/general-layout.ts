/**
 * Reads a prediction's body in any valid layout (RFC 7578, RFC 2046 section 5.1): cuts it into its parts, and puts them
 * together anew with `entries` first. Every other part is forwarded with its own headers and bytes; only the backend
 * interprets it. Immich's own layout is read by immich-layout.ts, which does not search the photo.
 */
import { randomUUID } from 'node:crypto'
import type { OutgoingBody, PredictionBody } from './body-types.ts'
import { findAll, joinChunks, sliceChunks, type Bytes } from './bytes.ts'
import { ENTRIES_FIELD } from './entries.ts'
import { MAX_BOUNDARY_LINES, MAX_PART_HEADER_BYTES, MAX_PARTS, MAX_TEXT_BYTES } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import { boundaryOf, parsePartHeaders } from './multipart.ts'

/** A part, as offsets in the body: nothing is copied, as a body may have 100 MB. */
interface Part {
  readonly name: string
  readonly isFile: boolean
  /** Of its headers. */
  readonly start: number
  /** Of its content. */
  readonly content: number
  readonly end: number
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
/** Characters of a name that an error repeats. */
const SHOWN_NAME_CHARS = 80

function broken(what: string): AppError {
  return new AppError('FORM_BROKEN', 400, `The multipart body is broken or cut off: ${what}`)
}

function tooLarge(what: string): AppError {
  return new AppError('FORM_TOO_LARGE', 413, `The form is too large: ${what}`)
}

/** A part of the body as text, each byte a character. */
function latin1({ chunks }: Bytes, start: number, end: number): string {
  return joinChunks(chunks, start, end).toString('latin1')
}

/** Where what may be a line with the boundary begins. @throws {AppError} FORM_TOO_LARGE (413) */
function boundaryStarts(body: Bytes, delimiter: Buffer): number[] {
  const starts = findAll(body.chunks, delimiter, MAX_BOUNDARY_LINES + 1)
  if (starts.length > MAX_BOUNDARY_LINES) {
    throw tooLarge(`more than ${MAX_BOUNDARY_LINES} lines begin like the boundary`)
  }
  // The first boundary may be at the very beginning of the body, without a line break before it.
  const opening = delimiter.toString('latin1', LINE_BREAK.length)
  if (latin1(body, 0, opening.length) === opening) starts.unshift(-LINE_BREAK.length)
  return starts
}

/** The lines with the boundary up to the last, in order. @throws {AppError} FORM_TOO_LARGE (413) */
function* boundaryLines(body: Bytes, boundary: string): Generator<BoundaryLine> {
  const delimiter = Buffer.from(`${LINE_BREAK}--${boundary}`, 'latin1')
  let lineEnd = -LINE_BREAK.length
  for (const start of boundaryStarts(body, delimiter)) {
    // The line break before it is the one that ends the line before.
    if (start < lineEnd) continue
    const end = start + delimiter.length
    const line = LINE_END.exec(latin1(body, end, end + LINE_END_CHARS))?.[0]
    // Without the end of a line behind it, the match is content that begins like the boundary.
    if (line === undefined) continue
    lineEnd = end + line.length
    yield { start, end: lineEnd, isLast: line === '--' }
  }
}

/** Where the headers of a part end and where its content begins; undefined where there is no end of the headers. */
function headersEnd(head: string, isWhole: boolean): { end: number; content: number } | undefined {
  if (head.startsWith(LINE_BREAK)) return { end: 0, content: LINE_BREAK.length }
  const end = head.indexOf(LINE_BREAK + LINE_BREAK)
  if (end !== -1) return { end, content: end + 2 * LINE_BREAK.length }
  // The part is empty, and the line break of the next boundary also ends the headers.
  const isEmpty = isWhole && head.endsWith(LINE_BREAK)
  return isEmpty ? { end: head.length - LINE_BREAK.length, content: head.length } : undefined
}

/** @throws {AppError} FORM_BROKEN (400) */
function readPart(body: Bytes, start: number, end: number): Part {
  const searched = Math.min(end, start + MAX_PART_HEADER_BYTES + 2 * LINE_BREAK.length)
  const head = joinChunks(body.chunks, start, searched)
  const found = headersEnd(head.toString('latin1'), searched === end)
  if (found === undefined) throw broken('a part without headers')
  const { name = '', filename } = parsePartHeaders(head.toString('utf8', 0, found.end))
  return { name, isFile: filename !== undefined, start, content: start + found.content, end }
}

/** @throws {AppError} FORM_TOO_LARGE (413) */
function requireShortText({ name, isFile, content, end }: Part): void {
  if (isFile || end - content <= MAX_TEXT_BYTES) return
  const limit = MAX_TEXT_BYTES / 1024 / 1024
  throw tooLarge(`the field "${name.slice(0, SHOWN_NAME_CHARS)}" has more than ${limit} MB`)
}

/** @throws {AppError} FORM_BROKEN (400) or FORM_TOO_LARGE (413) */
function readParts(body: Bytes, boundary: string): Part[] {
  const parts: Part[] = []
  let begin: number | undefined
  for (const { start, end, isLast } of boundaryLines(body, boundary)) {
    if (begin !== undefined) {
      if (parts.length === MAX_PARTS) throw tooLarge(`more than ${MAX_PARTS} parts`)
      const part = readPart(body, begin, start)
      requireShortText(part)
      parts.push(part)
    }
    if (isLast) return parts
    begin = end
  }
  throw broken(begin === undefined ? 'the boundary of the Content-Type is not in it' : 'no last boundary')
}

const isEntries = ({ name, isFile }: Part): boolean => name === ENTRIES_FIELD && !isFile

/** With a boundary of its own: parsers differ in what they take for the received one inside of a picture. */
function buildBody(body: Bytes, parts: readonly Part[], entries: string): OutgoingBody {
  const boundary = `----immich-ml-proxy-${randomUUID()}`
  const opening = `--${boundary}${LINE_BREAK}`
  const headers = `Content-Disposition: form-data; name="${ENTRIES_FIELD}"`
  const chunks: Buffer[] = [Buffer.from(`${opening}${headers}${LINE_BREAK}${LINE_BREAK}${entries}`)]
  const between = Buffer.from(LINE_BREAK + opening)
  for (const part of parts) {
    // A part without a name is left out: servers refuse the whole body for it.
    if (part.name === '' || isEntries(part)) continue
    chunks.push(between, ...sliceChunks(body.chunks, part.start, part.end))
  }
  chunks.push(Buffer.from(`${LINE_BREAK}--${boundary}--${LINE_BREAK}`))
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  return { chunks, length, contentType: `multipart/form-data; boundary=${boundary}` }
}

/**
 * Reads a body. Its bytes are not copied: they must stay what they are until every body made of them was sent.
 * @param boundary what the content type names; every multipart content type names one
 * @throws {AppError} FORM_BROKEN or ENTRIES_MISSING (400), FORM_TOO_LARGE (413)
 */
export function readGeneralLayout(
  bytes: Bytes,
  contentType: string,
  boundary = boundaryOf(contentType) ?? '',
): PredictionBody {
  const parts = readParts(bytes, boundary)
  // Of a repeated field the last counts, as on Immich's server.
  const entries = parts.findLast(isEntries)
  if (entries === undefined) {
    throw new AppError('ENTRIES_MISSING', 400, 'The field "entries" is missing; it says which tasks to run')
  }
  const entriesText = joinChunks(bytes.chunks, entries.content, entries.end).toString('utf8')
  return {
    entriesText,
    withEntries: (text = entriesText) => buildBody(bytes, parts, text),
  }
}
