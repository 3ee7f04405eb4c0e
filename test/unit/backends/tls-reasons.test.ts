import { expect, test } from 'vitest'
import { toBackendError } from '../../../src-main/backends/reasons.ts'

const RAW = '805C4883967F0000:error:0A000410:SSL routines:ssl3_read_bytes:'
const failure = (code: string, message = `${RAW}some words:../deps/openssl/x.c:1601:`): Error =>
  Object.assign(new Error(message), { code })

test.each([
  ['ERR_SSL_WRONG_VERSION_NUMBER', /^no TLS on that port/],
  ['ERR_SSL_HTTP_REQUEST', /^no TLS on that port/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /outdated version of TLS/],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', /outdated version of TLS/],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /refuses the TLS handshake/],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', /refuses the TLS handshake/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /wants a client certificate/],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', /no certificate for this host name/],
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', /^TLS handshake failed \(ERR_SSL_DECRYPTION_/],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', /^TLS handshake failed \(ERR_TLS_HANDSHAKE_TIMEOUT\)$/],
])('%s in words', (code, text) => {
  const { kind, message, answered } = toBackendError(failure(code), false)
  expect(message).toMatch(text)
  expect(message).not.toContain('routines')
  expect({ kind, answered }).toEqual({ kind: 'connect', answered: false })
})

test('EPROTO says no more than its text does', () => {
  const of = (message: string): string => toBackendError(failure('EPROTO', message), false).message
  expect(of(`write EPROTO ${RAW}wrong version number:../deps/x.c:1:`)).toMatch(/^no TLS on that port/)
  expect(of(`write EPROTO ${RAW}tlsv1 alert protocol version:../deps/x.c:1:`)).toMatch(/outdated version/)
  expect(of(`write EPROTO ${RAW}tlsv1 alert internal error:../deps/x.c:1:`)).toBe(
    'TLS handshake failed (ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR)',
  )
  expect(of('write EPROTO')).toBe('TLS handshake failed (EPROTO)')
})

test('in the middle of an answer it is a connection that broke', () => {
  const error = toBackendError(failure('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'), true)
  expect(error).toMatchObject({ kind: 'reset', answered: true })
  expect(error.message).toBe(
    'TLS failed in the middle of the answer (ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC)',
  )
})
