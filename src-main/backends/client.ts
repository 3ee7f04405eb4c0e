/** The HTTP client of one backend, on undici: keep-alive connections, and answers read whole. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Dispatcher, Pool as PoolType } from 'undici'
import { Connection, whenBodyIsUnused, type ConnectionOptions, type ExchangeOptions } from './connection.ts'
import { Connector, type Target } from './connector.ts'
import { plainAnswer } from './decode-answer.ts'
import { IDLE_CONNECTION_MS, IDLE_MARGIN_MS, MAX_ANSWER_BYTES } from './limits.ts'
import { acceptsConnection, probePort, type OtherProtocol } from './probe.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { fileErrorText } from '../platform/errors.ts'
import { Pool } from '../platform/undici.ts'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { BackendError, toBackendError, WRITE_STALL_REASON } from './reasons.ts'
import { lateNameReason, Resolver } from './resolver.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/**
 * A header of an answer as one text; undefined where it is absent. Of a repeated header undici makes a list, although
 * its types do not say so.
 */
export function headerOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}

export interface BackendRequest {
  method: 'GET' | 'POST'
  /** Below the backend's URL, for example `/predict`. */
  path: string
  /**
   * Names (in lower case) and values in turn. The headers of the backend's configuration replace those of the same
   * name.
   */
  headers: readonly string[]
  /** The body in the chunks in which it was received; together they have `length` bytes. */
  chunks?: readonly Buffer[]
  length?: number
  /** Milliseconds from now until the answer must have arrived whole. */
  timeoutMs: number
  cancellation?: Cancellation | undefined
  /** Bytes, as sent and decompressed; {@link MAX_ANSWER_BYTES} by default. */
  maxAnswerBytes?: number
  /** Whether a compressed answer stays so; for where the body does not count. */
  keepsCoding?: boolean
}

const ACCEPT_ENCODING = 'accept-encoding'

