/** The backends in force, one object each, replaced when their configuration changes. */
import { EMPTY_CONFIG, type BackendConfig, type Config } from '../../src-shared/config/schema.ts'
import { planDispatches, type Dispatch, type Entry } from '../../src-shared/routing/plan.ts'
import { tiersFor, type Tier } from '../../src-shared/routing/tiers.ts'
import { BackendClient } from './client.ts'
import { MAX_KEPT_TIERS, MAX_KEPT_TIERS_CHARS } from './limits.ts'
import { Resolver } from './resolver.ts'

/** A configured backend with its connections. */
export class Backend {
  readonly client: BackendClient
  #config: BackendConfig

  constructor(config: BackendConfig, resolver: Resolver) {
    this.#config = config
    this.client = new BackendClient(config, resolver)
  }

  get config(): BackendConfig {
    return this.#config
  }

  get name(): string {
    return this.#config.name
  }

  /** Takes over settings that do not concern its connections. */
  adopt(config: BackendConfig): void {
    this.#config = config
  }
}

/** Whether two configurations have the same name and can use the same connections. */
function sameIdentity(a: BackendConfig, b: BackendConfig): boolean {
  const identity = ({ name, url, headers, tls }: BackendConfig): string =>
    JSON.stringify([name, url, headers, tls])
  return identity(a) === identity(b)
}

/**
 * A configuration and its backends. A request keeps the snapshot that it started with, so that a backend which is
 * renamed or removed in the meantime still answers it.
 */
export class Snapshot {
  readonly config: Config
  readonly #backends: ReadonlyMap<string, Backend>
  /** By task and type. */
  readonly #tiers = new Map<string, readonly Tier[]>()
  readonly #plans = new WeakMap<readonly Entry[], readonly Dispatch[]>()

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

  /** The dispatches of a request; of the same list of entries the same plan. */
  plan(entries: readonly Entry[]): readonly Dispatch[] {
    let plan = this.#plans.get(entries)
    if (plan === undefined) {
      plan = planDispatches(this.config, entries, (task, type) => this.tiersFor(task, type))
      this.#plans.set(entries, plan)
    }
    return plan
  }

  /** As {@link tiersFor}: the same array each time for the few tasks and types that there are. */
  tiersFor(task: string, type: string): readonly Tier[] {
    // With its length in front, no other two names make the same text.
    const key = `${task.length}:${task}${type}`
    const known = this.#tiers.get(key)
    if (known !== undefined) return known
    const tiers = tiersFor(this.config, task, type)
    if (this.#tiers.size < MAX_KEPT_TIERS && key.length <= MAX_KEPT_TIERS_CHARS) this.#tiers.set(key, tiers)
    return tiers
  }
}

/** The owner of the backends in force, and of removed ones that still finish requests. */
export class BackendRegistry {
  #snapshot = new Snapshot(EMPTY_CONFIG, new Map())
  /** Removed backends, until the last request on their connections has ended. */
  readonly #retired = new Set<Backend>()
  readonly #resolver: Resolver

  /** @param resolver of the names of all its backends; closed with it */
  constructor(resolver = new Resolver()) {
    this.#resolver = resolver
  }

  get current(): Snapshot {
    return this.#snapshot
  }

  /**
   * Puts a configuration in force. Backends whose name, URL, headers and TLS settings stay keep connections and
   * health.
   */
  apply(config: Config): Snapshot {
    const next = new Map<string, Backend>()
    for (const wanted of config.backends) {
      const kept = this.#snapshot.get(wanted.name)
      if (kept !== undefined && sameIdentity(kept.config, wanted)) {
        kept.adopt(wanted)
        next.set(wanted.name, kept)
      } else {
        next.set(wanted.name, new Backend(wanted, this.#resolver))
      }
    }
    const old = this.#snapshot
    this.#snapshot = new Snapshot(config, next)
    for (const backend of old.backends) {
      if (next.get(backend.name) !== backend) this.#retire(backend)
    }
    return this.#snapshot
  }

  /** Drops all connections: after the computer slept they may be dead. Requests on them are repeated once. */
  resetConnections(): void {
    for (const backend of this.#snapshot.backends) backend.client.reset()
  }

  /** A client for a backend that is not configured, to test its settings. The caller destroys it. */
  createClient(config: BackendConfig): BackendClient {
    return new BackendClient(config, this.#resolver)
  }

  /** A backend that is not in force, to try its settings. The caller destroys its client. */
  createBackend(config: BackendConfig): Backend {
    return new Backend(config, this.#resolver)
  }

  /** Drops all connections and ends requests on them. */
  async close(): Promise<void> {
    this.#resolver.close()
    const all = [...this.#snapshot.backends, ...this.#retired]
    await Promise.all(all.map((backend) => backend.client.destroy()))
  }

  /** Lets a removed backend finish. A later request, from an older snapshot, gets a connection of its own (`send`). */
  #retire(backend: Backend): void {
    this.#retired.add(backend)
    const forget = (): boolean => this.#retired.delete(backend)
    backend.client.close().then(forget, forget)
  }
}
