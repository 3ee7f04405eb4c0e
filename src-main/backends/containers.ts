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

  get names(): string[] {
    return [...this.#owned.keys()]
  }

  /** What may be managed. @throws {EngineError} */
  list(): Promise<FoundContainer[]> {
    return this.#options.engines.list()
  }

  /** Ends it; the containers stay as they are. */
  async stop(): Promise<void> {
    await Promise.all([...this.#owned.values()].map(({ managed }) => managed.stop()))
    await this.#options.engines.close()
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
