/** The loads of all backends. */
import type { Backend } from '../../backends/backend.ts'
import type { StateEntry, StateKey } from '../../settings/state-file.ts'
import { BackendLoad, type Learned } from './backend-load.ts'

/** `maxConcurrent` where it is a number. */
function setLimitOf({ config: { maxConcurrent } }: Backend): number | undefined {
  return typeof maxConcurrent === 'number' ? maxConcurrent : undefined
}

interface Entry {
  readonly key: StateKey
  readonly load: BackendLoad
}

const keyText = ({ name, url }: StateKey): string => JSON.stringify([name, url])

/**
 * Owns one load for each name and URL. A change of other settings (headers, TLS) makes new connections to the same
 * machine and keeps the load. Predictions on a backend that was removed meanwhile keep its load too.
 */
export class BackendLoads {
  readonly #remembered: (key: StateKey) => Learned | undefined
  readonly #byBackend = new WeakMap<Backend, BackendLoad>()
  /** Of the backends in force. */
  #inForce = new Map<string, Entry>()

  /** @param remembered what was learned of a backend before a restart */
  constructor(remembered: (key: StateKey) => Learned | undefined = () => undefined) {
    this.#remembered = remembered
  }

  of(backend: Backend): BackendLoad {
    const known = this.#byBackend.get(backend)
    if (known !== undefined) return known
    const { name, url } = backend.config
    const kept = this.#inForce.get(keyText({ name, url }))?.load
    const load =
      kept ?? new BackendLoad(performance.now(), setLimitOf(backend), this.#remembered({ name, url }))
    this.#byBackend.set(backend, load)
    return load
  }

  /** Whether anything runs on a backend in force. */
  get isBusy(): boolean {
    return [...this.#inForce.values()].some(({ load }) => load.inFlight > 0)
  }

  /** Takes over the backends of a configuration: drops the loads of other names and URLs, and sets the limits. */
  apply(backends: Iterable<Backend>): void {
    const next = new Map<string, Entry>()
    for (const backend of backends) {
      const { name, url } = backend.config
      const load = this.of(backend)
      load.setLimit(setLimitOf(backend))
      next.set(keyText({ name, url }), { key: { name, url }, load })
    }
    this.#inForce = next
  }

  /** What was learned of the backends in force, except those that have not answered yet. */
  learned(): StateEntry<Learned>[] {
    const all = [...this.#inForce.values()].map(({ key, load }) => ({ ...key, value: load.learned() }))
    return all.filter(({ value }) => Object.keys(value.speeds).length > 0)
  }
}
