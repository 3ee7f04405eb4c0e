/** The listening socket: limits at the door, and an end that lets requests in flight finish. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  LAST_PRIVILEGED_PORT,
  MAX_HEADER_BYTES,
  TCP_PROBE_AFTER_MS,
} from './limits.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import { sendJsonError } from '../http/answer.ts'
import { Closing } from './closing.ts'
import { limitConnections } from './connection-limit.ts'
import { createPredictListener, isPredict, type PredictDeps } from '../http/predict.ts'
import { isWildcard, foreignListenerAnswers } from './port-conflict.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** For tests that cannot wait for the real limits. */
export interface ConnectionLimits {
  readonly connections?: number | undefined
  readonly headersTimeoutMs?: number | undefined
  readonly keepAliveMs?: number | undefined
}

/** A server that listens. */
export interface Listener {
  /** Where it listens; the port that was given by the system where 0 was asked for. */
  readonly address: Address
  /** Whether another program answers on this computer in our place. */
  foreignListenerAnswers(): Promise<boolean>
  /**
   * Takes no new connections, ends event streams, waits for requests in flight, and cuts off what is left after
   * `graceMs`. A second call can only shorten that.
   */
  close(graceMs: number): Promise<void>
}

function portTaken(port: number): AppError {
  return new AppError(
    'PORT_TAKEN',
    409,
    `Port ${port} is already taken by another program; choose another with --port=PORT`,
  )
}

/** Small ports belong to the administrator; of the others Windows sets whole ranges aside, as for Hyper-V. */
function portDenied(port: number): AppError {
  const why =
    port <= LAST_PRIVILEGED_PORT
      ? `may not be used by this user; choose one above ${LAST_PRIVILEGED_PORT}`
      : 'is set aside by this system; choose another'
  return new AppError('PORT_DENIED', 409, `Port ${port} ${why} with --port=PORT`)
}

function listenError(error: unknown, { host, port }: Address): AppError {
  const code = errorCode(error)
  if (code === 'EADDRINUSE') return portTaken(port)
  if (code === 'EACCES') return portDenied(port)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AppError(
      'HOST_UNKNOWN',
      409,
      `${host} is not an address of this computer; choose another with --host=HOST`,
    )
  }
  return new AppError('LISTEN', 409, `Cannot listen on ${host}:${port}: ${errorText(error)}`)
}

const NOT_A_PATH = new AppError('NOT_A_PATH', 400, 'The target of a request must be a path, such as /config')

/** Whether a request's target is a path (or the `*` of OPTIONS): Express fails on some whole URLs. */
function isPath(target = ''): boolean {
  return target.startsWith('/') || target === '*'
}

/** Takes the address, and resolves with the port: the one that was given by the system where 0 was asked for. */
function bind(server: Server, address: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, address))
    server.once('error', onError)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', onError)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/**
 * Listens on an address.
 * @throws {AppError} PORT_TAKEN, PORT_DENIED, HOST_UNKNOWN or LISTEN
 */
export async function listen(
  address: Address,
  app: RequestListener,
  predict: PredictDeps,
  limits: ConnectionLimits = {},
): Promise<Listener> {
  const onPredict = createPredictListener(predict)
  /**
   * The answer to the latest request of each open connection: while the server closes, those that are not sent yet tell
   * the client to take another connection. By connection, as a set of all answers would change with every request.
   */
  const latestAnswers = new Map<Socket, ServerResponse>()
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    latestAnswers.set(request.socket, response)
    if (isPredict(request)) onPredict(request, response)
    else if (isPath(request.url)) app(request, response)
    else sendJsonError(response, NOT_A_PATH)
  }
  const headersTimeout = limits.headersTimeoutMs ?? HEADERS_TIMEOUT_MS
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout,
    // A late 408 hurts nobody, but a look at the connections each second was most of what an idle proxy did.
    connectionsCheckingInterval: Math.ceil(headersTimeout / 2),
    // Bodies have a time-out of their own, by silence and not by duration.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs ?? KEEP_ALIVE_MS,
    // An event stream whose browser lost its network is never idle: the system finds out that nobody is there.
    keepAlive: true,
    keepAliveInitialDelay: TCP_PROBE_AFTER_MS,
  })
  limitConnections(server, limits.connections)
  server.on('connection', (socket) => {
    socket.once('close', () => latestAnswers.delete(socket))
  })
  server.on('request', onRequest)
  const port = await bind(server, address)
  let closing: Closing | undefined
  const listener: Listener = {
    address: { host: address.host, port },
    foreignListenerAnswers: () =>
      isWildcard(address.host) ? foreignListenerAnswers(server, port) : Promise.resolve(false),
    close: (graceMs) => (closing ??= new Closing(server, latestAnswers)).within(graceMs),
  }
  if (await listener.foreignListenerAnswers()) {
    await listener.close(0)
    throw portTaken(port)
  }
  return listener
}
