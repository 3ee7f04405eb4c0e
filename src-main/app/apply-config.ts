/**
 * Puts a configuration in force. A posted one is judged, its address is opened, permission and file are checked once
 * more, it is written, and the old address is closed: a port that is taken leaves everything as it was. Of one that
 * was changed by hand only the address is left to be followed.
 */
import { EventEmitter } from 'node:events'
import type { Config } from '../../src-shared/config/schema.ts'
import type { Listener } from '../listener/listener.ts'
import type { ListenAddress } from '../listener/server.ts'
import { errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import type { ConfigStore } from '../settings/store.ts'

export interface ConfigApplierOptions {
  store: Pick<ConfigStore, 'config' | 'judge' | 'save'>
  listener: Pick<Listener, 'prepare' | 'lost'>
  log: Logger
  /** Where the service is to listen by a configuration. */
  addressOf: (config: Config) => ListenAddress
  /** Throws where a configuration cannot be put in force. */
  check?: (next: Config) => void
}

/** Throws where a save is not allowed. @param next what is to be saved, once that is known */
export type Permit = (next?: Config) => void

interface ApplierEvents {
  /** {@link ConfigApplier.problem} changed. */
  problem: []
}

/**
 * Owns the order of changes: one at a time, each either whole (written, in force, listening at its address) or without
 * any effect. Holds why the address in force is not listened on.
 */
export class ConfigApplier extends EventEmitter<ApplierEvents> {
  readonly #options: ConfigApplierOptions
  /** Changes are applied one after the other: two at once would open addresses side by side. */
  #last: Promise<void> = Promise.resolve()
  #problem: string | undefined

  constructor(options: ConfigApplierOptions) {
    super()
    this.#options = options
  }

  /** Why the service does not listen at the address of the configuration in force; undefined where it does. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Settles when every change that was begun by now has been applied or refused. */
  get settled(): Promise<void> {
    return this.#last
  }

  /**
   * Judges and saves a posted configuration and listens at its address, when the changes before it are done.
   * @param posted as the body of `POST /api/config`
   * @param ifMatch the revision that the client started from; no check where it is undefined
   * @param permit throws where the save is not allowed (any more). It is called at the save's turn, and with what is to
   *   be saved before an address is opened and again before the file is written, as the password may have been set in
   *   between
   * @returns what is used in another way than it was posted, as sentences
   * @throws {AppError} what {@link ConfigStore.judge}, {@link Listener.prepare} and {@link ConfigStore.save} throw;
   *   then the configuration is as it was
   */
  save(posted: unknown, ifMatch?: string, permit: Permit = () => undefined): Promise<readonly string[]> {
    return this.#inTurn(() => this.#save(posted, ifMatch, permit))
  }

  /**
   * Listens at the address of the configuration in force. Where that fails, {@link problem} says why. Never rejects.
   */
  follow(): Promise<void> {
    return this.#inTurn(() => this.#follow())
  }

  async #save(posted: unknown, ifMatch: string | undefined, permit: Permit): Promise<readonly string[]> {
    try {
      const warnings = await this.#apply(posted, ifMatch, permit)
      this.#setProblem(undefined)
      return warnings
    } catch (error) {
      // Another host on the same port: the old address was closed for the new one, and may not have been had again.
      if (this.#options.listener.lost) this.#setProblem(errorText(error))
      throw error
    }
  }

  async #apply(posted: unknown, ifMatch: string | undefined, permit: Permit): Promise<readonly string[]> {
    const { store, listener, addressOf, check } = this.#options
    permit()
    const judged = store.judge(posted, ifMatch)
    permit(judged.config)
    check?.(judged.config)
    const move = await listener.prepare(addressOf(judged.config))
    let warnings: readonly string[]
    try {
      permit(judged.config)
      warnings = store.save(judged)
    } catch (error) {
      await move?.rollback()
      throw error
    }
    move?.commit()
    return warnings
  }

  async #follow(): Promise<void> {
    const { store, listener, addressOf, log } = this.#options
    try {
      const move = await listener.prepare(addressOf(store.config))
      move?.commit()
      this.#setProblem(undefined)
    } catch (error) {
      log.warn({ reason: errorText(error) }, 'the address in config.json is not used')
      this.#setProblem(errorText(error))
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }

  #setProblem(problem: string | undefined): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.emit('problem')
  }
}
