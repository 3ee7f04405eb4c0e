/**
 * The open connections of a server, each of which works on one request at a time.
 *
 * A client may send requests without waiting for the answers (pipelining, RFC 9112, section 9.3.2). Node hands each
 * over as soon as it was read, up to some two thousand from one chunk of 64 KB: all of them would be begun at once.
 * When the client leaves, those behind the first are never answered, so they would never end nor release their permits
 * and buffers. docs/design/listener.md has the rules.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HUNG_UP } from '../http/answer.ts'
import { MAX_WAITING_REQUESTS } from './limits.ts'

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** The state of one open connection. */
export interface OpenConnection {
  /** The answer to its latest request that was begun; undefined where none was. */
  answer: ServerResponse | undefined
  /** When it became idle, on the monotonic clock in milliseconds; undefined while an answer is not sent whole. */
  idleSince: number | undefined
  /** Requests that were read and not begun, in their order. */
  readonly waiting: Exchange[]
  /** Called once all requests are answered, where the bytes behind them are not HTTP. */
  refuse: (() => void) | undefined
}

/** The open connections of a server, each with its latest answer. */
export type OpenConnections = ReadonlyMap<Socket, OpenConnection>

export type Begin = (request: IncomingMessage, response: ServerResponse) => void

/** What Node's parser is answered to end what it reads: it takes the rest for another protocol. */
const UPGRADE = 2

/**
 * Ends the parsing of what was read of a connection that is about to be destroyed. Node has no public way. Without it each
 * of up to 3,600 further requests of a chunk is made and aborted, an error with a stack for each: 100 connections with one
 * chunk each kept the process busy for 7 s.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as Socket & { parser?: { onIncoming: unknown } | null }
  if (parser !== undefined && parser !== null) parser.onIncoming = () => UPGRADE
}

/** The owner of a server's connections. */
export class Connections {
  // By connection: a set of all answers would change with every request.
  readonly #open = new Map<Socket, OpenConnection>()
  readonly #begin: Begin
  readonly #onAnswerError: (error: Error) => void
  readonly #maxWaiting: number
  #waiting = 0
  /** Too many wait. Until half of them are gone: else each connection that ends makes room for those of the next. */
  #isFull = false

  /**
   * @param begin answers a request
   * @param onAnswerError owns the errors of all answers
   * @param maxWaiting requests of all connections that were read and not begun
   */
  constructor(begin: Begin, onAnswerError: (error: Error) => void, maxWaiting = MAX_WAITING_REQUESTS) {
    this.#begin = begin
    this.#onAnswerError = onAnswerError
    this.#maxWaiting = maxWaiting
  }

  get open(): OpenConnections {
    return this.#open
  }

  /** Takes in a connection that was opened. */
  add(socket: Socket): void {
    const connection: OpenConnection = {
      answer: undefined,
      idleSince: performance.now(),
      waiting: [],
      refuse: undefined,
    }
    this.#open.set(socket, connection)
    socket.once('close', () => {
      // The requests that wait on it end too: Node has dropped them.
      this.#waiting -= connection.waiting.length
      connection.waiting.length = 0
      this.#open.delete(socket)
    })
    // It may still read: short calls are answered. Whatever takes long listens for it.
    socket.once('end', () => {
      if (connection.idleSince === undefined) connection.answer?.emit(HUNG_UP)
    })
  }

  /** Takes in a request: begins it, or has it wait until the ones before it are answered. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const connection = this.#open.get(socket)
    // Requests that were read together with the one that was too many still come, and those of a refused connection.
    if (connection === undefined || socket.destroyed || socket.writableEnded) return
    if (connection.idleSince === undefined) this.#park(socket, connection, { request, response })
    else this.#start(socket, connection, { request, response })
  }

  /**
   * Refuses a connection on which something came that is no HTTP: at once, or after the answers to what came before it.
   * @param refuse sends the answer and ends the connection
   */
  refuse(socket: Socket, refuse: () => void): void {
    const connection = this.#open.get(socket)
    // A body that was cut off would be waited for without end.
    const isBusy = connection?.idleSince === undefined && connection?.answer?.req.complete === true
    if (connection === undefined || !isBusy) return refuse()
    connection.refuse ??= refuse
    socket.pause()
  }

  get #takesNoMore(): boolean {
    const limit = this.#isFull ? this.#maxWaiting / 2 : this.#maxWaiting
    this.#isFull = this.#waiting >= limit
    return this.#isFull
  }

  #park(socket: Socket, connection: OpenConnection, exchange: Exchange): void {
    if (this.#takesNoMore) {
      stopParsing(socket)
      socket.destroy()
      return
    }
    this.#waiting++
    connection.waiting.push(exchange)
    // Only now: a paused socket of Node does not hear that its client has hung up (nodejs/node#31106).
    socket.pause()
  }

  #start(socket: Socket, connection: OpenConnection, { request, response }: Exchange): void {
    connection.answer = response
    connection.idleSince = undefined
    response.once('close', () => this.#next(socket, connection))
    // Owns the errors of every answer: a write after its end, or to a client that has gone, must not end the process.
    response.on('error', this.#onAnswerError)
    this.#begin(request, response)
  }

  #next(socket: Socket, connection: OpenConnection): void {
    // On a connection that ends after this answer no other is begun.
    if (socket.destroyed || socket.writableEnded) return
    const next = connection.waiting.shift()
    if (next === undefined) {
      connection.idleSince = performance.now()
      connection.refuse?.()
      return
    }
    this.#waiting--
    if (connection.waiting.length === 0 && connection.refuse === undefined) socket.resume()
    this.#start(socket, connection, next)
  }
}
