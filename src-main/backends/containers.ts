/** The owner of the managed containers: one for each backend with `manage`. */
import type { ManageConfig } from '../../src-shared/config/schema.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { Backend, BackendRegistry } from './backend.ts'
import { ManagedContainer, type ManagedContainerOptions } from './container.ts'
import type { ContainerEngines, FoundContainer } from './container-engines.ts'

export interface ManagedContainersOptions {
  registry: Pick<BackendRegistry, 'current'>
  engines: ContainerEngines
  clock: Clock
  log: Logger
  /** How many predictions run on a backend. */
  inFlight: (backend: Backend) => number
  /** Pings a backend now. */
  ping: (backend: Backend) => void
  /** The state of a backend's container changed, or what is wrong with it. */
  onChange: (name: string) => void
}

interface Owned {
  readonly managed: ManagedContainer
  /** Backend, container and engine: with others there is another one. */
  readonly identity: string
}

const identityOf = (name: string, { container, socket }: ManageConfig): string =>
  JSON.stringify([name, container, socket])

export class ManagedContainers {
  readonly #options: ManagedContainersOptions
  #owned = new Map<string, Owned>()

  constructor(options: ManagedContainersOptions) {
    this.#options = options
  }

  /** Follows a change of the registry. A container that is not managed any more stays as it is. */
  sync(): void {
    const before = this.#owned
    this.#owned = new Map()
    for (const { name, config } of this.#options.registry.current.backends) {
      const { manage } = config
      if (manage === undefined) continue
      const identity = identityOf(name, manage)
      const known = before.get(name)
      if (known?.identity === identity) {
        before.delete(name)
        this.#owned.set(name, known)
        known.managed.adopt(manage)
      } else this.#owned.set(name, { identity, managed: this.#create(name, manage) })
    }
    for (const [name, { managed }] of before) {
      void managed.stop()
      if (!this.#owned.has(name)) this.#options.onChange(name)
    }
  }

  /** The container of a backend; undefined where it has none. */
  get(name: string): ManagedContainer | undefined {
    return this.#owned.get(name)?.managed
  }

  get isEmpty(): boolean {
    return this.#owned.size === 0
  }

  /** A request needs a backend; see {@link ManagedContainer.need}. */
  need(name: string): boolean {
    return this.get(name)?.need() ?? false
  }

  /** Whether a request would have the container of a backend started. */
  canStart(name: string): boolean {
    return this.get(name)?.canStart ?? false
  }

  /** Whether the container of a backend starts, or will once it has stopped. */
  isComing(name: string): boolean {
    return this.get(name)?.isComing ?? false
  }

  /** A prediction ended somewhere. */
  ended(): void {
    for (const { managed } of this.#owned.values()) managed.ended()
  }

  /** What may be managed. @throws {EngineError} */
  list(): Promise<FoundContainer[]> {
    return this.#options.engines.list()
  }

  /** Ends it; the containers stay as they are. Calls under way are ended, whatever the engine makes of them. */
  async stop(): Promise<void> {
    const ended = [...this.#owned.values()].map(({ managed }) => managed.stop())
    await Promise.all([this.#options.engines.close(), ...ended])
  }

  #create(name: string, manage: ManageConfig): ManagedContainer {
    const { registry, engines, clock, log, inFlight, ping, onChange } = this.#options
    const backend = (): Backend | undefined => registry.current.get(name)
    const options: ManagedContainerOptions = {
      name,
      manage,
      engines,
      clock,
      log,
      inFlight: () => {
        const known = backend()
        return known === undefined ? 0 : inFlight(known)
      },
      ping: () => {
        const known = backend()
        if (known !== undefined) ping(known)
      },
      onChange: () => onChange(name),
    }
    return new ManagedContainer(options)
  }
}
