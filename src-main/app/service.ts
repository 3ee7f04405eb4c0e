/** The one place where the parts are put together. */
import { EventEmitter } from 'node:events'
import { networkInterfaces } from 'node:os'
import { AddressKeeper } from './address-keeper.ts'
import { addressesOf } from '../platform/addresses.ts'
import type { Overall, Status } from '../../src-shared/api.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { assemble, type ServiceOptions } from './assemble.ts'
import { DEFAULT_HOST, DEFAULT_PORT } from '../../src-shared/limits.ts'
import { SHUTDOWN_GRACE_MS } from './limits.ts'
import { createApp } from '../http/app.ts'
import type { ServiceParts } from '../http/parts.ts'
import type { PredictDeps } from '../http/predict.ts'
import { listen, type Address } from '../listener/server.ts'
import { Listening } from '../listener/listener.ts'
import type { BackendSlots } from '../predict/backend-slots.ts'
import { missing, overallHealth } from '../../src-shared/routing/overall.ts'
import { confWriter } from '../settings/file.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import { ConfigStore } from '../settings/store.ts'
import { version } from '../platform/package-info.ts'
import { workOf, type Work } from './work.ts'

export type { ServiceOptions } from './assemble.ts'

interface ServiceEvents {
  /** The health of the whole changed. */
  overall: [overall: Overall]
  /** The service listens on another address than before. */
  moved: [address: Address]
}

/** A hint among the warnings; always the last of them. */
const NO_PASSWORD =
  'No password is set: everyone on the home network can change this configuration; set one on the page /config'

/** The whole program without a desktop: settings, health, predictions, records, and the listening socket. */
export class Service extends EventEmitter<ServiceEvents> {
  readonly parts: ServiceParts
  readonly #options: ServiceOptions
  readonly #app: ReturnType<typeof createApp>
  readonly #predict: PredictDeps
  readonly #stopping = new AbortController()
  readonly #started = performance.now()
  readonly #listening: Listening
  readonly #addressKeeper: AddressKeeper
  #overall: Overall = 'idle'
  /** The port of the command line, until another is chosen. */
  #port: number | undefined

