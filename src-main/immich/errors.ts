/** The errors of calls to Immich's API, as sentences for the user. They repeat no text of an answer. */
import { AppError, errorCode } from '../platform/errors.ts'
import { IMMICH_CONNECT_TIMEOUT_MS } from './limits.ts'

export type ImmichErrorCode =
  | 'IMMICH_KEY_WRONG'
  | 'IMMICH_NO_ADMIN'
  | 'IMMICH_PERMISSION_MISSING'
  | 'IMMICH_UNREACHABLE'
  | 'IMMICH_TIMEOUT'
  | 'IMMICH_TOO_OLD'
  | 'IMMICH_NOT_IMMICH'
  | 'IMMICH_FAILED'
  | 'IMMICH_BUSY'
  | 'IMMICH_NO_QUEUE'

/** A call of Immich's API that failed. Its message holds nothing of what was sent, and of the answer the status alone. */
export class ImmichError extends AppError {
  declare readonly code: ImmichErrorCode
  /** The permission that the key lacks, where that is the reason. */
  readonly permission: string | undefined
  /** Immich may have done what it was asked, although no answer came. */
  readonly mayHaveActed: boolean

  constructor(
    code: ImmichErrorCode,
    message: string,
    options: { status?: number; permission?: string; mayHaveActed?: boolean } = {},
  ) {
    super(code, options.status ?? 502, message)
    this.name = 'ImmichError'
    this.permission = options.permission
    this.mayHaveActed = options.mayHaveActed ?? false
  }
}

const CONNECT_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found (the name server does not answer)',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: `no connection within ${IMMICH_CONNECT_TIMEOUT_MS / 1000} s`,
  UND_ERR_CONNECT_TIMEOUT: `no connection within ${IMMICH_CONNECT_TIMEOUT_MS / 1000} s`,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks http there; write http:// in immich.url',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it speaks http there; write http:// in immich.url',
}

/** Codes after which a request may have arrived. */
const AFTER_SENDING = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
])

/** The error of a call that got no answer. */
export function unreachable(error: unknown): ImmichError {
  const code = errorCode(error) ?? ''
  const isSent = AFTER_SENDING.has(code)
  const reason = isSent
    ? 'the connection was closed before an answer'
    : (CONNECT_REASONS[code] ?? 'no HTTP answer')
  return new ImmichError(
    'IMMICH_UNREACHABLE',
    `Immich cannot be reached (${reason}); is it running, and is immich.url right?`,
    { mayHaveActed: isSent },
  )
}

export function timedOut(ms: number): ImmichError {
  return new ImmichError('IMMICH_TIMEOUT', `Immich did not answer within ${ms / 1000} s; it is asked again`, {
    status: 504,
    mayHaveActed: true,
  })
}

export function notImmich(what: string): ImmichError {
  return new ImmichError(
    'IMMICH_NOT_IMMICH',
    `What answers at immich.url is no Immich that is known here (${what}); write its own address, for example http://nas:2283`,
  )
}

export function tooOld(what: string): ImmichError {
  return new ImmichError(
    'IMMICH_TOO_OLD',
    `This Immich is older than what is known here (${what} is missing); update Immich, or set immich.guard to "off"`,
  )
}

/** How Immich names a permission that a key lacks (`auth.service.ts`, v1.113 to v3). */
const PERMISSION_MISSING = /^Missing required permission: ([a-zA-Z]{1,40}\.[a-zA-Z]{1,40}|all)$/

/** The error of an answer with a status of 400 and above. */
export function refused(status: number, message: string, call: string): ImmichError {
  if (status === 401) {
    return new ImmichError(
      'IMMICH_KEY_WRONG',
      'Immich does not know the API key; make a new one in Immich as an admin (Account Settings, API Keys) and enter it',
    )
  }
  if (status === 403) {
    const permission = PERMISSION_MISSING.exec(message)?.[1]
    if (permission === undefined) {
      return new ImmichError(
        'IMMICH_NO_ADMIN',
        'The API key is not one of an Immich admin; make one while logged in as an admin, and enter it',
      )
    }
    return new ImmichError(
      'IMMICH_PERMISSION_MISSING',
      `Missing required permission: ${permission}; give the API key this permission in Immich (Account Settings, API Keys)`,
      { permission },
    )
  }
  if (status === 400 && /already running/i.test(message)) {
    return new ImmichError(
      'IMMICH_BUSY',
      'A job of this queue is at work in Immich; try again when it has ended',
      {
        status: 409,
      },
    )
  }
  if (status === 400)
    return new ImmichError('IMMICH_NO_QUEUE', `This Immich does not take ${call}; update Immich`)
  return new ImmichError('IMMICH_FAILED', `Immich answered ${status} to ${call}; see its log`)
}
