/**
 * A connection to a backend with access to its socket: the end of a request waits until the socket no longer reads the
 * memory of the request's body.
 *
 * undici calls a request complete when its answer is complete. A backend may answer before it has read the request: the
 * rest of the body then still waits in the socket's queue, and what is written into the same memory later, another
 * photo for example, would be sent in its place. undici closes the connection in that case for streamed bodies, but not
 * for buffers, and it says of no request whether the system has taken all of its bytes. The socket does.
 */
import type { Socket } from 'node:net'
import type { Client as ClientType, Dispatcher } from 'undici'
import { Client } from '../platform/undici.ts'
import type { Connector } from './connector.ts'
import { InterimAnswers } from './interim-answers.ts'
import { ResetWatch } from './reset-watch.ts'
import { WriteWatch, type WatchedExchange } from './write-watch.ts'

export interface ConnectionOptions extends Omit<ClientType.Options, 'connect'> {
  readonly connector: Connector
}

/** The options of a request whose handler is told which connection it goes out on. undici hands them on as they are. */
export interface ExchangeOptions extends Dispatcher.DispatchOptions {
  readonly exchange?: { connection: Connection | undefined }
}

/** undici's client of one connection at a time; a pool makes it with its `factory`. */
export class Connection extends Client {
  #socket: Socket | undefined
  #interimAnswers: InterimAnswers | undefined
  #writeWatch: WriteWatch | undefined
  #resetWatch: ResetWatch | undefined

  constructor(origin: string | URL, { connector, ...options }: ConnectionOptions) {
    super(origin, {
      ...options,
      connect: (target, callback) => {
        connector.open(target, (error, opened) => {
          if (error !== null) return callback(error, null)
          this.#socket = opened.socket
          this.#interimAnswers = new InterimAnswers(opened.socket)
          this.#writeWatch = new WriteWatch(opened)
          this.#resetWatch = new ResetWatch(opened.socket)
          callback(null, opened.socket)
        })
      },
    })
  }

  /**
   * To be called when a request is about to be written.
   * @returns what it is written to; undefined where undici has no connection
   */
  beginExchange(exchange: WatchedExchange): Socket | undefined {
    this.#interimAnswers?.expectAnswer()
    this.#writeWatch?.begin(exchange)
    this.#resetWatch?.begin()
    return this.#socket
  }

  /** To be called when the answer to it is complete. */
  endExchange(): void {
    this.#resetWatch?.answered()
    this.#writeWatch?.end()
  }

  /** Whether the backend may have read the last request whole, of a connection that was reset. */
  get wasRead(): boolean {
    return this.#resetWatch?.wasRead ?? true
  }

  override dispatch(options: ExchangeOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (options.exchange !== undefined) options.exchange.connection = this
    return super.dispatch(options, handler)
  }
}

/**
 * Calls back once nothing is read any more from the memory of the body that a socket carried: at once where the answer
 * is complete and the system has taken every byte, else when the connection is closed, which this does.
 * @param socket of the request, before another one is written to it; undefined where the request was never given one
 * @param answered whether the answer is complete
 */
export function whenBodyIsUnused(socket: Socket | undefined, answered: boolean, onUnused: () => void): void {
  // `writableLength` drops when the system has accepted bytes, or TLS has encrypted them into its own memory.
  if (socket === undefined || socket.closed || (answered && socket.writableLength === 0)) return onUnused()
  socket.once('close', onUnused)
  socket.destroy()
}
