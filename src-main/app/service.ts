/** The service without a desktop: what a desktop or a headless run can do with it and ask it. */
import { EventEmitter } from 'node:events'
import type { Overall, Status } from '../../src-shared/api.ts'
import type { Auth } from '../auth/auth.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { Courtesy } from '../courtesy/courtesy.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { ListenAddress } from '../listener/server.ts'
import type { Logger } from '../platform/log.ts'
import { FolderLock } from '../settings/folder-lock.ts'
import { confWriter } from '../settings/writer.ts'
import { ConfigStore } from '../settings/store.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { Immich } from '../immich/immich.ts'
import { compose, type Parts } from './compose.ts'
import type { ServiceOptions } from './service-options.ts'
import { applyImmich } from './feed-immich.ts'
import type { Permit } from './apply-config.ts'
import { SHUTDOWN_GRACE_MS } from './limits.ts'
import { workOf, type Work } from './work.ts'

/** The configuration in force: read, followed, and edited where no client posted it. A posted one: {@link Service.saveConfig}. */
type ConfigAccess = Pick<ConfigStore, 'file' | 'config' | 'edit' | 'on' | 'once' | 'off'>
/** The password and the sessions, without their start and end. */
type AuthAccess = Pick<Auth, 'passwordSet' | 'authenticate' | 'login' | 'setPassword' | 'on' | 'off'>
/** The health of the backends: read, followed, and checked now. Its checks start and stop with the service. */
type HealthAccess = Pick<HealthMonitor, 'states' | 'healthOf' | 'checkAll' | 'on' | 'off'>
/** How each backend stands: read and followed. */
type AvailabilityAccess = Pick<BackendAvailability, 'states' | 'on' | 'off'>
/** The pauses of the backends of this computer; takes in what the desktop reports of it. */
type CourtesyAccess = Pick<
  Courtesy,
  'attach' | 'wanted' | 'of' | 'onThisComputer' | 'pauseThisComputer' | 'resumeThisComputer' | 'on' | 'off'
>
/** The status of Immich; pauses its queues before a sleep. */
type ImmichAccess = Pick<Immich, 'status' | 'progress' | 'suspend' | 'on' | 'off'>
/** Debug mode and its records. */
type RecorderAccess = Pick<
  Recorder,
  | 'enabled'
  | 'setEnabled'
  | 'setMaxRecords'
  | 'list'
  | 'status'
  | 'clear'
  | 'incoming'
  | 'listenerCount'
  | 'on'
  | 'off'
>

interface ServiceEvents {
  /** Overall health changed. */
  overall: [overall: Overall]
  /** The service listens on another address than before. */
  moved: [address: ListenAddress]
}

/**
 * Owns the start and the end of all parts, and is all that a desktop or a headless run knows of them: of the owners of
 * state it hands out what they are asked from outside. Made by {@link createService}. {@link start} may be called again
 * after it failed; nothing may be called after {@link stop}.
 */
export class Service extends EventEmitter<ServiceEvents> {
  readonly log: Logger
  /** The owner of the configuration. */
  readonly store: ConfigAccess
  /** The owner of the password and the sessions. */
  readonly auth: AuthAccess
  /** The owner of the health of the backends. */
  readonly monitor: HealthAccess
  /** The Immich whose queues are guarded, the losses and the progress. */
  readonly immich: ImmichAccess
  /** The owner of how each backend stands. */
  readonly availability: AvailabilityAccess
  /** The owner of pauses. */
  readonly courtesy: CourtesyAccess
  /** The owner of debug mode and its records. */
  readonly recorder: RecorderAccess
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
    this.courtesy = parts.courtesy
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

  /** How busy the service is. Cheap. */
  get work(): Work {
    return workOf({ ...this.#parts, ...this.#parts.predict })
  }

  /**
   * The token that lets the app's own window in: open `/config?token=…` or `/debug?token=…` with it. Each start has
   * another one. It must be given to no other program.
   */
  get windowToken(): string {
    return this.#parts.auth.windowToken
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
    this.#parts.monitor.start()
    applyImmich(this.#parts)
    this.#parts.predict.history.start()
    this.#parts.learned.start()
  }

  /**
   * Lets requests in flight finish, then closes everything.
   * @param graceMs how long they may take, milliseconds
   */
  async stop(graceMs = SHUTDOWN_GRACE_MS): Promise<void> {
    const { stopping, listener, applier, registry, monitor, availability, store, auth, hold } = this.#parts
    const { learned, predict, immich, courtesy, containers } = this.#parts
    stopping.abort()
    hold.stop()
    monitor.stop()
    availability.stop()
    courtesy.stop()
    store.close()
    auth.stop()
    await listener.close(graceMs)
    await applier.settled
    await containers.stop()
    learned.stop()
    await predict.history.stop()
    await registry.close()
    // The last: what was lost on the way is counted.
    await immich.stop()
    await this.#lock.release()
  }

  /** After the computer slept: drops connections to backends, which may be dead, and checks all backends at once. */
  async resume(): Promise<void> {
    this.#parts.courtesy.woke()
    this.#parts.immich.woke()
    this.#parts.registry.resetConnections()
    await this.monitor.checkAll()
  }

  /**
   * Judges and saves a posted configuration, and listens at its address.
   * @param posted as the body of `POST /api/config`
   * @param ifMatch the revision that the client started from; no check where it is undefined
   * @param permit throws where the save is not allowed (any more)
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
   * Resumes what the queue guard has paused in Immich, before this program is removed. To be called instead of
   * {@link start}.
   * @returns what may still be paused, as sentences
   */
  resumeQueues(): Promise<string[]> {
    return this.#parts.immich.release(this.store.config.immich)
  }

  /**
   * Removes a forgotten password.
   * @returns whether there was one
   * @throws {AppError} CONFIG_UNWRITABLE (500)
   */
  resetPassword(): boolean {
    return this.#parts.auth.resetPassword()
  }
}

/**
 * Opens the configuration and makes a service around it. It does not listen yet.
 * @throws {AppError} FOLDER_UNUSABLE (500), FOLDER_IN_USE (409) where another process uses the folder, CONFIG_UNREADABLE
 *   (500)
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { userDataDir: folder, writer = confWriter, log, firstConfig: first } = options
  const lock = await FolderLock.take(folder, log)
  try {
    const store = await ConfigStore.open({ folder, writer, log, first })
    return new Service(compose(options, store), lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}
