/** How connections to a backend are opened: within the time limit, with its certificate settings. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { buildConnector } from 'undici'
import { MAX_CA_CHARS } from '../../src-shared/limits.ts'
import { CONNECT_TIMEOUT_MS, WRITE_BUFFER_BYTES } from './limits.ts'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { BackendError, CONNECT_TIMEOUT_REASON } from './reasons.ts'

/** The content of a file that can only be a certificate: no device or pipe, which would never end. */
function readCaFile(file: string): string {
  const stats = statSync(file)
  if (!stats.isFile()) throw new Error('it is not a file')
  if (stats.size > MAX_CA_CHARS) throw new Error(`it is larger than ${MAX_CA_CHARS / 1024} KB`)
  return readFileSync(file, 'utf8')
}

/** The PEM text itself, or the content of the file that is named. Throws where it is no certificate. */
function readCa(ca: string): string {
  const pem = ca.includes('-----BEGIN') ? ca : readCaFile(ca.trim())
  try {
    new X509Certificate(pem)
  } catch {
    // OpenSSL's own words say nothing to a user.
    throw new Error('it is not a PEM certificate')
  }
  return pem
}

/**
 * The connector of a backend. undici's own time limit is only good to half a second, so it is off.
 * @throws {Error} when the file of a CA cannot be read or is no certificate
 */
export function connectorFor(tls: BackendConfig['tls']): buildConnector.connector {
  const ca = tls?.ca === undefined || tls.ca.trim() === '' ? undefined : readCa(tls.ca)
  // undici hands on what it does not know itself to net.connect.
  const settings: buildConnector.BuildOptions & { highWaterMark: number } = {
    timeout: 0,
    // A photo's pieces are written without waiting for the first to drain; they are in memory anyway.
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
    // A failure of TLS 1.3 may come after the handshake; the end that follows would be taken for the reason.
    if (socket instanceof Socket) socket.once('error', () => socket.destroy())
    const timer = setTimeout(() => {
      if (socket instanceof Socket) socket.destroy(new BackendError('connect', CONNECT_TIMEOUT_REASON))
    }, CONNECT_TIMEOUT_MS)
    return socket
  }
}
