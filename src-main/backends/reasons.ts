/** Why a backend did not answer, in words that a user understands. */
import { CONNECT_TIMEOUT_MS, WRITE_STALL_MS } from './limits.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import { HTTP2_ONLY_REASON, tlsReason } from './tls-reasons.ts'

/** The status with which this proxy answers a request that it has sent itself, and the reason that is shown. */
export const LOOP_STATUS = 508
export const LOOP_REASON =
  'this URL leads back to the proxy itself; give the address of a machine-learning server'

/** The reason that is shown for a model that a backend could not load; see `broken-models.ts`. */
export const MODEL_BROKEN_REASON = 'cannot load its model; restart it'

/** 508 for a request that this proxy has sent itself, or that has passed too many proxies. */
export function loopError(): AppError {
  return new AppError('LOOP', LOOP_STATUS, `Loop detected: ${LOOP_REASON}`)
}

/**
 * What went wrong: `connect`, no connection; `reset`, it ended too early; `timeout`; `answer`, an answer that cannot
 * be used; `aborted`, given up by the client.
 */
export type FailureKind = 'connect' | 'reset' | 'timeout' | 'answer' | 'aborted'

/** A request to a backend that got no usable answer. Its message is shown to users. */
export class BackendError extends Error {
  readonly kind: FailureKind
  /** The backend had begun to answer. */
  readonly answered: boolean
  /** There was a connection. */
  readonly connected: boolean
  /** Of a reset: the backend may have read the request whole, and have ended because of it. */
  readonly mayBeCause: boolean

  constructor(
    kind: FailureKind,
    message: string,
    options: { answered?: boolean; connected?: boolean; mayBeCause?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'BackendError'
    this.kind = kind
    this.answered = options.answered ?? false
    this.connected = options.connected ?? kind !== 'connect'
    this.mayBeCause = options.mayBeCause ?? kind === 'reset'
  }
}

export const CONNECT_TIMEOUT_REASON = `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`
export const WRITE_STALL_REASON = `took no byte of the request for ${WRITE_STALL_MS / 1000} s; where a VPN leads there, check its MTU`
export const TLS_PORT_REASON = 'the port speaks TLS; write https:// in the URL'

/** The beginning of what HTTP/2 answers with, each byte a character: a SETTINGS frame (RFC 9113, section 6.5). */
// eslint-disable-next-line no-control-regex -- the bytes of a frame
export const HTTP2_SETTINGS = /^\0..\x04[\0\x01]\0{4}/s
/** A TLS record with an alert (RFC 8446, section 5.1). */
// eslint-disable-next-line no-control-regex -- the bytes of a record
const TLS_ALERT = /^\x15\x03[\0-\x04]/

const CONNECT_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EADDRNOTAVAIL: 'host unreachable',
  EACCES: 'the connection is not permitted on this computer',
  EPERM: 'the connection is not permitted on this computer',
  ETIMEDOUT: CONNECT_TIMEOUT_REASON,
  UND_ERR_CONNECT_TIMEOUT: CONNECT_TIMEOUT_REASON,
}

/** The connection was closed by this program, as after a sleep. */
const OWN_CLOSE_CODES = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET', ...OWN_CLOSE_CODES])

/** What an answer is that is not HTTP/1. */
function parserReason(error: Error): string {
  const data = 'data' in error && typeof error.data === 'string' ? error.data : ''
  if (HTTP2_SETTINGS.test(data)) return HTTP2_ONLY_REASON
  return TLS_ALERT.test(data) ? TLS_PORT_REASON : 'not an HTTP answer'
}

function resetError(cause: unknown, answered: boolean, mayBeCause: boolean): BackendError {
  const reason = answered ? 'connection closed in the middle of the answer' : 'connection reset'
  return new BackendError('reset', reason, { answered, mayBeCause, cause })
}

/**
 * Translates an error of undici, Node or OpenSSL.
 * @param answered whether the status line had arrived
 * @param wasRead whether the backend may have read the request whole
 */
export function toBackendError(error: unknown, answered: boolean, wasRead = true): BackendError {
  if (error instanceof BackendError) return error
  const code = errorCode(error) ?? ''
  const tls = tlsReason(error, answered)
  if (tls !== undefined)
    return new BackendError(answered ? 'reset' : 'connect', tls, { answered, cause: error })
  const connect = CONNECT_REASONS[code]
  if (connect !== undefined && !answered) return new BackendError('connect', connect, { cause: error })
  if (RESET_CODES.has(code)) return resetError(error, answered, wasRead && !OWN_CLOSE_CODES.has(code))
  if (error instanceof Error && error.name === 'HTTPParserError')
    return new BackendError('answer', parserReason(error), { answered, cause: error })
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new BackendError('reset', 'answer shorter or longer than announced', { answered, cause: error })
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new BackendError('answer', 'answer headers too large', { answered, cause: error })
  }
  return new BackendError('connect', errorText(error), { answered, cause: error })
}
