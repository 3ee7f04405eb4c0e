/** Describes bodies and headers for a record: of a body its kind, its size and its beginning. Pure. */
import type { BodyKind, DebugRecord, RecordedBody, RecordedPart } from '../../src-shared/api.ts'
import { MAX_PART_HEADER_BYTES, MAX_PARTS } from '../wire/limits.ts'
import {
  PREVIEW_CHARS,
  RECORD_BASE_CHARS,
  RECORDED_HEADER_CHARS,
  RECORDED_HEADERS,
  RECORDED_PARTS,
  RECORDED_TASK_CHARS,
  RECORDED_TASKS,
} from './limits.ts'
import { immichBoundaries } from '../wire/immich-layout.ts'
import { boundaryOf, isMultipart, parsePartHeaders } from '../wire/multipart.ts'
import { findAll, joinChunks } from '../wire/bytes.ts'

/** The description of a body that has not come yet, and of an empty one. */
export const NO_BODY: RecordedBody = {
  kind: 'empty',
  contentType: '',
  size: 0,
  preview: '',
  truncated: false,
}

/** Where a part's content lies in the body. */
export interface PartRange {
  readonly name: string
  readonly filename: string | undefined
  readonly contentType: string
  readonly start: number
  readonly end: number
}

export interface Description {
  readonly body: RecordedBody
  readonly parts: readonly PartRange[]
}

const EMPTY: Description = { body: NO_BODY, parts: [] }

/** The first characters of UTF-8 text. The string is a copy, so that it does not retain the whole body. */
function previewOf(bytes: Buffer): string {
  const text = bytes.subarray(0, PREVIEW_CHARS).toString('utf8')
  // A character of several bytes may be cut in two.
  return bytes.length > PREVIEW_CHARS ? text.replace(/\uFFFD$/, '') : text
}

/** At most so many characters of a text. Where it is cut the string is a copy: a slice would retain the whole text. */
export function cut(text: string, chars: number): string {
  return text.length <= chars ? text : Buffer.from(text.slice(0, chars)).toString()
}

const short = (text: string): string => cut(text, RECORDED_HEADER_CHARS)

/**
 * The parts of a multipart body by its boundaries; malformed parts are left out.
 *
 * A photo in Immich's layout is not searched for further boundaries, only its beginning and its end are, as when it is
 * relayed: a part hidden in its middle counts as bytes of the photo. Searching each photo whole took 75 of the 636 µs of
 * CPU time that recording one cost.
 */
export function findParts(chunks: readonly Buffer[], length: number, boundary: string): PartRange[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  // The first boundary has no line break before it: with one it would begin at -2.
  const boundaries = immichBoundaries({ chunks, length }, boundary) ?? findAll(chunks, delimiter, MAX_PARTS)
  const starts = [-2, ...boundaries]
  const parts: PartRange[] = []
  for (const [index, at] of starts.entries()) {
    const end = starts[index + 1]
    if (end === undefined) break
    const from = at + delimiter.length + 2
    const head = joinChunks(chunks, from, Math.min(end + 4, from + MAX_PART_HEADER_BYTES, length))
    const headEnd = head.indexOf('\r\n\r\n')
    if (headEnd === -1) continue
    const headers = parsePartHeaders(head.toString('utf8', 0, headEnd))
    const start = from + headEnd + 4
    parts.push({
      name: short(headers.name ?? ''),
      filename: headers.filename === undefined ? undefined : short(headers.filename),
      contentType: short(headers.contentType),
      start,
      end: Math.max(start, end),
    })
  }
  return parts
}

function describePart(chunks: readonly Buffer[], part: PartRange): RecordedPart {
  const { name, filename, contentType, start, end } = part
  const size = end - start
  if (filename !== undefined) return { name, filename, contentType, size }
  const beginning = joinChunks(chunks, start, Math.min(end, start + PREVIEW_CHARS + 1))
  return { name, contentType, size, preview: previewOf(beginning) }
}

function kindOf(contentType: string): Exclude<BodyKind, 'empty' | 'multipart'> {
  if (/^\s*application\/([\w.+-]+\+)?json\b/i.test(contentType)) return 'json'
  if (/^\s*(text\/|application\/(xml|x-www-form-urlencoded))/i.test(contentType)) return 'text'
  return 'binary'
}

/** Describes a body that was received in chunks of `length` bytes in all. */
export function describeBody(
  chunks: readonly Buffer[],
  length: number,
  contentTypeHeader: string,
): Description {
  if (length === 0) return EMPTY
  const contentType = short(contentTypeHeader)
  const boundary = isMultipart(contentTypeHeader) ? boundaryOf(contentTypeHeader) : undefined
  if (boundary !== undefined) {
    const parts = findParts(chunks, length, boundary)
    const described = parts.slice(0, RECORDED_PARTS).map((part) => describePart(chunks, part))
    return {
      body: { kind: 'multipart', contentType, size: length, preview: '', truncated: true, parts: described },
      parts,
    }
  }
  const kind = kindOf(contentTypeHeader)
  const preview =
    kind === 'binary' ? '' : previewOf(joinChunks(chunks, 0, Math.min(length, PREVIEW_CHARS + 1)))
  return {
    body: {
      kind,
      contentType,
      size: length,
      preview,
      truncated: kind === 'binary' || length > PREVIEW_CHARS,
    },
    parts: [],
  }
}

/** Headers whose values are secrets: they are never recorded. */
const SECRET_HEADERS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
])

export const HIDDEN = '[hidden]'

/**
 * Headers for a record, with the values of secret ones hidden.
 * @param raw names and values in turn
 * @param secret further names whose values are hidden, in lower case
 */
export function describeHeaders(
  raw: readonly string[],
  secret?: ReadonlySet<string>,
): Record<string, string> {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (headers.length === RECORDED_HEADERS) break
    const name = (raw[index] ?? '').toLowerCase()
    const hidden = SECRET_HEADERS.has(name) || secret?.has(name) === true
    headers.push([short(name), hidden ? HIDDEN : short(raw[index + 1] ?? '')])
  }
  return Object.fromEntries(headers)
}

/** Names and values in turn, of headers by name as a client library or a response has them. */
export function flatHeaders(
  headers: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return []
    return [name, typeof value === 'object' ? value.join(', ') : String(value)]
  })
}

/** The entries of a prediction, as "task/type", for a record. */
export function describeTasks(tasks: readonly string[]): string[] {
  return tasks.slice(0, RECORDED_TASKS).map((task) => cut(task, RECORDED_TASK_CHARS))
}

const sum = (texts: readonly (string | undefined)[]): number =>
  texts.reduce((chars, text) => chars + (text?.length ?? 0), 0)

function charsOfMessage({ headers, body }: DebugRecord['request'] | DebugRecord['response']): number {
  const parts = (body.parts ?? []).flatMap(({ name, filename, contentType, preview }) => [
    name,
    filename,
    contentType,
    preview,
  ])
  return (
    sum(Object.keys(headers)) + sum(Object.values(headers)) + sum([body.contentType, body.preview, ...parts])
  )
}

/** About how many characters a record has, its bodies apart. */
export function charsOf({ request, response, tasks = [], error }: DebugRecord): number {
  const texts = sum([request.url, error, ...tasks])
  return RECORD_BASE_CHARS + charsOfMessage(request) + charsOfMessage(response) + texts
}
