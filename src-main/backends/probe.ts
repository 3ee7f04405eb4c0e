/** Finds out whether a port is open, and what one speaks that closes connections of plain HTTP/1.1 without an answer. */
import { isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Connector, Target } from './connector.ts'
import { HTTP2_SETTINGS } from './reasons.ts'

export type OtherProtocol = 'tls' | 'http2'

/** The connection preface of HTTP/2 with an empty SETTINGS frame (RFC 9113, section 3.4). */
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'

type Ask = (tcp: Socket, tell: (speaks: boolean) => void) => void

/** No certificate is checked: nothing is sent. */
function asksForTls(hostname: string): Ask {
  return (tcp, tell) => {
    const servername = isIP(hostname) === 0 ? { servername: hostname } : {}
    const tls = connectTls({ socket: tcp, rejectUnauthorized: false, ...servername })
    tls.once('secureConnect', () => tell(true))
    tls.on('error', () => tell(false))
  }
}

const askForHttp2: Ask = (tcp, tell) => {
  tcp.once('data', (chunk: Buffer) => tell(HTTP2_SETTINGS.test(chunk.toString('latin1'))))
  tcp.write(HTTP2_PREFACE)
}

/**
 * Asks a port on two connections of its own. Never rejects.
 * @param timeoutMs how long it may take to answer
 */
export function probePort(
  connector: Connector,
  target: Target,
  timeoutMs: number,
): Promise<OtherProtocol | undefined> {
  const ask = (how: Ask): Promise<boolean> => connectAnd(how, connector, target, timeoutMs)
  return Promise.all([ask(asksForTls(target.hostname)), ask(askForHttp2)]).then(([tls, http2]) => {
    if (tls) return 'tls'
    return http2 ? 'http2' : undefined
  })
}

/**
 * Whether a port accepts a connection, which is closed at once. Never rejects.
 * @param timeoutMs how long it may take
 */
export function acceptsConnection(connector: Connector, target: Target, timeoutMs: number): Promise<boolean> {
  return connectAnd((_tcp, tell) => tell(true), connector, target, timeoutMs)
}

/** Asks on a connection of its own; false where there is none, or no answer in time. */
function connectAnd(how: Ask, connector: Connector, target: Target, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let giveUp = (): void => undefined
    const tell = (speaks: boolean): void => {
      clearTimeout(timer)
      giveUp()
      resolve(speaks)
    }
    const timer = setTimeout(() => tell(false), timeoutMs)
    giveUp = connector.openTcp(target, (error, tcp) => {
      if (error !== null) return tell(false)
      giveUp = () => void tcp.destroy()
      tcp.once('close', () => tell(false))
      how(tcp, tell)
    })
  })
}
