/** Where the service listens: one address at a time, and the move to another without losing what is in flight. */
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Address, Listener } from './server.ts'
import type { Logger } from '../platform/log.ts'

/** An address that is listened on already, to be taken over or given up again. */
export interface Move {
  /** The new address is the one in force; the old one ends once its requests have. */
  commit(): void
  /**
   * All is as before.
   * @throws {AppError} where the old address was let go of and cannot be had again
   */
  rollback(): Promise<void>
}

export interface ListeningOptions {
  /** Opens an address; throws {@link AppError} PORT_TAKEN and the like. */
  open: (address: Address) => Promise<Listener>
  log: Logger
  onMove: (address: Address) => void
}

const same = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port

/** The owner of the listening socket. */
export class Listening {
  readonly #options: ListeningOptions
  #current: Listener | undefined
  /** What was asked for; the port may be 0, any free one. */
  #wanted: Address | undefined
  /** Listeners that were moved away from, until their last request is done. */
  readonly #ending = new Map<Listener, Promise<void>>()
  #closed = false

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** Where it listens, or undefined while it does not. */
  get address(): Address | undefined {
    return this.#current?.address
  }

  /** Whether another program answers on this computer in our place; asked anew each time, it may have come later. */
  async foreignListenerAnswers(): Promise<boolean> {
    return (await this.#current?.foreignListenerAnswers()) ?? false
  }

  /** Whether it listened and now does not, although nobody closed it. */
  get lost(): boolean {
    return this.#current === undefined && this.#wanted !== undefined && !this.#closed
  }

  /** @throws {AppError} PORT_TAKEN and the like */
  async start(address: Address): Promise<void> {
    const listener = await this.#options.open(address)
    if (this.#closed) return listener.close(0)
    this.#current = listener
    this.#wanted = address
  }

  /**
   * Opens another address beside the one in force; undefined when there is nothing to move.
   * @throws {AppError} PORT_TAKEN and the like; then all is as before
   */
  async prepare(address: Address): Promise<Move | undefined> {
    const before = this.#wanted
    // Without a listener an old address was lost on the way: then any is better than none.
    const stays = this.#current !== undefined && before !== undefined && same(address, before)
    if (this.#closed || before === undefined || stays) return undefined
    try {
      const next = await this.#options.open(address)
      return { commit: () => this.#take(next, address), rollback: () => next.close(0) }
    } catch (error) {
      const isOwnPort =
        error instanceof AppError && error.code === 'PORT_TAKEN' && address.port === before.port
      if (!isOwnPort || this.#current === undefined) throw error
    }
    return this.#handOver(address, before)
  }

  /** Closes all, also what was moved away from, and takes no other address any more. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    const current = this.#current
    this.#current = undefined
    // What was moved away from had all the time that its requests may take; now it is the end.
    for (const listener of this.#ending.keys()) void listener.close(graceMs)
    await Promise.all([current?.close(graceMs), ...this.#ending.values()])
  }

  /** The port is our own: the old host lets go of it first, and gets it back if the new one cannot have it. */
  async #handOver(address: Address, before: Address): Promise<Move> {
    this.#endCurrent()
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

  /** @throws {AppError} where another program was quicker; then nothing is listened on */
  async #restore(before: Address): Promise<void> {
    if (this.#closed) return
    try {
      this.#take(await this.#options.open(before), before)
    } catch (error) {
      this.#options.log.error({ ...before, error: errorText(error) }, 'the old address is lost')
      const message = `The other address cannot be used, and the old one is lost meanwhile: ${errorText(error)}`
      throw new AppError('ADDRESS_LOST', 500, message)
    }
  }

  #take(next: Listener, wanted: Address): void {
    if (this.#closed) {
      void next.close(0)
      return
    }
    const moved = this.#wanted === undefined || !same(wanted, this.#wanted)
    this.#endCurrent()
    this.#current = next
    this.#wanted = wanted
    if (!moved) return
    this.#options.log.info({ ...next.address }, 'listening on another address')
    this.#options.onMove(next.address)
  }

  #endCurrent(): void {
    const listener = this.#current
    if (listener === undefined) return
    this.#current = undefined
    const ended = listener
      .close(REQUEST_TIMEOUT_MS)
      .catch((error: unknown) =>
        this.#options.log.error({ error: errorText(error) }, 'the old address could not be closed'),
      )
      .then(() => void this.#ending.delete(listener))
    this.#ending.set(listener, ended)
  }
}
