/** The owner of overall health: derives it from the health of the backends, logs and reports its changes. */
import { EventEmitter } from 'node:events'
import type { Overall } from '../../src-shared/api.ts'
import { overallHealth, overallText, type HealthOf } from '../../src-shared/routing/overall.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { Logger } from '../platform/log.ts'
import type { ConfigStore } from '../settings/store.ts'

interface OverallEvents {
  change: [overall: Overall]
}

export interface OverallHealthOptions {
  store: Pick<ConfigStore, 'config'>
  availability: Pick<BackendAvailability, 'healthOf'>
  log: Logger
}

/**
 * Owns the overall health that was last reported. Emits `change` and logs where {@link update} finds another one.
 */
export class OverallHealth extends EventEmitter<OverallEvents> {
  readonly #options: OverallHealthOptions
  #overall: Overall = 'idle'

  constructor(options: OverallHealthOptions) {
    super()
    this.#options = options
  }

  /** To be called whenever the configuration or the health of a backend may have changed. */
  update(): void {
    const { store, availability, log } = this.#options
    const healthOf: HealthOf = (name) => availability.healthOf(name)
    const overall = overallHealth(store.config, healthOf)
    if (overall === this.#overall) return
    this.#overall = overall
    log.warn({ overall }, `overall health: ${overallText(store.config, healthOf)}`)
    this.emit('change', overall)
  }
}
