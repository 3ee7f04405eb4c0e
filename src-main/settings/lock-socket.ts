/** A listening socket that represents a lock: it sends every client the port of the process that holds it. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from '../platform/errors.ts'
import { LOCK_ANSWER_MS, LOCK_CONNECTIONS } from './limits.ts'

/** Characters of a holder's answer, a port number, that are looked at. */
const ANSWER_CHARS = 16

/** The holder of a lock: a process, with the port that it reported; none; or unknown. */
export type Holder =
  { readonly is: 'alive'; readonly port?: number } | { readonly is: 'gone' } | { readonly is: 'unknown' }

/** Errors of a connection that show that no process listens. */
const GONE = new Set(['ECONNREFUSED', 'ENOENT'])
/** Errors that say nothing of who listens there. */
const UNKNOWN = new Set(['EACCES', 'EPERM'])

/** Asks who listens at the address of a lock. Never rejects. */
export async function holderOf(address: string): Promise<Holder> {
  const socket = connect(address)
  let text = ''
  let code: string | undefined
  socket.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(0, ANSWER_CHARS)
  })
  socket.on('error', (error) => {
    code = errorCode(error)
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const late = new AbortController()
  const limit = delay(LOCK_ANSWER_MS, undefined, { signal: late.signal, ref: false }).catch(() => undefined)
  await Promise.race([closed, limit])
  late.abort()
  socket.destroy()
  if (code !== undefined && GONE.has(code)) return { is: 'gone' }
  if (code !== undefined && UNKNOWN.has(code)) return { is: 'unknown' }
  // Every other error shows a listener, for example one with too many waiting connections.
  const port = Number(text)
  return Number.isInteger(port) && port > 0 ? { is: 'alive', port } : { is: 'alive' }
}

/** The socket of a holder. */
export class LockSocket {
  readonly #server: Server
  readonly #portOf: () => number | undefined

  /** @param portOf the port that is sent to clients; undefined while there is none */
  constructor(portOf: () => number | undefined) {
    this.#portOf = portOf
    this.#server = createServer((socket) => this.#answer(socket))
    this.#server.maxConnections = LOCK_CONNECTIONS
    // The lock alone keeps no process running.
    this.#server.unref()
  }

  /** @returns the error where it does not listen */
  async listen(address: string): Promise<unknown> {
    try {
      await once(this.#server.listen(address), 'listening')
      // A connection that cannot be accepted, for want of file descriptors, costs its client the port's number.
      this.#server.on('error', () => undefined)
      return undefined
    } catch (error) {
      return error
    }
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #answer(socket: Socket): void {
    // The client may be gone.
    socket.on('error', () => socket.destroy())
    socket.setTimeout(LOCK_ANSWER_MS, () => socket.destroy())
    socket.end(String(this.#portOf() ?? ''))
  }
}
