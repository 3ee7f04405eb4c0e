/** The service without a desktop: what can be done with it, and whom to ask. */
import { EventEmitter } from 'node:events'
import type { Overall, Status } from '../../src-shared/api.ts'
import type { Auth } from '../auth/auth.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { ListenAddress } from '../listener/server.ts'
import type { Logger } from '../platform/log.ts'
import { FolderLock } from '../settings/folder-lock.ts'
import { confWriter } from '../settings/writer.ts'
import { ConfigStore } from '../settings/store.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { Immich } from '../immich/immich.ts'
import { compose, type Parts, type ServiceOptions } from './compose.ts'
import type { Permit } from './apply-config.ts'
import { SHUTDOWN_GRACE_MS } from './limits.ts'
import { workOf, type Work } from './work.ts'

interface ServiceEvents {
  /** Overall health changed. */
  overall: [overall: Overall]
  /** The service listens on another address than before. */
  moved: [address: ListenAddress]
}

export class Service extends EventEmitter<ServiceEvents> {
  readonly log: Logger
  /** The owner of the configuration. */
  readonly store: ConfigStore
  /** The owner of the password and the sessions. */
  readonly auth: Auth
  /** The owner of the health of the backends. */
  readonly monitor: HealthMonitor
  /** The Immich whose queues are guarded, the losses and the progress. */
  readonly immich: Immich
  /** The owner of how each backend stands. */
  readonly availability: BackendAvailability
  /** The owner of debug mode and its records. */
  readonly recorder: Recorder
  /** The name of the session cookie; two services on one computer have different ones. */
  readonly cookieName: string
  readonly #parts: Parts
  readonly #lock: FolderLock

  /** @param lock held until the service has stopped */
  constructor(parts: Parts, lock: FolderLock) {
    super()
    this.#parts = parts
    this.#lock = lock
    lock.portOf = () => this.address?.port
    this.log = parts.log
    this.store = parts.store
    this.auth = parts.auth
    this.monitor = parts.monitor
    this.availability = parts.availability
    this.immich = parts.immich
    this.recorder = parts.recorder
    this.cookieName = parts.cookieName
    parts.overall.on('change', (overall) => this.emit('overall', overall))
    parts.listener.on('moved', (address) => this.emit('moved', address))
  }

  /** Where the service listens, with the port that the system chose; undefined while it does not listen. */
  get address(): ListenAddress | undefined {
    return this.#parts.listener.address
  }

  /** Where the service is to listen, whether it does or not. Its port may be 0, any free one. */
  get wanted(): ListenAddress {
    return this.#parts.wantedAddress.of(this.store.config)
  }

  /** Predictions that wait to be admitted: for their turn or for memory. */
  get waiting(): number {
    return this.#parts.predict.admission.waiting
  }

  /** How busy the service is. Cheap: nothing is counted for it. */
  get work(): Work {
    return workOf(this.#parts.predict)
  }

  /**
   * The token that lets the app's own window in: open `/config?token=…` or `/debug?token=…` with it. Each start has
   * another one. It must be given to nobody else.
   */
  get windowToken(): string {
    return this.auth.windowToken
  }

  status(): Status {
    return this.#parts.status.current()
  }

  /**
   * Whether another program on this computer answers at our address. To be asked before the window's token is sent
   * there.
   */
  foreignListenerAnswers(): Promise<boolean> {
    return this.#parts.listener.foreignListenerAnswers()
  }

  /**
   * Listens and starts the health checks.
   * @throws {AppError} PORT_TAKEN, PORT_DENIED, HOST_UNKNOWN or LISTEN (409)
   */
  async start(): Promise<void> {
    await this.#parts.listener.start(this.wanted)
    this.monitor.start()
    void this.immich.apply(this.store.config.immich)
  }

  /**
   * Lets requests in flight finish, then closes everything.
   * @param graceMs how long they may take, milliseconds
   */
  async stop(graceMs = SHUTDOWN_GRACE_MS): Promise<void> {
    const { stopping, listener, applier, registry, hold } = this.#parts
    stopping.abort()
    hold.stop()
    this.monitor.stop()
    this.availability.stop()
    this.store.close()
    this.auth.stop()
    await listener.close(graceMs)
    await applier.settled
    await registry.close()
    // The last: what was lost on the way is counted.
    await this.immich.stop()
    await this.#lock.release()
  }

  /** After the computer slept: drops connections to backends, which may be dead, and checks all backends at once. */
  async resume(): Promise<void> {
    this.immich.woke()
    this.#parts.registry.resetConnections()
    await this.monitor.checkAll()
  }

  /**
   * Judges and saves a posted configuration, and listens at its address.
   * @param posted as the body of `POST /api/config`
   * @param ifMatch the revision that the client started from; no check where it is undefined
   * @param permit throws where the save is not allowed any more
   * @returns what is used in another way than it was posted, as sentences
   * @throws {AppError} what {@link ConfigApplier.save} throws; then nothing has changed
   */
  saveConfig(posted: unknown, ifMatch?: string, permit?: Permit): Promise<readonly string[]> {
    return this.#parts.applier.save(posted, ifMatch, permit)
  }

  /**
   * Saves the port on which the next {@link start} listens, whatever the command line said: for a service that cannot
   * start because its port is taken.
   * @throws {AppError} CONFIG_UNWRITABLE (500)
   */
  choosePort(port: number): void {
    this.store.edit((config) => ({ ...config, server: { ...config.server, port } }))
    this.#parts.wantedAddress.forgetPort()
  }

  /**
   * Removes a forgotten password.
   * @returns whether there was one
   * @throws {AppError} CONFIG_UNWRITABLE (500)
   */
  resetPassword(): boolean {
    return this.auth.resetPassword()
  }
}

/**
 * Opens the configuration and makes a service around it. It does not listen yet.
 * @throws {AppError} FOLDER_UNUSABLE (500), FOLDER_IN_USE (409) where another process uses the folder, CONFIG_UNREADABLE
 *   (500)
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { userDataDir: folder, writer = confWriter, log } = options
  const lock = await FolderLock.take(folder, log)
  try {
    const store = await ConfigStore.open({ folder, writer, log })
    return new Service(compose(options, store), lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}
