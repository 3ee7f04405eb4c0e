/** Gives back the memory of an import once it is over: V8 itself collects garbage only while new garbage comes. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { TIDY_AFTER_PREDICTIONS, TIDY_EVERY_MS } from './defaults.ts'
import type { Work } from './work.ts'

/**
 * Decides when: as soon as predictions have come, none came or ran between two looks, and the memory for photos was
 * let go of, which would stay if it were collected before.
 */
export class Tidier {
  readonly #work: () => Work
  readonly #tidy: () => void
  #tidiedAt: number
  #seen: number

  constructor(work: () => Work, tidy: () => void) {
    this.#work = work
    this.#tidy = tidy
    this.#tidiedAt = this.#seen = work().begun
  }

  /** Looks for work; called now and then, so that predictions themselves pay nothing for it. */
  readonly check = (): void => {
    const { inFlight, begun, keptBytes } = this.#work()
    const isQuiet = inFlight === 0 && keptBytes === 0 && begun === this.#seen
    this.#seen = begun
    if (!isQuiet || begun - this.#tidiedAt < TIDY_AFTER_PREDICTIONS) return
    this.#tidiedAt = begun
    this.#tidy()
  }
}

/** Collects all garbage, which takes some 20 ms. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

/** Tidies up after work from now on. Returns the way to stop. */
export function tidyAfterWork(work: () => Work): () => void {
  const { check } = new Tidier(work, collectGarbage)
  const timer = setInterval(check, TIDY_EVERY_MS).unref()
  return () => clearInterval(timer)
}
