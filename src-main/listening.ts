/** Where the service listens: one address at a time, and the move to another without losing what is in flight. */
import { SHUTDOWN_GRACE_MS } from './defaults.ts'
import { AppError, errorText } from './errors.ts'
import type { Address, Listener } from './http/server.ts'
import type { Logger } from './log.ts'

/** An address that is listened on already, to be taken over or given up again. */
export interface Move {
  /** The new address is the one in force; the old one ends once its requests have. */
  commit(): void
  /** All is as before. */
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
  readonly #ending = new Set<Promise<void>>()

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** Where it listens, or undefined while it does not. */
  get address(): Address | undefined {
    return this.#current?.address
  }

  /** Whether another program answers on this computer in our place; asked anew each time, it may have come later. */
  async strangerAnswers(): Promise<boolean> {
    return (await this.#current?.strangerAnswers()) ?? false
  }

  /** @throws {AppError} PORT_TAKEN and the like */
  async start(address: Address): Promise<void> {
    this.#current = await this.#options.open(address)
    this.#wanted = address
  }

  /**
   * Opens another address beside the one in force; undefined when there is nothing to move.
   * @throws {AppError} PORT_TAKEN and the like; then all is as before
   */
  async prepare(address: Address): Promise<Move | undefined> {
    const old = this.#current
    const before = this.#wanted
    if (old === undefined || before === undefined || same(address, before)) return undefined
    try {
      const next = await this.#options.open(address)
      return { commit: () => this.#take(next, address, old), rollback: () => next.close(0) }
    } catch (error) {
      const isOwnPort =
        error instanceof AppError && error.code === 'PORT_TAKEN' && address.port === before.port
      if (!isOwnPort) throw error
    }
    return this.#handOver(address, old, before)
  }

  /** Closes all, also what was moved away from. */
  async close(graceMs: number): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await Promise.all([current?.close(graceMs), ...this.#ending])
  }

  /** The port is our own: the old host lets go of it first, and gets it back if the new one cannot have it. */
  async #handOver(address: Address, old: Listener, before: Address): Promise<Move> {
    this.#end(old)
    const restore = async (): Promise<void> => {
      this.#current = await this.#options.open(before)
    }
    try {
      const next = await this.#options.open(address)
      return {
        commit: () => this.#take(next, address),
        rollback: async () => {
          await next.close(0)
          await restore()
        },
      }
    } catch (error) {
      await restore()
      throw error
    }
  }

  #take(next: Listener, wanted: Address, old?: Listener): void {
    this.#current = next
    this.#wanted = wanted
    this.#options.log.info({ ...next.address }, 'listening on another address')
    if (old !== undefined) this.#end(old)
    this.#options.onMove(next.address)
  }

  #end(listener: Listener): void {
    const ended = listener.close(SHUTDOWN_GRACE_MS).catch((error: unknown) => {
      this.#options.log.error({ error: errorText(error) }, 'the old address could not be closed')
    })
    this.#ending.add(ended)
    void ended.then(() => this.#ending.delete(ended))
  }
}
