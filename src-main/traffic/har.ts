/** The records as an HTTP Archive (HAR 1.2), which browsers and proxies' tools read. */
import type { DebugRecord } from '../../src-shared/api.ts'
import type { Recorder } from './recorder.ts'
import type { Body } from './recording.ts'

interface HarHeader {
  name: string
  value: string
}

const headersOf = (headers: Readonly<Record<string, string>>): HarHeader[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))

const base64 = (body: Body): string => Buffer.concat(body.chunks).toString('base64')

function postData(record: DebugRecord, body: Body | undefined): Record<string, unknown> | undefined {
  const { contentType, size, parts } = record.request.body
  if (size === 0) return undefined
  const params = parts?.map(({ name, filename, contentType: type, preview }) => ({
    name,
    ...(filename === undefined ? {} : { fileName: filename }),
    ...(type === '' ? {} : { contentType: type }),
    ...(preview === undefined ? {} : { value: preview }),
  }))
  // HAR has no encoding for request bodies; the field is common among tools, which ignore what they don't know.
  const text = body === undefined ? {} : { text: base64(body), _encoding: 'base64' }
  return { mimeType: contentType, ...(params === undefined ? {} : { params }), ...text }
}

function content(record: DebugRecord, body: Body | undefined): Record<string, unknown> {
  const { contentType, size, preview } = record.response.body
  const mimeType = contentType === '' ? 'x-unknown' : contentType
  if (body === undefined) return { size, mimeType, text: preview }
  return { size, mimeType, text: base64(body), encoding: 'base64' }
}

function toEntry(record: DebugRecord, recorder: Recorder): Record<string, unknown> {
  const posted = postData(record, recorder.requestBody(record.id))
  const waitMs = record.waitMs ?? 0
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
      content: content(record, recorder.responseBody(record.id)),
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

/** All finished records as a HAR. */
export function toHar(recorder: Recorder): Record<string, unknown> {
  const finished = recorder.list().filter((record) => record.pending !== true)
  return {
    log: {
      version: '1.2',
      creator: { name: 'Immich ML Proxy', version: '1' },
      entries: finished.map((record) => toEntry(record, recorder)),
    },
  }
}
