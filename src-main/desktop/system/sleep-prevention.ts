/** Keeps the computer awake while predictions run, and for {@link STAY_AWAKE_MS} after. Free of Electron. */
import { STAY_AWAKE_MS } from '../limits.ts'
import type { Work } from '../../app/work.ts'

export interface SleepPreventionOptions {
  readonly work: () => Pick<Work, 'atWork' | 'ended'>
  readonly enabled: () => boolean
  /** Keeps the computer awake until the returned function is called. */
  readonly block: () => () => void
}

/**
 * Owns the one block on the computer's sleep. {@link check} takes it or releases it, and has to be called regularly.
 */
export class SleepPrevention {
  readonly #options: SleepPreventionOptions
  #ended: number
  #lastBusyAt = -Infinity
  #unblock: (() => void) | undefined

  constructor(options: SleepPreventionOptions) {
    this.#options = options
    this.#ended = options.work().ended
  }

  /** Checks for work. Called by a timer, so that predictions themselves bear no cost. */
  readonly check = (): void => {
    const { atWork, ended } = this.#options.work()
    // The counter also shows predictions that began and ended between two checks.
    if (atWork > 0 || ended !== this.#ended) this.#lastBusyAt = performance.now()
    this.#ended = ended
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
