/**
 * The connection limit, and answers to connections on which no valid request came: broken HTTP, slow or large
 * headers.
 */
import { STATUS_CODES, type Server } from 'node:http'
import { Socket } from 'node:net'
import { RETRY_AFTER_SECONDS } from '../predict/limits.ts'
import { MAX_CONNECTIONS, MAX_HEADER_BYTES } from './limits.ts'
import { errorCode } from '../platform/errors.ts'
import { PASSIVE } from '../http/answer.ts'
import type { Connections } from './connections.ts'

interface Refusal {
  readonly status: number
  readonly error: string
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, error: `The headers are larger than ${MAX_HEADER_BYTES / 1024} KB` },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, error: 'The headers did not arrive in time' },
}

const NOT_HTTP: Refusal = { status: 400, error: 'This is not a valid HTTP request' }

const TOO_MANY: Refusal = {
  status: 503,
  error: `More than ${MAX_CONNECTIONS} connections are open; try again later`,
}

const PASSIVE_LINES = Object.entries(PASSIVE).map(([name, value]) => `${name}: ${value}`)

/** A complete HTTP answer as text, for a connection without a response object. */
function rawAnswer({ status, error }: Refusal): string {
  const body = JSON.stringify({ error })
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    ...PASSIVE_LINES,
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? [`retry-after: ${RETRY_AFTER_SECONDS}`] : []),
    '',
    body,
  ].join('\r\n')
}

function refuse(socket: Socket, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  // The connection ends in any case; an error on it (a reset by the client) needs no further action.
  socket.on('error', () => socket.destroy())
  socket.end(rawAnswer(refusal), () => socket.destroy())
}

/**
 * Refuses connections over the limit with 503, and requests that Node cannot parse with 400, 408 or 431. The answer is
 * JSON, `{"error": "…"}`; where it cannot be sent any more the connection is destroyed. Requests that came before on the
 * same connection are answered first.
 */
export function limitConnections(
  server: Server,
  connections: Connections,
  maxConnections = MAX_CONNECTIONS,
): void {
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.once('close', () => open--)
    if (open > maxConnections) refuse(socket, TOO_MANY)
  })
  server.on('clientError', (error: Error, stream) => {
    const code = errorCode(error)
    // The types say Duplex; a server of TCP has no other streams than sockets.
    if (!(stream instanceof Socket)) {
      stream.destroy()
      return
    }
    // The client reset the connection and reads no answer.
    if (code === 'ECONNRESET') stream.destroy()
    else connections.refuse(stream, () => refuse(stream, REFUSALS[code ?? ''] ?? NOT_HTTP))
  })
}
