/**
 * The HTTP server of one address. It sends `POST /predict` to the prediction listener and everything else to Express,
 * limits headers and connections, and finishes requests in flight when it closes.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ACCEPT_ERROR_EVERY_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  LAST_PRIVILEGED_PORT,
  MAX_HEADER_BYTES,
  TCP_PROBE_AFTER_MS,
} from './limits.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { sendJsonError } from '../http/answer.ts'
import { Closing, type Patience } from './closing.ts'
import { Connections } from './connections.ts'
import { limitConnections } from './connection-limit.ts'
import { isPredict } from '../http/predict.ts'
import { isWildcard, foreignListenerAnswers } from './port-conflict.ts'
import { UntakenAnswers, type UntakenLimits } from './untaken-answers.ts'

/** Where to listen. */
export interface ListenAddress {
  /** An address of this computer or a name of one; `0.0.0.0` and `::` stand for all. */
  readonly host: string
  /** 0 stands for any free port. */
  readonly port: number
}

/** Limits that tests shorten; the defaults of `limits.ts` where they are absent. */
export interface ConnectionLimits extends UntakenLimits {
  readonly connections?: number | undefined
  /** Milliseconds for the headers of one request. */
  readonly headersTimeoutMs?: number | undefined
  /** Milliseconds for which an idle connection is kept open. */
  readonly keepAliveMs?: number | undefined
}

/** Who answers the requests of a server. */
export interface RequestHandlers {
  /** Answers `POST /predict`. */
  readonly onPredict: RequestListener
  /** Answers everything else. */
  readonly app: RequestListener
  readonly log: Logger
}

/** A server that listens on one address. */
export interface ListeningServer {
  /** Where it listens. The port is the one that the system chose where 0 was asked for. */
  readonly address: ListenAddress
  /** Whether another program on this computer answers at this address. False where the host is no wildcard. */
  foreignListenerAnswers(): Promise<boolean>
  /**
   * Accepts no new connections, ends event streams, waits for requests in flight, and destroys the connections that are
   * left after `graceMs` milliseconds. A second call can only shorten the wait. The promise never rejects.
   * @param patience how long idle connections stay and new ones are accepted; 0 both where it is absent
   */
  close(graceMs: number, patience?: Omit<Patience, 'graceMs'>): Promise<void>
}

function portTaken(port: number): AppError {
  return new AppError(
    'PORT_TAKEN',
    409,
    `Port ${port} is already taken by another program; choose another with --port=PORT`,
  )
}

/**
 * EACCES: ports up to 1023 need an administrator's rights; of the others Windows reserves ranges, for Hyper-V for
 * example.
 */
function portDenied(port: number): AppError {
  const why =
    port <= LAST_PRIVILEGED_PORT
      ? `may not be used by this user; choose one above ${LAST_PRIVILEGED_PORT}`
      : 'is reserved by this system; choose another'
  return new AppError('PORT_DENIED', 409, `Port ${port} ${why} with --port=PORT`)
}

