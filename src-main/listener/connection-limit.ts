/** What is refused before there is a request: broken HTTP, headers that never end, too many connections. */
import { STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { RETRY_AFTER_SECONDS } from '../predict/limits.ts'
import { MAX_CONNECTIONS, MAX_HEADER_BYTES } from './limits.ts'
import { errorCode } from '../platform/errors.ts'
import { PASSIVE } from '../http/answer.ts'

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

/** A whole answer as text, for a connection that has no response object. */
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

function refuse(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  // What ends this connection now is the other side's business.
  socket.on('error', () => socket.destroy())
  socket.end(rawAnswer(refusal), () => socket.destroy())
}

/** Answers broken requests and connections over the limit with a JSON error, where an answer can still be sent. */
export function limitConnections(server: Server, maxConnections = MAX_CONNECTIONS): void {
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.once('close', () => open--)
    if (open > maxConnections) refuse(socket, TOO_MANY)
  })
  server.on('clientError', (error: Error, stream) => {
    const code = errorCode(error)
    // Reset by the client: nobody is there to read an answer.
    if (code === 'ECONNRESET') stream.destroy()
    else refuse(stream, REFUSALS[code ?? ''] ?? NOT_HTTP)
  })
}
