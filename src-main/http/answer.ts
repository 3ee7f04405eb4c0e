/** Error answers in the one shape that all calls share. */
import type { ServerResponse } from 'node:http'
import { LINGER_BYTES, LINGER_MS, MAX_REASON_CHARS } from './limits.ts'
import type { AppError } from '../platform/errors.ts'
import type { Reply } from '../predict/reply.ts'

/** Whatever a backend or a client made of it: a browser that was led here shows it without running anything. */
export const PASSIVE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** Headers of every answer that is no page. */
export const PASSIVE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': PASSIVE_POLICY,
  'referrer-policy': 'no-referrer',
} as const

/** The same, names and values in turn. */
const PASSIVE_PAIRS: readonly string[] = Object.entries(PASSIVE).flat()

/** A text as a reason phrase: printable ASCII, short. */
export function reasonPhrase(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_REASON_CHARS)
}

/** The headers of the answer to a prediction, names and values in turn. */
export function replyHeaders({ contentType, retryAfter, body }: Reply): string[] {
  const headers = ['content-type', contentType, 'content-length', String(body.length), ...PASSIVE_PAIRS]
  if (retryAfter !== undefined) headers.push('retry-after', retryAfter)
  return headers
}

/** Reads on what is still coming, within limits: closing at once would lose the answer on its way. */
export function linger(response: ServerResponse): void {
  const request = response.req
  if (request.complete || request.destroyed) return
  let bytes = 0
  const timer = setTimeout(() => request.destroy(), LINGER_MS)
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > LINGER_BYTES) request.destroy()
  })
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
  // What ends the connection here is ours or the client's giving up; there is nothing left to answer.
  request.on('error', () => clearTimeout(timer))
  request.resume()
}

/** Sends `{"error": …}` with the error's status and details; the reason phrase says it in short. */
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
