/**
 * Opens connections to one backend: looks its addresses up, tries several at the same time, and does the TLS handshake.
 */
import { connect as connectTcp, Socket, type TcpNetConnectOpts } from 'node:net'
import type { buildConnector as Connectors } from 'undici'
import { buildConnector } from '../platform/undici.ts'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { AddressMemory } from './address-memory.ts'
import { readCa } from './ca.ts'
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_PROBE_MS, WRITE_BUFFER_BYTES } from './limits.ts'
import type { Address } from './lookups.ts'
import { race } from './race.ts'
import { BackendError, CONNECT_TIMEOUT_REASON } from './reasons.ts'
import { lateNameReason, type Resolver } from './resolver.ts'

/** A connection that is open. */
export interface Opened {
  /** What requests are written to: the TCP socket itself, or TLS upon it. */
  readonly socket: Socket
  readonly tcp: Socket
}

export type OpenCallback = (...result: [error: null, opened: Opened] | [error: Error, opened: null]) => void

export type Target = Pick<Connectors.Options, 'hostname' | 'host' | 'protocol' | 'port' | 'servername'>

type TcpCallback = (...result: [error: null, tcp: Socket] | [error: Error, tcp: null]) => void

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

function startTcp({ address, family }: Address, port: number, end: (error?: Error) => void): Socket {
  const options: TcpNetConnectOpts & { highWaterMark: number } = {
    host: address,
    family,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
    // A whole image is written without waiting for the socket to drain: it is in memory anyway.
    highWaterMark: WRITE_BUFFER_BYTES,
  }
  const socket = connectTcp(options)
  socket.once('connect', () => end())
  // Stays for the socket's whole life: an error event without a listener would end the program.
  socket.on('error', end)
  return socket
}

/** Owns the memory of one backend's addresses. The caller closes a connection that it gets. */
export class Connector {
  readonly #resolver: Resolver
  readonly #memory = new AddressMemory()
  readonly #handshake: Connectors.connector
  /** TLS handshakes that have not ended. */
  #handshakes = 0

  /** @throws {Error} where `tls.ca` cannot be read or is not a certificate */
  constructor(tls: BackendConfig['tls'], resolver: Resolver) {
    const ca = tls?.ca === undefined || tls.ca.trim() === '' ? undefined : readCa(tls.ca)
    // undici passes options that it does not know to tls.connect.
    const settings: Connectors.BuildOptions & { highWaterMark: number } = {
      // Off: it is only precise to half a second, and `open` has a limit for everything.
      timeout: 0,
      highWaterMark: WRITE_BUFFER_BYTES,
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
      ...(ca === undefined ? {} : { ca }),
    }
    this.#resolver = resolver
    this.#handshake = buildConnector(settings)
  }

  /** Whether the machine has accepted a connection and TLS is not done yet. */
  get isSecuring(): boolean {
    return this.#handshakes > 0
  }

  /** Opens a connection, with TLS where the protocol is `https:`, within CONNECT_TIMEOUT_MS. */
  open(target: Target, callback: OpenCallback): void {
    let giveUp = (): void => undefined
    const end: OpenCallback = (...result) => {
      clearTimeout(timer)
      callback(...result)
    }
    const timer = setTimeout(() => {
      giveUp()
      callback(new BackendError('connect', this.#lateReason(target.hostname)), null)
    }, CONNECT_TIMEOUT_MS)
    giveUp = this.openTcp(target, (error, tcp) => {
      if (error !== null) end(error, null)
      else if (target.protocol !== 'https:') end(null, { socket: tcp, tcp })
      else giveUp = this.#secure(target, tcp, end)
    })
  }

  /**
   * Opens a TCP connection, without a time limit.
   * @returns a function that gives it up; the callback is not called any more
   */
  openTcp({ hostname, protocol, port }: Target, callback: TcpCallback): () => void {
    let isOver = false
    let endRace = (): void => undefined
    const begin = (addresses: readonly Address[]): void => {
      if (isOver) return
      endRace = race({
        addresses: this.#memory.order(addresses, performance.now()),
        start: (address, end) => startTcp(address, Number(port || DEFAULT_PORTS[protocol]), end),
        onConnected: (tcp, address) => {
          this.#memory.connected(address)
          callback(null, tcp)
        },
        onFailed: (error) => callback(error, null),
        onAddressFailed: (address) => this.#memory.failed(address, performance.now()),
      })
    }
    this.#resolver.resolve(hostname).then(begin, (error: unknown) => {
      if (!isOver) callback(error instanceof Error ? error : new Error(String(error)), null)
    })
    return () => {
      isOver = true
      endRace()
    }
  }

  /** Does the TLS handshake on a TCP connection. Returns a function that gives it up. */
  #secure(target: Target, tcp: Socket, callback: OpenCallback): () => void {
    let isOver = false
    this.#handshakes++
    const end = (): void => {
      isOver = true
      this.#handshakes--
    }
    // undici returns the socket, although its types do not say so.
    const handshake: (...args: Parameters<Connectors.connector>) => unknown = this.#handshake
    const secured = handshake({ ...target, httpSocket: tcp }, (error, socket) => {
      if (isOver) return
      end()
      if (error === null) return callback(null, { socket, tcp })
      tcp.destroy()
      callback(error, null)
    })
    // TLS 1.3 can fail after the handshake. Without this, the closed connection that follows would be taken for the
    // cause.
    if (secured instanceof Socket) secured.once('error', () => secured.destroy())
    return () => {
      if (!isOver) end()
      if (secured instanceof Socket) secured.destroy()
      tcp.destroy()
    }
  }

  #lateReason(hostname: string): string {
    if (this.#resolver.isUnresolved(hostname)) return lateNameReason(hostname, CONNECT_TIMEOUT_MS)
    return CONNECT_TIMEOUT_REASON
  }
}
