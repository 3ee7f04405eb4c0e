/** The status of the service as `GET /api/status` shows it, gathered from the owners of state. */
import { EventEmitter } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { Status } from '../../src-shared/api.ts'
import { overallHealth, routeProblems, type HealthOf } from '../../src-shared/routing/overall.ts'
import type { Auth } from '../auth/auth.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { LastAsked } from '../http/last-asked.ts'
import type { Listener } from '../listener/listener.ts'
import { addressesOf } from '../platform/addresses.ts'
import { version } from '../platform/package-info.ts'
import type { AnswerForms } from '../predict/answer-forms.ts'
import type { ConfigStore } from '../settings/store.ts'
import type { ConfigApplier } from './apply-config.ts'
import type { WantedAddress } from './wanted-address.ts'

/** A hint; it stands last among the warnings. */
const NO_PASSWORD =
  'No password is set: everyone on the home network can change this configuration; set one on the page /config'
/** Docker's port proxy sends clients of other networks on from its own, private address. */
export const NO_PASSWORD_IN_CONTAINER =
  'No password is set: in a container, clients from outside can look like machines at home, so everyone who reaches the port can change this configuration; set one on the page /config'

interface StatusEvents {
  /** The status may be another one. */
  change: []
}

export interface StatusSources {
  store: ConfigStore
  availability: BackendAvailability
  auth: Auth
  forms: AnswerForms
  listener: Listener
  applier: ConfigApplier
  wantedAddress: WantedAddress
  lastAsked: LastAsked
  /** Whether a desktop runs around the service. */
  desktop: boolean
  /** Whether this process runs in a container. */
  container: boolean
}

/**
 * Owns nothing but the time of the start: {@link current} reads the owners each time. Emits `change` where one of them
 * has changed.
 */
export class StatusReport extends EventEmitter<StatusEvents> {
  readonly #sources: StatusSources
  /** On the monotonic clock, milliseconds. */
  readonly #startedAt = performance.now()

  constructor(sources: StatusSources) {
    super()
    this.#sources = sources
    const { store, availability, applier, forms } = sources
    const changed = (): void => void this.emit('change')
    store.on('change', changed).on('warnings', changed)
    availability.on('update', changed)
    forms.on('change', changed)
    sources.lastAsked.on('change', changed)
    applier.on('problem', changed)
  }

  /** The status at this moment. */
  current(): Status {
    const { store, availability, listener, wantedAddress, lastAsked, desktop, container } = this.#sources
    const healthOf: HealthOf = (name) => availability.healthOf(name)
    const { host, port } = listener.address ?? wantedAddress.of(store.config)
    return {
      version,
      uptimeSeconds: Math.floor((performance.now() - this.#startedAt) / 1000),
      addresses: addressesOf(host, port, networkInterfaces()),
      configFile: store.file,
      overall: overallHealth(store.config, healthOf),
      problems: routeProblems(store.config, healthOf),
      warnings: this.#warnings(),
      commandLine: wantedAddress.overrides(port),
      lastAsked: lastAsked.current,
      desktop,
      container,
    }
  }

  /** Each backend once, with the first model that it cannot load. */
  #brokenModels(): string[] {
    const told = new Map<string, string>()
    for (const { backend, model } of this.#sources.availability.brokenModels()) {
      if (!told.has(backend)) told.set(backend, `${backend} cannot load its model (${model}); restart it`)
    }
    return [...told.values()]
  }

  #warnings(): string[] {
    const { store, auth, applier, forms, container } = this.#sources
    const warnings = [...store.warnings, ...forms.warnings(), ...this.#brokenModels()]
    if (applier.problem !== undefined)
      warnings.push(`The address in config.json is not used: ${applier.problem}`)
    if (!auth.passwordSet) warnings.push(container ? NO_PASSWORD_IN_CONTAINER : NO_PASSWORD)
    return warnings
  }
}
