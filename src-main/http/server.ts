/** The listening socket: limits at the door, and an end that lets requests in flight finish. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CHECK_CONNECTIONS_EVERY_MS,
  CLOSE_IDLE_EVERY_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  MAX_HEADER_BYTES,
  TCP_PROBE_AFTER_MS,
} from '../defaults.ts'
import { AppError, errorCode, errorText } from '../errors.ts'
import { guardDoor } from './door.ts'
import { createPredictListener, isPredict, type PredictDeps } from './predict.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** For tests that cannot wait for the real limits. */
export interface DoorLimits {
  readonly connections?: number | undefined
  readonly headersTimeoutMs?: number | undefined
  readonly keepAliveMs?: number | undefined
}

/** A server that listens. */
export interface Listener {
  /** Where it listens; the port that was given by the system where 0 was asked for. */
  readonly address: Address
  /**
   * Takes no new connections, ends event streams, waits for requests in flight, and cuts off what is left after
   * `graceMs`. A second call can only shorten that.
   */
  close(graceMs: number): Promise<void>
}

function listenError(error: unknown, { host, port }: Address): AppError {
  const code = errorCode(error)
  if (code === 'EADDRINUSE') {
    return new AppError(
      'PORT_TAKEN',
      409,
      `Port ${port} is already taken by another program; choose another with --port=PORT`,
    )
  }
  if (code === 'EACCES') {
    return new AppError(
      'PORT_DENIED',
      409,
      `Port ${port} may not be used by this user; choose one above 1023 with --port=PORT`,
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AppError(
      'HOST_UNKNOWN',
      409,
      `${host} is not an address of this computer; choose another with --host=HOST`,
    )
  }
  return new AppError('LISTEN', 409, `Cannot listen on ${host}:${port}: ${errorText(error)}`)
}

/** A stream lasts as long as its browser wants; the browser opens another one where this ends. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream')
}

/** The end of a server: of what is idle at once, of the rest when it is done or the time is over. */
class Closing {
  readonly ended: Promise<void>
  readonly #server: Server
  #cutOff: NodeJS.Timeout | undefined
  /** On the monotonic clock, milliseconds. */
  #cutOffAt = Infinity

  constructor(server: Server, open: ReadonlySet<ServerResponse>) {
    this.#server = server
    const closeIdle = (): void => {
      for (const response of open) {
        if (!response.headersSent) response.shouldKeepAlive = false
        else if (isEventStream(response)) response.end()
      }
      server.closeIdleConnections()
    }
    closeIdle()
    const timer = setInterval(closeIdle, CLOSE_IDLE_EVERY_MS)
    this.ended = new Promise((resolve) => {
      server.close(() => {
        clearInterval(timer)
        clearTimeout(this.#cutOff)
        resolve()
      })
    })
  }

  within(graceMs: number): Promise<void> {
    const cutOffAt = performance.now() + graceMs
    if (cutOffAt < this.#cutOffAt) {
      this.#cutOffAt = cutOffAt
      clearTimeout(this.#cutOff)
      this.#cutOff = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    }
    return this.ended
  }
}

/**
 * Listens on an address.
 * @throws {AppError} PORT_TAKEN, PORT_DENIED, HOST_UNKNOWN or LISTEN
 */
export async function listen(
  address: Address,
  app: RequestListener,
  predict: PredictDeps,
  limits: DoorLimits = {},
): Promise<Listener> {
  const onPredict = createPredictListener(predict)
  /** Answers that are not sent yet: once the server closes they tell the client to take another connection. */
  const open = new Set<ServerResponse>()
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    open.add(response)
    response.once('close', () => open.delete(response))
    if (isPredict(request)) onPredict(request, response)
    else app(request, response)
  }
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
    // Bodies have a time-out of their own, by silence and not by duration.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs ?? KEEP_ALIVE_MS,
    // An event stream whose browser lost its network is never idle: the system finds out that nobody is there.
    keepAlive: true,
    keepAliveInitialDelay: TCP_PROBE_AFTER_MS,
    connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
  })
  guardDoor(server, limits.connections)
  server.on('request', onRequest)
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, address))
    server.once('error', onError)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', onError)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  let closing: Closing | undefined
  return {
    address: { host: address.host, port },
    close: (graceMs) => (closing ??= new Closing(server, open)).within(graceMs),
  }
}
