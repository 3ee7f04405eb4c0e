/** Error answers, in the same shape for all calls: `{"error": "…"}`. */
import type { ServerResponse } from 'node:http'
import { LINGER_BYTES, LINGER_CHUNK_BYTES, LINGER_MS, MAX_REASON_CHARS } from './limits.ts'
import type { AppError } from '../platform/errors.ts'
import type { Reply } from '../predict/reply.ts'

/**
 * The event of a response whose client has ended its side of the connection. The client may have gone or may still read
 * the answer. Long or endless answers end on this event.
 */
export const HUNG_UP = Symbol('hung up')

/** An answer may hold bytes of a backend or a client. A browser that opens it must run none of them. */
export const PASSIVE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** The headers of every answer that is not a page. */
export const PASSIVE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': PASSIVE_POLICY,
  'referrer-policy': 'no-referrer',
} as const

/** {@link PASSIVE} as names and values in turn, as `writeHead` takes them. */
const PASSIVE_PAIRS: readonly string[] = Object.entries(PASSIVE).flat()

/** A text as an HTTP reason phrase: printable ASCII, at most MAX_REASON_CHARS characters. */
export function reasonPhrase(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_REASON_CHARS)
}

/** The headers of the answer to a prediction, names and values in turn. */
export function replyHeaders({ contentType, retryAfter, body }: Reply): string[] {
  const headers = ['content-type', contentType, 'content-length', String(body.length), ...PASSIVE_PAIRS]
  if (retryAfter !== undefined) headers.push('retry-after', retryAfter)
  return headers
}

/**
 * Reads and drops the rest of a request's body after its answer. Closing a connection on which bytes still arrive
 * resets it, and the client would lose the answer. Ends at LINGER_MS or LINGER_BYTES.
 */
export function linger(response: ServerResponse): void {
  const request = response.req
  if (request.complete || request.destroyed) return
  let bytes = 0
  const timer = setTimeout(() => request.destroy(), LINGER_MS)
  request.on('data', (chunk: Buffer) => {
    bytes += Math.max(chunk.length, LINGER_CHUNK_BYTES)
    if (bytes > LINGER_BYTES) request.destroy()
  })
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
  // The answer is sent; an error only means that the connection has ended.
  request.on('error', () => clearTimeout(timer))
  request.resume()
}

/**
 * Sends an error as JSON with its status and its `details`. The reason phrase repeats its message: of a failed request
 * Immich logs nothing else. Does nothing where the headers are sent already or the client is gone.
 * @returns the body, for the record
 */
export function sendJsonError(
  response: ServerResponse,
  error: AppError,
  headers: Record<string, string> = {},
): Buffer {
  const body = Buffer.from(JSON.stringify({ error: error.message, ...error.details }))
  if (response.headersSent || response.destroyed) return body
  response.writeHead(error.status, reasonPhrase(error.message), {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    ...PASSIVE,
    ...headers,
  })
  response.end(body)
  linger(response)
  return body
}

/**
 * Ends an answer that was written chunk by chunk. One whose client does not read is destroyed: its end would wait for
 * the client, and hold what was written until then.
 */
export function endStream(response: ServerResponse): void {
  if (response.writableLength > 0) response.destroy()
  else response.end()
}
