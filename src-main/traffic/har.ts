/** The records as an HTTP Archive (HAR 1.2), which browsers and proxies' tools read. */
import { randomUUID } from 'node:crypto'
import type { DebugRecord } from '../../src-shared/api.ts'
import { HAR_CHUNK_BYTES } from './limits.ts'
import type { Recorder } from './recorder.ts'
import type { BodyReader } from './recording.ts'

interface HarHeader {
  name: string
  value: string
}

const headersOf = (headers: Readonly<Record<string, string>>): HarHeader[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))

/** Texts that stand in an entry for its bodies, until they are written in their place. */
interface Marks {
  readonly request: string
  readonly response: string
}

function postData(record: DebugRecord, mark: string | undefined): Record<string, unknown> | undefined {
  const { contentType, size, parts } = record.request.body
  if (size === 0) return undefined
  const params = parts?.map(({ name, filename, contentType: type, preview }) => ({
    name,
    ...(filename === undefined ? {} : { fileName: filename }),
    ...(type === '' ? {} : { contentType: type }),
    ...(preview === undefined ? {} : { value: preview }),
  }))
  // HAR has no encoding for request bodies; the field is common among tools, which ignore what they don't know.
  const text = mark === undefined ? {} : { text: mark, _encoding: 'base64' }
  return { mimeType: contentType, ...(params === undefined ? {} : { params }), ...text }
}

function content(record: DebugRecord, mark: string | undefined): Record<string, unknown> {
  const { contentType, size, preview } = record.response.body
  const mimeType = contentType === '' ? 'x-unknown' : contentType
  if (mark === undefined) return { size, mimeType, text: preview }
  return { size, mimeType, text: mark, encoding: 'base64' }
}

function toEntry(record: DebugRecord, marks: Partial<Marks>): Record<string, unknown> {
  const posted = postData(record, marks.request)
  const waitMs = (record.waitMs ?? 0) + (record.heldMs ?? 0)
  return {
    startedDateTime: record.timestamp,
    time: record.durationMs + waitMs,
    request: {
      method: record.request.method,
      // HAR wants an absolute URL; incoming requests are recorded with their path.
      url:
        record.type === 'incoming'
          ? `http://${record.request.headers['host'] ?? 'localhost'}${record.request.url}`
          : record.request.url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(record.request.headers),
      queryString: [],
      ...(posted === undefined ? {} : { postData: posted }),
      headersSize: -1,
      bodySize: record.request.body.size,
    },
    response: {
      status: record.response.statusCode,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(record.response.headers),
      content: content(record, marks.response),
      redirectURL: '',
      headersSize: -1,
      bodySize: record.response.body.size,
      ...(record.error === undefined ? {} : { _error: record.error }),
    },
    cache: {},
    timings: { blocked: waitMs, send: 0, wait: record.durationMs, receive: 0 },
    _traceId: record.traceId,
    _type: record.type,
    ...(record.backend === undefined ? {} : { _backend: record.backend }),
    ...(record.tasks === undefined ? {} : { _tasks: record.tasks }),
  }
}

/** A body in base64, in chunks. Where it is dropped meanwhile the text ends there. */
function* base64Pieces(body: BodyReader): Generator<string> {
  const { length } = body
  for (let start = 0; start < length; start += HAR_CHUNK_BYTES) {
    const bytes = body.read(start, Math.min(length, start + HAR_CHUNK_BYTES))
    if (bytes === undefined) return
    yield bytes.toString('base64')
  }
}

/** One entry as JSON, with its bodies in chunks. */
function* entryPieces(record: DebugRecord, recorder: Recorder, marks: Marks): Generator<string> {
  const bodies = {
    request: recorder.reader(record.id, 'request'),
    response: recorder.reader(record.id, 'response'),
  }
  const json = JSON.stringify(
    toEntry(record, {
      ...(bodies.request === undefined ? {} : { request: marks.request }),
      ...(bodies.response === undefined ? {} : { response: marks.response }),
    }),
  )
  let written = 0
  for (const side of ['request', 'response'] as const) {
    const at = json.indexOf(marks[side])
    const body = bodies[side]
    // An empty body has no mark.
    if (body === undefined || at === -1) continue
    yield json.slice(written, at)
    yield* base64Pieces(body)
    written = at + marks[side].length
  }
  yield json.slice(written)
}

function* piecesOf(records: Iterable<DebugRecord>, recorder: Recorder): Generator<string> {
  // Nobody can know them, so no text in a record is taken for one.
  const marks = { request: `request-${randomUUID()}`, response: `response-${randomUUID()}` }
  yield '{"log":{"version":"1.2","creator":{"name":"Immich ML Proxy","version":"1"},"entries":['
  let isFirst = true
  for (const record of records) {
    if (record.pending === true) continue
    if (!isFirst) yield ','
    isFirst = false
    yield* entryPieces(record, recorder, marks)
  }
  yield ']}}'
}

/**
 * All records that are finished as the JSON text of a HAR, in chunks of at most {@link HAR_CHUNK_BYTES} of a body: 140
 * photos that went to three backends made a text of 345 MB.
 */
export function harPieces(recorder: Recorder): Iterable<string> {
  return piecesOf(recorder.each(), recorder)
}
