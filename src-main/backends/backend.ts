/** The backends in force: one runtime object each, exchanged when the configuration changes. */
import { EMPTY_CONFIG, type BackendConfig, type Config } from '../../src-shared/config/schema.ts'
import { BackendClient } from './client.ts'

/** A configured backend with its connections. */
export class Backend {
  readonly client: BackendClient
  #config: BackendConfig
  /** Predictions running on it now. */
  inFlight = 0

  constructor(config: BackendConfig) {
    this.#config = config
    this.client = new BackendClient(config)
  }

  get config(): BackendConfig {
    return this.#config
  }

  get name(): string {
    return this.#config.name
  }

  get hasFreeSlot(): boolean {
    return this.inFlight < (this.#config.maxConcurrent ?? Infinity)
  }

  /** Takes over the settings that do not touch its connections. */
  adopt(config: BackendConfig): void {
    this.#config = config
  }
}

/** Whether two configurations are reached over the same connections under the same name. */
function sameIdentity(a: BackendConfig, b: BackendConfig): boolean {
  const identity = ({ name, url, headers, tls }: BackendConfig): string =>
    JSON.stringify([name, url, headers, tls])
  return identity(a) === identity(b)
}

/**
 * The configuration and its backends at one moment. A request works on the snapshot it started with, also when
 * a backend is renamed or removed meanwhile.
 */
export class Snapshot {
  readonly config: Config
  readonly #backends: ReadonlyMap<string, Backend>

  constructor(config: Config, backends: ReadonlyMap<string, Backend>) {
    this.config = config
    this.#backends = backends
  }

  get(name: string): Backend | undefined {
    return this.#backends.get(name)
  }

  get backends(): Iterable<Backend> {
    return this.#backends.values()
  }
}

/** The owner of the backends in force, and of those that still finish requests. */
export class BackendRegistry {
  #snapshot = new Snapshot(EMPTY_CONFIG, new Map())
  /** Backends no longer configured, until the last request on their connections is done. */
  readonly #retired = new Set<Backend>()

  get current(): Snapshot {
    return this.#snapshot
  }

  /** Makes a configuration the one in force; backends that stay the same keep their connections. */
  apply(config: Config): Snapshot {
    const next = new Map<string, Backend>()
    for (const wanted of config.backends) {
      const kept = this.#snapshot.get(wanted.name)
      if (kept !== undefined && sameIdentity(kept.config, wanted)) {
        kept.adopt(wanted)
        next.set(wanted.name, kept)
      } else {
        next.set(wanted.name, new Backend(wanted))
      }
    }
    const old = this.#snapshot
    this.#snapshot = new Snapshot(config, next)
    for (const backend of old.backends) {
      if (next.get(backend.name) !== backend) this.#retire(backend)
    }
    return this.#snapshot
  }

  /** Drops the connections of all backends, after the computer slept. */
  resetConnections(): void {
    for (const backend of this.#snapshot.backends) backend.client.reset()
  }

  async close(): Promise<void> {
    const all = [...this.#snapshot.backends, ...this.#retired]
    await Promise.all(all.map((backend) => backend.client.destroy()))
  }

  /** A request that comes to it only now, from an older snapshot, gets a connection of its own. */
  #retire(backend: Backend): void {
    this.#retired.add(backend)
    const forget = (): boolean => this.#retired.delete(backend)
    backend.client.close().then(forget, forget)
  }
}