  constructor(options: ServiceOptions, store: ConfigStore) {
    super()
    this.#options = options
    this.#port = options.port
    const { parts, predict, room } = assemble(options, store, {
      stopping: this.#stopping.signal,
      status: () => this.status(),
      saveConfig: (...args) => this.saveConfig(...args),
    })
    this.parts = parts
    this.#predict = predict
    const { monitor, registry, door, log } = parts
    this.#app = createApp(this.parts, options.limits)
    this.#listening = new Listening({
      open: (address) => listen(address, this.#app, this.#predict, options.limits),
      log,
      onMove: (address) => this.emit('moved', address),
    })
    this.#addressKeeper = new AddressKeeper({
      store,
      listening: this.#listening,
      log,
      wanted: (config) => this.#wantedAddress(config),
    })
    store.on('change', (config) => this.#apply(config, room))
    monitor.on('change', () => room.rechoose())
    monitor.on('update', () => this.#tellOverall())
    registry.apply(store.config)
    door.apply(store.config.security)
  }

  /** Where the service listens, or undefined while it does not. */
  get address(): Address | undefined {
    return this.#listening.address
  }

  /** Whether another program answers on this computer at our address; asked before the window's token goes there. */
  foreignListenerAnswers(): Promise<boolean> {
    return this.#listening.foreignListenerAnswers()
  }

  /** Predictions that wait at the door. */
  get waiting(): number {
    const { predictions, heldBytes } = this.#predict.admission
    return predictions.waiting + heldBytes.waiting
  }

  /**
   * The token that lets the app's own window in: open `/config?token=…` or `/debug?token=…` with it. Another one
   * at each start; hand it to nobody else.
   */
  get windowToken(): string {
    return this.parts.auth.windowToken
  }

  /**
   * Removes a forgotten password.
   * @returns whether there was one
   * @throws {AppError} CONFIG_UNWRITABLE (500)
   */
  resetPassword(): boolean {
    return this.parts.auth.resetPassword()
  }

  /**
   * Listens and starts the health checks.
   * @throws {AppError} PORT_TAKEN and the like
   */
  async start(): Promise<void> {
    await this.#listening.start(this.wanted)
    this.parts.monitor.start()
  }

  /**
   * Lets requests in flight finish, then closes everything.
   * @param graceMs how long they may take, milliseconds
   */
  async stop(graceMs = SHUTDOWN_GRACE_MS): Promise<void> {
    this.#stopping.abort()
    this.parts.monitor.stop()
    this.parts.store.close()
    this.parts.auth.stop()
    await this.#listening.close(graceMs)
    await this.#addressKeeper.settled
    await this.parts.registry.close()
  }

  /** After the computer slept: drops connections that may be dead and checks all backends at once. */
  async resume(): Promise<void> {
    this.parts.registry.resetConnections()
    await this.parts.monitor.checkAll()
  }

  /**
   * Judges and saves a posted configuration, and moves to its address.
   * @param permit throws where the save may not be made any more; asked when its turn has come
   * @throws {AppError} what {@link AddressKeeper.save} throws; then nothing has changed
   */
  saveConfig(posted: unknown, ifMatch?: string, permit?: () => void): Promise<void> {
    return this.#addressKeeper.save(posted, ifMatch, permit)
  }

  /** Where it listens or would listen if it could. */
  get wanted(): Address {
    return this.#wantedAddress(this.parts.store.config)
  }

  get work(): Work {
    return workOf(this.#predict)
  }

  /**
   * Saves the port that the next {@link start} listens on, in place of one from the command line as well: for
   * a service that cannot start because its port is taken.
   * @throws {AppError} CONFIG_UNWRITABLE
   */
  choosePort(port: number): void {
    this.parts.store.edit((config) => ({ ...config, server: { ...config.server, port } }))
    this.#port = undefined
  }

  status(): Status {
    const { store } = this.parts
    const healthOf = this.#healthOf
    const { host, port } = this.address ?? this.wanted
    return {
      version,
      uptimeSeconds: Math.floor((performance.now() - this.#started) / 1000),
      addresses: addressesOf(host, port, networkInterfaces()),
      configFile: store.file,
      overall: overallHealth(store.config, healthOf),
      problems: missing(store.config, healthOf),
      warnings: this.#warnings(),
      commandLine: this.#commandLine(port),
      desktop: this.#options.desktop ?? false,
    }
  }

  /** @param port the one in force, which the command line may have left to chance */
  #commandLine(port: number): Status['commandLine'] {
    const { host } = this.#options
    return {
      ...(this.#port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
    }
  }

  #warnings(): string[] {
    const warnings = [...this.parts.store.warnings]
    const { problem } = this.#addressKeeper
    if (problem !== undefined) warnings.push(`The address in config.json is not used: ${problem}`)
    if (!this.parts.auth.passwordSet) warnings.push(NO_PASSWORD)
    return warnings
  }

  readonly #healthOf = (name: string): ReturnType<HealthMonitor['healthOf']> =>
    this.parts.monitor.healthOf(name)

  #wantedAddress(config: Config): Address {
    return {
      host: this.#options.host ?? config.server?.host ?? DEFAULT_HOST,
      port: this.#port ?? config.server?.port ?? DEFAULT_PORT,
    }
  }

  #apply(config: Config, room: BackendSlots): void {
    this.parts.registry.apply(config)
    this.parts.door.apply(config.security)
    this.parts.monitor.sync()
    room.rechoose()
    this.#tellOverall()
    // A save has moved there by the time it is this one's turn.
    void this.#addressKeeper.follow()
  }

  #tellOverall(): void {
    const overall = overallHealth(this.parts.store.config, this.#healthOf)
    if (overall === this.#overall) return
    this.#overall = overall
    this.parts.log.warn({ overall }, `the whole is ${overall}`)
    this.emit('overall', overall)
  }
}

/**
 * Puts a service together; it does not listen yet.
 * @throws {AppError} FOLDER_UNUSABLE
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const store = await ConfigStore.open({
    folder: options.userDataDir,
    writer: options.writer ?? confWriter,
    log: options.log,
  })
  return new Service(options, store)
}
