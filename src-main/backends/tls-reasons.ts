/** Why TLS with a backend failed, in words that name what to do; OpenSSL's messages do not. Pure. */
import { isIP } from 'node:net'
import { errorCode, errorText } from '../platform/errors.ts'

export const HTTP2_ONLY_REASON =
  'the backend speaks HTTP/2 only; let it, or the reverse proxy before it, speak HTTP/1.1 too'

const TRUST = 'give its CA in tls.ca, or set tls.rejectUnauthorized to false'
const UNKNOWN_AUTHORITY = `certificate is signed by an unknown authority; ${TRUST}`

const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `certificate is self-signed; ${TRUST}`,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'certificate has expired; renew it on the backend',
  CERT_NOT_YET_VALID: 'certificate is not valid yet; check the clocks of both machines',
}

/** Characters of a certificate's names that are shown. */
const SHOWN_NAMES_CHARS = 200

/** Why a certificate does not belong to the host. Node looks at the CN only for a host name and where there is no SAN. */
function hostReason(error: unknown): string {
  const { host = '', cert } = error as { host?: string; cert?: { subjectaltname?: string } }
  const names = cert?.subjectaltname
  if (names !== undefined) {
    const shown = names.slice(0, SHOWN_NAMES_CHARS)
    return `certificate is for another host name; use one that it was made for (${shown}) in the URL`
  }
  const wanted = `subjectAltName=${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`
  return `certificate names no host (it has no subjectAltName); make one with ${wanted}, or set tls.rejectUnauthorized to false`
}

/** Reasons by parts of OpenSSL's codes. Each failure has several codes, by the version of TLS and of OpenSSL. */
const HANDSHAKE_REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/,
    'no TLS on that port; use http:// or another port',
  ],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|INAPPROPRIATE_FALLBACK|VERSION_TOO_LOW/,
    'the backend speaks an outdated version of TLS only; let it speak TLS 1.2 or newer',
  ],
  [
    /CERTIFICATE_REQUIRED|PEER_DID_NOT_RETURN_A_CERTIFICATE/,
    'the backend wants a client certificate, which the proxy does not have; let it want a header instead',
  ],
  [/NO_APPLICATION_PROTOCOL/, HTTP2_ONLY_REASON],
  [/UNRECOGNIZED_NAME/, 'the backend has no certificate for this host name; use the name it was made for'],
  [
    /HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS|INSUFFICIENT_SECURITY/,
    'the backend refuses the TLS handshake; check that it has a certificate, allows current ciphers, and wants no client certificate',
  ],
]

const TLS_CODE = /^(?:ERR_(?:SSL|OSSL|TLS)_|EPROTO$)/

/** OpenSSL's code. Where Node reports the system's EPROTO instead, the code is in the message. */
function opensslCode(error: unknown, code: string): string {
  if (code !== 'EPROTO') return code
  const reason = /SSL routines:[^:]*:([^:]+)/.exec(errorText(error))?.[1]
  return reason === undefined ? code : `ERR_SSL_${reason.trim().toUpperCase().replaceAll(/\W+/g, '_')}`
}

/**
 * The reason behind an error of TLS; undefined for an error of another kind.
 * @param answered whether the status line had arrived
 */
export function tlsReason(error: unknown, answered: boolean): string | undefined {
  const code = errorCode(error) ?? ''
  const certificate = CERTIFICATE_REASONS[code]
  if (certificate !== undefined) return certificate
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return hostReason(error)
  if (!TLS_CODE.test(code)) return undefined
  const known = opensslCode(error, code)
  if (answered) return `TLS failed in the middle of the answer (${known})`
  const reason = HANDSHAKE_REASONS.find(([pattern]) => pattern.test(known))?.[1]
  return reason ?? `TLS handshake failed (${known})`
}
