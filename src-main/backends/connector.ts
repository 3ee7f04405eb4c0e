/** How connections to a backend are opened: within the time limit, with its certificate settings. */
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { buildConnector } from 'undici'
import { CONNECT_TIMEOUT_MS, WRITE_BUFFER_BYTES } from '../defaults.ts'
import type { BackendConfig } from '../settings/schema.ts'
import { BackendError, CONNECT_TIMEOUT_REASON } from './reasons.ts'

/** The PEM text itself, or the content of the file that is named. */
function readCa(ca: string): string {
  return ca.includes('-----BEGIN') ? ca : readFileSync(ca.trim(), 'utf8')
}

/**
 * The connector of a backend. undici's own time limit is only good to half a second, so it is off.
 * @throws {Error} when the file of a CA cannot be read
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
    const timer = setTimeout(() => {
      if (socket instanceof Socket) socket.destroy(new BackendError('connect', CONNECT_TIMEOUT_REASON))
    }, CONNECT_TIMEOUT_MS)
    return socket
  }
}
