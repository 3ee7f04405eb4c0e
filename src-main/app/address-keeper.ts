/** Keeps the service listening where its configuration says, through saves and changes by hand. */
import type { ListenAddress } from '../listener/server.ts'
import type { Listener } from '../listener/listener.ts'
import { errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import type { ConfigStore } from '../settings/store.ts'

export interface AddressKeeperOptions {
  store: ConfigStore
  listener: Listener
  log: Logger
  /** Where a configuration wants the service to listen. */
  wanted: (config: Config) => ListenAddress
}

export class AddressKeeper {
  readonly #options: AddressKeeperOptions
  /** Saves and changes by hand are worked on one after the other: two must not open addresses side by side. */
  #last: Promise<void> = Promise.resolve()
  #problem: string | undefined

  constructor(options: AddressKeeperOptions) {
    this.#options = options
  }

  /** Why the address of the configuration is not used, or undefined where it is. */
  get problem(): string | undefined {
    return this.#problem
  }

  /**
   * Judges and saves a posted configuration. A new address is listened on before anything is saved, so that a
   * port that is taken leaves all as it was.
   * @param permit throws where the save may not be made any more; asked when its turn has come
   * @throws {AppError} what {@link ConfigStore.save} and {@link Listener.prepare} throw; then nothing has changed
   */
  save(posted: unknown, ifMatch?: string, permit?: () => void): Promise<void> {
    return this.#inTurn(() => this.#save(posted, ifMatch, permit))
  }

  /** Goes to the address of the configuration in force when its turn comes; where that fails, it is told. */
  follow(): Promise<void> {
    return this.#inTurn(() => this.#follow())
  }

  /** Settled once nothing is under way any more. */
  get settled(): Promise<void> {
    return this.#last
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #save(posted: unknown, ifMatch?: string, permit?: () => void): Promise<void> {
    const { store, listener, wanted } = this.#options
    permit?.()
    try {
      permit?.()
      const move = await listener.prepare(wanted(store.judge(posted, ifMatch)))
      try {
        // While the new address was opened, the file may have been changed by hand and the password been set.
        permit?.()
        store.save(posted, ifMatch)
      } catch (error) {
        await move?.rollback()
        throw error
      }
      move?.commit()
      this.#tell(undefined)
    } catch (error) {
      if (listener.lost) this.#tell(errorText(error))
      throw error
    }
  }

  async #follow(): Promise<void> {
    const { store, listener, wanted, log } = this.#options
    try {
      const move = await listener.prepare(wanted(store.config))
      move?.commit()
      this.#tell(undefined)
    } catch (error) {
      log.warn({ reason: errorText(error) }, 'the address in config.json is not used')
      this.#tell(errorText(error))
    }
  }

  #tell(problem: string | undefined): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#options.store.emit('warnings')
  }
}
