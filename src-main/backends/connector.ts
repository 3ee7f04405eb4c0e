/** Opens connections to a backend, within CONNECT_TIMEOUT_MS and with its TLS settings. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { buildConnector } from 'undici'
import { MAX_CA_CHARS } from '../../src-shared/limits.ts'
import { CONNECT_TIMEOUT_MS, WRITE_BUFFER_BYTES } from './limits.ts'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { BackendError, CONNECT_TIMEOUT_REASON } from './reasons.ts'

/**
 * The content of a CA file. Only a regular file of limited size is read: a device or a pipe could be read without
 * end.
 */
function readCaFile(file: string): string {
  const stats = statSync(file)
  if (!stats.isFile()) throw new Error('it is not a file')
  if (stats.size > MAX_CA_CHARS) throw new Error(`it is larger than ${MAX_CA_CHARS / 1024} KB`)
  return readFileSync(file, 'utf8')
}

/**
 * The certificate that `tls.ca` means: the PEM text itself, or the content of the file that it names.
 * @throws {Error} where it cannot be read or is not a certificate
 */
function readCa(ca: string): string {
  const pem = ca.includes('-----BEGIN') ? ca : readCaFile(ca.trim())
  try {
    new X509Certificate(pem)
  } catch {
    // OpenSSL's message would not help a user.
    throw new Error('it is not a PEM certificate')
  }
  return pem
}

/**
 * The connector of a backend. undici's own time limit is off: it is only precise to half a second.
 * @throws {Error} where `tls.ca` cannot be read or is not a certificate
 */
export function connectorFor(tls: BackendConfig['tls']): buildConnector.connector {
  const ca = tls?.ca === undefined || tls.ca.trim() === '' ? undefined : readCa(tls.ca)
  // undici passes options that it does not know to net.connect.
  const settings: buildConnector.BuildOptions & { highWaterMark: number } = {
    timeout: 0,
    // A whole image is written without waiting for the socket to drain: it is in memory anyway.
    highWaterMark: WRITE_BUFFER_BYTES,
    autoSelectFamily: true,
    rejectUnauthorized: tls?.rejectUnauthorized ?? true,
    ...(ca === undefined ? {} : { ca }),
  }
  const connect = buildConnector(settings)
  // undici returns the socket, although its types do not say so.
  const connectSocket: (...args: Parameters<typeof connect>) => unknown = connect
  return (options, callback) => {
    const socket = connectSocket(options, (...result) => {
      clearTimeout(timer)
      callback(...result)
    })
    // TLS 1.3 can fail after the handshake. Without this, the closed connection that follows would be taken for the
    // cause.
    if (socket instanceof Socket) socket.once('error', () => socket.destroy())
    const timer = setTimeout(() => {
      if (socket instanceof Socket) socket.destroy(new BackendError('connect', CONNECT_TIMEOUT_REASON))
    }, CONNECT_TIMEOUT_MS)
    return socket
  }
}
