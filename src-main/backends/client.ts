/** One backend's HTTP client: keep-alive connections of undici, one answer read whole. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { Pool, type Dispatcher } from 'undici'
import { Connection, whenBodyIsUnused, type ConnectionOptions, type ExchangeOptions } from './connection.ts'
import { connectorFor } from './connector.ts'
import { IDLE_CONNECTION_MS, IDLE_MARGIN_MS, MAX_ANSWER_BYTES } from './limits.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { errorText } from '../platform/errors.ts'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { BackendError, toBackendError } from './reasons.ts'
import { TimeLimits } from '../platform/time-limits.ts'

export { HOPS_HEADER } from '../../src-shared/config/names.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** A header of an answer as one text: of one that a backend sends twice undici makes a list, whatever its types say. */
export function headerOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}

export interface BackendRequest {
  method: 'GET' | 'POST'
  /** Below the backend's URL, for example `/predict`. */
  path: string
  /** Names and values in turn; the backend's own headers are added. */
  headers: readonly string[]
  /** The body as the pieces that were received; their sum must be `length`. */
  chunks?: readonly Buffer[]
  length?: number
  /** Milliseconds from now until the whole answer must be there. */
  timeoutMs: number
  cancellation?: Cancellation | undefined
  /** Bytes; {@link MAX_ANSWER_BYTES} by default. */
  maxAnswerBytes?: number
}

function connectionOptions(config: BackendConfig): ConnectionOptions {
  return {
    pipelining: 1,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
    // One time limit per attempt stands for both (see `send`).
    headersTimeout: 0,
    bodyTimeout: 0,
    autoSelectFamily: true,
    connect: connectorFor(config.tls),
  }
}

function createPool(origin: string, options: ConnectionOptions | undefined): Pool {
  if (options === undefined) return new Pool(origin)
  return new Pool(origin, { ...options, factory: () => new Connection(origin, options) })
}

type Settle = (result: Answer | BackendError) => void

/** Collects one answer; undici calls it back. */
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

  /** Whether the request was given a connection. */
  get connected(): boolean {
    return this.#controller !== undefined
  }

  /** What the request was written to; undefined where it was not. */
  get socket(): Socket | undefined {
    return this.#socket
  }

  /** Ends the exchange from this side. */
  cancel(error: BackendError): void {
    this.#cancelled = error
    this.#controller?.abort(error)
    this.#settle(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#socket = this.connection?.socket
    if (this.#cancelled !== undefined) controller.abort(this.#cancelled)
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
    const body = this.#chunks.length === 1 ? this.#chunks[0] : undefined
    this.#settle({
      status: this.#status,
      headers: this.#headers,
      body: body ?? Buffer.concat(this.#chunks, this.#length),
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#settle(this.#cancelled ?? toBackendError(error, this.answered))
  }
}

/** The connections to one backend. */
export class BackendClient {
  readonly #origin: string
  readonly #prefix: string
  readonly #headers: readonly string[]
  readonly #ownNames: ReadonlySet<string>
  /** Absent where the settings are wrong. */
  readonly #options: ConnectionOptions | undefined
  readonly #problem: BackendError | undefined
  readonly #timeLimits = new TimeLimits()
  #pool: Pool

  /** Never throws: what is wrong with the settings (a CA file that cannot be read) fails each request. */
  constructor(config: BackendConfig) {
    const url = new URL(config.url)
    this.#origin = url.origin
    this.#prefix = url.pathname.replace(/\/+$/, '')
    this.#headers = Object.entries(config.headers ?? {}).flat()
    this.#ownNames = new Set(Object.keys(config.headers ?? {}).map((name) => name.toLowerCase()))
    try {
      this.#options = connectionOptions(config)
    } catch (error) {
      this.#problem = new BackendError('connect', `tls.ca cannot be read (${errorText(error)})`)
    }
    this.#pool = createPool(this.#origin, this.#options)
  }

  /**
   * Sends a request and reads the answer whole. A connection that was closed or reset before the answer began
   * is tried once more on a fresh one: the real backend closes idle connections after 2 s and resets some when
   * its worker restarts. So is a request after {@link close}: its backend was removed from the configuration
   * after the request had started.
   *
   * When it settles the memory of `chunks` is not read any more: the system has taken every byte, or the connection is
   * closed. So a connection whose backend answers before the system has taken the request whole is closed.
   * @throws {BackendError}
   */
  async send(request: BackendRequest): Promise<Answer> {
    if (this.#problem !== undefined) throw this.#problem
    const started = performance.now()
    const first = await this.#exchange(this.#pool, request, request.timeoutMs)
    if (!(first instanceof BackendError)) return first
    if (first.kind !== 'reset' || first.answered) throw first
    const left = request.timeoutMs - (performance.now() - started)
    if (left <= 0 || request.cancellation?.cancelled === true) throw first
    const fresh = createPool(this.#origin, this.#options)
    try {
      const second = await this.#exchange(fresh, request, left)
      if (second instanceof BackendError) throw second
      return second
    } finally {
      void fresh.destroy()
    }
  }

  /** Drops all connections; requests in flight are repeated once on a fresh one, as after any reset. */
  reset(): void {
    const old = this.#pool
    this.#pool = createPool(this.#origin, this.#options)
    void old.destroy()
  }

  /** Lets requests in flight finish, then closes. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy()
  }

  #exchange(via: Dispatcher, request: BackendRequest, timeoutMs: number): Promise<Answer | BackendError> {
    return new Promise((resolve) => {
      const { cancellation } = request
      const collector = new AnswerCollector(request.maxAnswerBytes ?? MAX_ANSWER_BYTES, (result) => {
        limit.clear()
        cancellation?.forget(onAbort)
        whenBodyIsUnused(collector.socket, !(result instanceof BackendError), () => resolve(result))
      })
      const onAbort = (): void => collector.cancel(new BackendError('aborted', 'given up by the client'))
      const limit = this.#timeLimits.start(timeoutMs, () => {
        collector.cancel(this.#timeoutError(timeoutMs, collector))
      })
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
    // The system takes connections for a busy program as well; a TLS handshake is the program's own work.
    const connected = gotConnection || this.#origin.startsWith('https:')
    const what = connected ? 'timed out after' : 'no connection within'
    const reason = `${what} ${Math.round(timeoutMs / 100) / 10} s`
    return new BackendError('timeout', reason, { answered, connected })
  }

  /** The backend's own headers, and of the request's those that they do not replace. */
  #withOwnHeaders(sent: readonly string[]): string[] {
    if (this.#headers.length === 0) return [...sent]
    const headers: string[] = []
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
    // An array of buffers is written piece by piece as it is; joining it would copy the image.
    const body = (chunks.length === 1 ? chunks[0] : chunks) as NonNullable<ExchangeOptions['body']>
    return { method, path, headers, body, exchange }
  }
}
