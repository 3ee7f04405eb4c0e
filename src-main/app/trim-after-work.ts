/** Gives back the memory of an import once it is over: V8 itself collects garbage only while new garbage comes. */
import { TRIM_AFTER_LOOKS, TRIM_AFTER_PREDICTIONS, TRIM_LOOK_MS } from './limits.ts'
import { v8Function } from '../platform/v8-function.ts'
import type { Work } from './work.ts'

/** Decides when: predictions have come, and none came or ran for some looks. */
export class Trimmer {
  readonly #work: () => Work
  readonly #tidy: () => boolean
  #trimmedAt: number
  #seen: number
  /** Looks in a row that saw no work. */
  #quietLooks = 0

  /** @param tidy returns false where it has to be tried again */
  constructor(work: () => Work, tidy: () => boolean) {
    this.#work = work
    this.#tidy = tidy
    this.#trimmedAt = this.#seen = work().begun
  }

  /** Looks for work; called now and then, so that predictions themselves pay nothing for it. */
  readonly check = (): void => {
    const { inFlight, begun } = this.#work()
    this.#quietLooks = inFlight === 0 && begun === this.#seen ? this.#quietLooks + 1 : 0
    this.#seen = begun
    if (this.#quietLooks < TRIM_AFTER_LOOKS || begun - this.#trimmedAt < TRIM_AFTER_PREDICTIONS) return
    if (this.#tidy()) this.#trimmedAt = begun
  }
}

/**
 * Collects all garbage, which takes some 20 ms. V8's compiled code goes with the objects that it was compiled for, and
 * the next predictions take three times as long for a second or two: nothing to be done while somebody searches.
 */
function collectGarbage(): void {
  const collect = v8Function('--expose-gc', 'gc') as () => void
  collect()
}

/** Tidies up after a service's work from now on. Returns the way to stop. */
export function trimAfterWork(service: { readonly work: Work; trimMemory(): boolean }): () => void {
  const tidy = (): boolean => {
    // A photo that is still coming is no prediction yet.
    if (!service.trimMemory()) return false
    collectGarbage()
    return true
  }
  const { check } = new Trimmer(() => service.work, tidy)
  const timer = setInterval(check, TRIM_LOOK_MS).unref()
  return () => clearInterval(timer)
}
