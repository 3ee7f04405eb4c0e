/**
 * The owner of the listening socket: one address at a time, and moving to another without losing a request in flight.
 */
import { EventEmitter } from 'node:events'
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import { ACCEPT_AFTER_MOVE_MS, IDLE_AFTER_MOVE_MS } from './limits.ts'
import type { ListenAddress, ListeningServer } from './server.ts'
import type { Logger } from '../platform/log.ts'

/** A new address that is already listened on beside the old one. Exactly one of the two methods is called, once. */
export interface Move {
  /** Makes the new address the one in force. The old server ends when the requests on it have ended. */
  commit(): void
  /**
   * Closes the new address. The old one is in force as before.
   * @throws {AppError} ADDRESS_LOST (500) where the old address had been closed for the new one and was taken by
   *   another program meanwhile
   */
  rollback(): Promise<void>
}

export interface ListenerOptions {
  /** Opens an address. Throws {@link AppError}: PORT_TAKEN, PORT_DENIED, HOST_UNKNOWN or LISTEN (all 409). */
  open: (address: ListenAddress) => Promise<ListeningServer>
  log: Logger
}

interface ListenerEvents {
  /** The service listens on another address than before. */
  moved: [address: ListenAddress]
}

const same = (a: ListenAddress, b: ListenAddress): boolean => a.host === b.host && a.port === b.port

/**
 * Owns the sockets that are listened on: one address in force, and earlier ones until their last requests have ended.
 * Emits `moved` when another address is in force.
 */
export class Listener extends EventEmitter<ListenerEvents> {
  readonly #options: ListenerOptions
  #current: ListeningServer | undefined
  /** The address that was asked for. Its port may be 0, which stands for any free one. */
  #wanted: ListenAddress | undefined
  /** Servers on earlier addresses, each with the promise of its end; they finish their last requests. */
  readonly #ending = new Map<ListeningServer, Promise<void>>()
  #closed = false

  constructor(options: ListenerOptions) {
    super()
    this.#options = options
  }

  /** Where the service listens, with the port that the system chose; undefined while it does not listen. */
  get address(): ListenAddress | undefined {
    return this.#current?.address
  }

  /** Whether another program answers at this address on this computer. Checked at each call: it may have come later. */
  async foreignListenerAnswers(): Promise<boolean> {
    return (await this.#current?.foreignListenerAnswers()) ?? false
  }

  /** True where a failed move lost the address: the service listened, does not any more, and was not closed. */
  get lost(): boolean {
    return this.#current === undefined && this.#wanted !== undefined && !this.#closed
  }

  /**
   * Listens for the first time.
   * @throws {AppError} what {@link ListenerOptions.open} throws
   */
  async start(address: ListenAddress): Promise<void> {
    const server = await this.#options.open(address)
    if (this.#closed) return server.close(0)
    this.#current = server
    this.#wanted = address
  }

  /**
   * Opens another address beside the one in force.
   * @returns undefined where nothing is to be moved: the address is the same, or the listener is not started or
   *   closed
   * @throws {AppError} what {@link ListenerOptions.open} throws; the old address then stays in force. ADDRESS_LOST
   *   (500) where it could not be opened again
   */
  async prepare(address: ListenAddress): Promise<Move | undefined> {
    const before = this.#wanted
    // Where an earlier move lost the address, even an unchanged one has to be opened again.
    const isUnchanged = this.#current !== undefined && before !== undefined && same(address, before)
    if (this.#closed || before === undefined || isUnchanged) return undefined
    this.#freePort(address.port)
    try {
      const next = await this.#options.open(address)
      return { commit: () => this.#take(next, address), rollback: () => next.close(0) }
    } catch (error) {
      const isOwnPort =
        error instanceof AppError && error.code === 'PORT_TAKEN' && address.port === before.port
      if (!isOwnPort || this.#current === undefined) throw error
    }
    return this.#replaceOnSamePort(address, before)
  }

  /**
   * Closes the address in force and those that were moved away from, and opens no other any more.
   * @param graceMs how long requests in flight may still take, milliseconds
   */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    const current = this.#current
    this.#current = undefined
    // Servers on earlier addresses were given REQUEST_TIMEOUT_MS; a stop shortens that.
    for (const server of this.#ending.keys()) void server.close(graceMs)
    await Promise.all([current?.close(graceMs), ...this.#ending.values()])
  }

  /** Moving back to an address that was left a moment ago: its server must not hold the port any more. */
  #freePort(port: number): void {
    for (const server of this.#ending.keys()) {
      if (server.address.port !== port) continue
      void server.close(REQUEST_TIMEOUT_MS, { idleMs: IDLE_AFTER_MOVE_MS, acceptMs: 0 })
    }
  }

  /**
   * Two hosts of one port cannot be open at once where one is a wildcard: the old one is closed before the new one
   * opens.
   */
  async #replaceOnSamePort(address: ListenAddress, before: ListenAddress): Promise<Move> {
    this.#endCurrent(0)
    try {
      const next = await this.#options.open(address)
      return {
        commit: () => this.#take(next, address),
        rollback: async () => {
          await next.close(0)
          await this.#restore(before)
        },
      }
    } catch (error) {
      await this.#restore(before)
      throw error
    }
  }

  /** @throws {AppError} ADDRESS_LOST (500) where another program took the port; then nothing is listened on */
  async #restore(before: ListenAddress): Promise<void> {
    if (this.#closed) return
    try {
      this.#take(await this.#options.open(before), before)
    } catch (error) {
      this.#options.log.error(
        { ...before, error: errorText(error) },
        'the old address could not be opened again',
      )
      const message = `The new address cannot be used, and the old one could not be opened again: ${errorText(error)}`
      throw new AppError('ADDRESS_LOST', 500, message)
    }
  }

  #take(next: ListeningServer, wanted: ListenAddress): void {
    if (this.#closed) {
      void next.close(0)
      return
    }
    const moved = this.#wanted === undefined || !same(wanted, this.#wanted)
    // Clients that read the old address a moment ago are still answered. Where only the host changed, it is gone already.
    this.#endCurrent(ACCEPT_AFTER_MOVE_MS)
    this.#current = next
    this.#wanted = wanted
    if (!moved) return
    this.#options.log.info({ ...next.address }, 'listening on another address')
    this.emit('moved', next.address)
  }

  /** @param acceptMs how long new connections are still accepted, milliseconds */
  #endCurrent(acceptMs: number): void {
    const server = this.#current
    if (server === undefined) return
    this.#current = undefined
    const ended = server
      .close(REQUEST_TIMEOUT_MS, { idleMs: IDLE_AFTER_MOVE_MS, acceptMs })
      .catch((error: unknown) =>
        this.#options.log.error({ error: errorText(error) }, 'the old address could not be closed'),
      )
      .then(() => void this.#ending.delete(server))
    this.#ending.set(server, ended)
  }
}
