/** Keeps the computer awake while predictions run and a minute longer. No Electron in here. */
import { STAY_AWAKE_MS } from '../limits.ts'
import type { Work } from '../../app/work.ts'

export interface StayAwakeOptions {
  readonly work: () => Pick<Work, 'inFlight' | 'begun'>
  readonly enabled: () => boolean
  /** Keeps the computer awake until the function it returns is called. */
  readonly block: () => () => void
}

export class StayAwake {
  readonly #options: StayAwakeOptions
  #begun: number
  #lastBusy = -Infinity
  #unblock: (() => void) | undefined

  constructor(options: StayAwakeOptions) {
    this.#options = options
    this.#begun = options.work().begun
  }

  /** Looks for work; called now and then, so that predictions themselves pay nothing for it. */
  readonly check = (): void => {
    const { inFlight, begun } = this.#options.work()
    // What began and ended between two looks is work as well.
    if (inFlight > 0 || begun !== this.#begun) this.#lastBusy = performance.now()
    this.#begun = begun
    if (this.#options.enabled() && performance.now() - this.#lastBusy < STAY_AWAKE_MS) {
      this.#unblock ??= this.#options.block()
    } else {
      this.release()
    }
  }

  release(): void {
    this.#unblock?.()
    this.#unblock = undefined
  }
}
