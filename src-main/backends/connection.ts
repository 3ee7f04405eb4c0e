/**
 * A connection to a backend that knows its socket, so that the end of a request can wait until the memory of the
 * request's body is not read any more.
 *
 * undici calls a request complete when its answer is complete. A backend may answer before it has read the request: the
 * rest of the body then still waits in the socket's queue, and what is written into the same memory later, another
 * photo for example, would be sent in its place. undici closes the connection in that case for streamed bodies, but not
 * for buffers, and it says of no request whether the system has taken all of its bytes. The socket does.
 */
import type { Socket } from 'node:net'
import { Client, type buildConnector, type Dispatcher } from 'undici'

export interface ConnectionOptions extends Client.Options {
  /** A function: the connector that undici makes of options keeps its socket to itself. */
  connect: buildConnector.connector
}

/** The options of a request whose handler is told which connection it goes out on. undici hands them on as they are. */
export interface ExchangeOptions extends Dispatcher.DispatchOptions {
  readonly exchange?: { connection: Connection | undefined }
}

/** undici's client of one connection at a time; a pool makes it with its `factory`. */
export class Connection extends Client {
  #socket: Socket | undefined

  constructor(origin: string | URL, options: ConnectionOptions) {
    super(origin, {
      ...options,
      connect: (target, callback) => {
        options.connect(target, (...result) => {
          this.#socket = result[1] ?? undefined
          callback(...result)
        })
      },
    })
  }

  /** The socket that was opened last: from the start of a request to its end the one that carries it. */
  get socket(): Socket | undefined {
    return this.#socket
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
  // Bytes leave the queue's length when the system has taken them, or TLS has encrypted them into its own memory.
  if (socket === undefined || socket.closed || (answered && socket.writableLength === 0)) return onUnused()
  socket.once('close', onUnused)
  socket.destroy()
}
