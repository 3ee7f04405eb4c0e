/** Keeps the computer awake while predictions run, and for {@link STAY_AWAKE_MS} after. Free of Electron. */
import { STAY_AWAKE_MS } from '../limits.ts'
import type { Work } from '../../app/work.ts'

export interface SleepPreventionOptions {
  readonly work: () => Pick<Work, 'inFlight' | 'begun'>
  readonly enabled: () => boolean
  /** Keeps the computer awake until the returned function is called. */
  readonly block: () => () => void
}

/**
 * Owns the one block on the computer's sleep. {@link check} takes it or releases it, and has to be called regularly.
 */
export class SleepPrevention {
  readonly #options: SleepPreventionOptions
  #begun: number
  #lastBusyAt = -Infinity
  #unblock: (() => void) | undefined

  constructor(options: SleepPreventionOptions) {
    this.#options = options
    this.#begun = options.work().begun
  }

  /** Checks for work. Called by a timer, so that predictions themselves bear no cost. */
  readonly check = (): void => {
    const { inFlight, begun } = this.#options.work()
    // The counter also shows predictions that began and ended between two checks.
    if (inFlight > 0 || begun !== this.#begun) this.#lastBusyAt = performance.now()
    this.#begun = begun
    if (this.#options.enabled() && performance.now() - this.#lastBusyAt < STAY_AWAKE_MS) {
      this.#unblock ??= this.#options.block()
    } else {
      this.release()
    }
  }

  /** Lets the computer sleep again. */
  release(): void {
    this.#unblock?.()
    this.#unblock = undefined
  }
}