function connectionOptions(connector: Connector): ConnectionOptions {
  return {
    connector,
    pipelining: 1,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
    // Off: `send` has one time limit for the whole exchange.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

function createPool(origin: string, options: ConnectionOptions | undefined): PoolType {
  if (options === undefined) return new Pool(origin)
  return new Pool(origin, { factory: () => new Connection(origin, options) })
}

/** An answer with its compression undone; nearly always it has none, and then nothing is awaited. */
function plain(answer: Answer, { keepsCoding, maxAnswerBytes }: BackendRequest): Answer | Promise<Answer> {
  if (answer.headers['content-encoding'] === undefined || keepsCoding === true) return answer
  return plainAnswer(answer, maxAnswerBytes ?? MAX_ANSWER_BYTES)
}

type Settle = (result: Answer | BackendError) => void

/** The callbacks of undici for one request; collects its answer. */
class AnswerCollector implements Dispatcher.DispatchHandler {
  /** Chosen by undici's pool. */
  connection: Connection | undefined
  readonly #settle: Settle
  readonly #maxBytes: number
  #controller: Dispatcher.DispatchController | undefined
  #socket: Socket | undefined
  #cancelled: BackendError | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #length = 0

  constructor(maxBytes: number, settle: Settle) {
    this.#maxBytes = maxBytes
    this.#settle = settle
  }

  get answered(): boolean {
    return this.#status !== 0
  }

  /** Whether the request has been given a connection. */
  get connected(): boolean {
    return this.#controller !== undefined
  }

  /** The connection that the request was written to; undefined where it was not. */
  get socket(): Socket | undefined {
    return this.#socket
  }

  /** Ends the exchange with an error of ours. */
  cancel(error: BackendError): void {
    this.#cancelled = error
    this.#controller?.abort(error)
    this.#settle(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#socket = this.connection?.beginExchange(this)
    if (this.#cancelled !== undefined) controller.abort(this.#cancelled)
  }

  /** Called by the connection when nothing more of the request is taken. */
  onStall(): void {
    this.cancel(new BackendError('timeout', WRITE_STALL_REASON))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length > this.#maxBytes) {
      const limit = `${Math.floor(this.#maxBytes / 1024 / 1024)} MB`
      this.cancel(new BackendError('answer', `answer larger than ${limit}`, { answered: true }))
      return
    }
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.connection?.endExchange()
    const body = this.#chunks.length === 1 ? this.#chunks[0] : undefined
    this.#settle({
      status: this.#status,
      headers: this.#headers,
      body: body ?? Buffer.concat(this.#chunks, this.#length),
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#settle(this.#cancelled ?? toBackendError(error, this.answered, this.connection?.wasRead))
  }
}

/** The connections to one backend. */
export class BackendClient {
  /** The configured URL. */
  readonly url: URL
  readonly #resolver: Resolver
  readonly #prefix: string
  readonly #headers: readonly string[]
  readonly #ownNames: ReadonlySet<string>
  /** Absent where the settings are wrong. */
  readonly #options: ConnectionOptions | undefined
  readonly #problem: BackendError | undefined
  #pool: PoolType

  /**
   * Never throws. Where the settings cannot be used (a CA file that cannot be read), every request fails with the
   * reason.
   * @param resolver of its host name, which the backends of a service share
   */
  constructor(config: BackendConfig, resolver = new Resolver()) {
    this.url = new URL(config.url)
    this.#resolver = resolver
    this.#prefix = this.url.pathname.replace(/\/+$/, '')
    this.#headers = Object.entries(config.headers ?? {}).flat()
    this.#ownNames = new Set(Object.keys(config.headers ?? {}).map((name) => name.toLowerCase()))
    try {
      this.#options = connectionOptions(new Connector(config.tls, resolver))
    } catch (error) {
      // Without the path: `/ping` and `/predict` give the reason to everybody who may use them.
      this.#problem = new BackendError('connect', `tls.ca cannot be read (${fileErrorText(error)})`)
    }
    this.#pool = createPool(this.url.origin, this.#options)
  }

  /**
   * Sends a request and reads the answer whole. Where an idle connection is closed just then, or any before the request
   * was sent whole, it is sent once more on a new connection: Immich's server closes idle connections after 2 s. The same
   * is done after {@link close}, for a request that started before its backend was removed. A POST that the backend may
   * have read whole is not sent again: it may be a photo that ends each worker that reads it.
   *
   * When it settles, the memory of `chunks` is not read any more: the system has taken every byte, or the connection is
   * closed. So a connection whose backend answers before the system has taken the request whole is closed.
   * @throws {BackendError}
   */
  async send(request: BackendRequest): Promise<Answer> {
    if (this.#problem !== undefined) throw this.#problem
    const started = performance.now()
    const first = await this.#exchange(this.#pool, request, request.timeoutMs)
    if (!(first instanceof BackendError)) return plain(first, request)
    if (first.kind !== 'reset' || first.answered) throw first
    if (first.mayBeCause && request.method === 'POST') throw first
    const left = request.timeoutMs - (performance.now() - started)
    if (left <= 0 || request.cancellation?.cancelled === true) throw first
    const fresh = createPool(this.url.origin, this.#options)
    try {
      const second = await this.#exchange(fresh, request, left)
      if (second instanceof BackendError) throw second
      return await plain(second, request)
    } finally {
      void fresh.destroy()
    }
  }

  /** Drops all connections. Requests in flight are repeated once on a new one, as after any reset. */
  reset(): void {
    const old = this.#pool
    this.#pool = createPool(this.url.origin, this.#options)
    void old.destroy()
  }

  /**
   * Finds out the protocol of the port, where it closes connections of plain HTTP/1.1 without an answer; undefined
   * where that cannot be told. Never rejects.
   */
  async probe(timeoutMs: number): Promise<OtherProtocol | undefined> {
    if (this.url.protocol !== 'http:' || this.#options === undefined) return undefined
    return probePort(this.#options.connector, this.#target, timeoutMs)
  }

  /** Whether the port accepts a connection now; false where that takes longer. Never rejects. */
  async accepts(timeoutMs: number): Promise<boolean> {
    if (this.#options === undefined) return false
    return acceptsConnection(this.#options.connector, this.#target, timeoutMs)
  }

  /** Lets requests in flight finish, then closes the connections. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  /** Drops all connections at once. */
  async destroy(): Promise<void> {
    await this.#pool.destroy()
  }

  get #target(): Target {
    const { protocol, hostname, port } = this.url
    return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port }
  }

  #exchange(via: Dispatcher, request: BackendRequest, timeoutMs: number): Promise<Answer | BackendError> {
    return new Promise((resolve) => {
      const { cancellation } = request
      const collector = new AnswerCollector(request.maxAnswerBytes ?? MAX_ANSWER_BYTES, (result) => {
        clearTimeout(timer)
        cancellation?.forget(onAbort)
        whenBodyIsUnused(collector.socket, !(result instanceof BackendError), () => resolve(result))
      })
      const onAbort = (): void => collector.cancel(new BackendError('aborted', 'given up by the client'))
      const timer = setTimeout(() => collector.cancel(this.#timeoutError(timeoutMs, collector)), timeoutMs)
      if (cancellation?.cancelled === true) return onAbort()
      cancellation?.listen(onAbort)
      try {
        via.dispatch(this.#exchangeOptions(request, collector), collector)
      } catch (error) {
        collector.onResponseError(undefined, error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  #timeoutError(timeoutMs: number, { answered, connected: gotConnection }: AnswerCollector): BackendError {
    const { hostname } = this.url
    if (!gotConnection && this.#resolver.isUnresolved(hostname)) {
      return new BackendError('timeout', lateNameReason(hostname, timeoutMs), { connected: false })
    }
    // The operating system accepts TCP connections for a program that hangs and does no TLS handshake.
    const connected = gotConnection || this.#options?.connector.isSecuring === true
    const what = connected ? 'timed out after' : 'no connection within'
    const reason = `${what} ${Math.round(timeoutMs / 100) / 10} s`
    return new BackendError('timeout', reason, { answered, connected })
  }

  /** The headers of the backend's configuration, and those of the request that they do not replace. */
  #withOwnHeaders(sent: readonly string[]): string[] {
    // Answers are read, so they are to come plain. Without this header a server may compress them (RFC 9110, 12.5.3).
    if (this.#headers.length === 0) return [...sent, ACCEPT_ENCODING, 'identity']
    const headers: string[] = this.#ownNames.has(ACCEPT_ENCODING) ? [] : [ACCEPT_ENCODING, 'identity']
    for (let index = 0; index + 1 < sent.length; index += 2) {
      const name = sent[index] ?? ''
      if (!this.#ownNames.has(name)) headers.push(name, sent[index + 1] ?? '')
    }
    return [...headers, ...this.#headers]
  }

  #exchangeOptions(request: BackendRequest, exchange: AnswerCollector): ExchangeOptions {
    const { method, chunks } = request
    const path = this.#prefix + request.path
    const headers = this.#withOwnHeaders(request.headers)
    if (chunks === undefined) return { method, path, headers, exchange }
    headers.push('content-length', String(request.length ?? 0))
    // undici writes an array of buffers chunk by chunk; joining them would copy the image. Its types lack arrays.
    const body = (chunks.length === 1 ? chunks[0] : chunks) as NonNullable<ExchangeOptions['body']>
    return { method, path, headers, body, exchange }
  }
}