function listenError(error: unknown, { host, port }: ListenAddress): AppError {
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

const AT_ONCE = { idleMs: 0, acceptMs: 0 }

const NOT_A_PATH = new AppError('NOT_A_PATH', 400, 'The target of a request must be a path, such as /config')

const NO_HOST = new AppError('NO_HOST', 400, 'The request has no Host header; HTTP/1.1 requires one')

const UNKNOWN_EXPECTATION = new AppError(
  'EXPECTATION',
  417,
  'The request has an Expect header other than 100-continue; leave it out',
)

/** As Node recognises it; it has sent 100 Continue before it hands the request over. */
const KNOWN_EXPECTATION = /(?:^|\W)100-continue(?:$|\W)/i

/** Whether a request's target is a path, or the `*` of OPTIONS. Express throws on some absolute URLs. */
function isPath(target = ''): boolean {
  return target.startsWith('/') || target === '*'
}

/**
 * Owns the errors of a server that listens: connections that cannot be accepted, for want of a resource of the system. Later
 * ones can be. Told at most every {@link ACCEPT_ERROR_EVERY_MS}.
 */
function ownErrors(server: Server, log: Logger): void {
  let toldAt = -Infinity
  server.on('error', (error) => {
    if (performance.now() - toldAt < ACCEPT_ERROR_EVERY_MS) return
    toldAt = performance.now()
    log.warn({ error: errorText(error) }, 'a connection could not be accepted')
  })
}

/**
 * What Node's server refuses by itself unless told otherwise: a request without `Host` (RFC 9112, section 3.2) and one with
 * an expectation that is not known (RFC 9110, section 10.1.1). Node answers both at once, also while an earlier request of
 * the connection is worked on, so that these answers would pile up where nothing counts them.
 */
function protocolRefusal({ headers, httpVersion }: IncomingMessage): AppError | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return NO_HOST
  const { expect } = headers
  return expect === undefined || KNOWN_EXPECTATION.test(expect) ? undefined : UNKNOWN_EXPECTATION
}

function handle(
  { app, onPredict }: RequestHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const refusal = protocolRefusal(request)
  // As Node does it: what follows such a request is not taken for another one.
  if (refusal === NO_HOST) response.shouldKeepAlive = false
  if (refusal !== undefined) sendJsonError(response, refusal)
  else if (isPredict(request)) onPredict(request, response)
  else if (isPath(request.url)) app(request, response)
  else sendJsonError(response, NOT_A_PATH)
}

/** Binds the address and resolves with its port, which the system chooses where 0 was asked for. */
function bind(server: Server, address: ListenAddress): Promise<number> {
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
 * @throws {AppError} PORT_TAKEN, PORT_DENIED, HOST_UNKNOWN or LISTEN, all 409; then nothing is open
 */
export async function listen(
  address: ListenAddress,
  handlers: RequestHandlers,
  limits: ConnectionLimits = {},
): Promise<ListeningServer> {
  const { log } = handlers
  const connections = new Connections(
    (request, response) => handle(handlers, request, response),
    (error) => log.warn({ error: errorText(error) }, 'an answer could not be sent'),
  )
  const headersTimeout = limits.headersTimeoutMs ?? HEADERS_TIMEOUT_MS
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    // Checked in `handle`, in the turn of the request.
    requireHostHeader: false,
    headersTimeout,
    // Node's default looks at all connections each second, which was most of the CPU time of an idle proxy. Looking
    // less often only delays the 408.
    connectionsCheckingInterval: Math.ceil(headersTimeout / 2),
    // Off: bodies have their own time limits (`receive.ts` and `slow-bodies.ts`), and an answer may take minutes.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs ?? KEEP_ALIVE_MS,
    // TCP keep-alive: an event stream writes nothing for long, so a browser that lost its network is noticed by the
    // system.
    keepAlive: true,
    keepAliveInitialDelay: TCP_PROBE_AFTER_MS,
  })
  // A client that has ended its side of the connection and waits for the answer gets it.
  Object.assign(server, { httpAllowHalfOpen: true })
  limitConnections(server, connections, limits.connections)
  server.on('connection', (socket) => connections.add(socket))
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    connections.take(request, response)
  server.on('request', take).on('checkExpectation', take)
  const port = await bind(server, address)
  ownErrors(server, log)
  const untaken = new UntakenAnswers(connections.open, limits)
  server.once('close', () => untaken.stop())
  let closing: Closing | undefined
  const listener: ListeningServer = {
    address: { host: address.host, port },
    foreignListenerAnswers: () =>
      isWildcard(address.host) ? foreignListenerAnswers(server, port) : Promise.resolve(false),
    close: (graceMs, { idleMs, acceptMs } = AT_ONCE) =>
      (closing ??= new Closing(server, connections.open)).within({ graceMs, idleMs, acceptMs }),
  }
  if (await listener.foreignListenerAnswers()) {
    await listener.close(0)
    throw portTaken(port)
  }
  return listener
}
