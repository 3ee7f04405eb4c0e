/**
 * Releases the memory of an import to the system when the import is over.
 *
 * V8 collects garbage only while new garbage comes, so a service that turns idle keeps the memory of its busiest
 * second: the buffer pool's block, the old generation's garbage. One full collection releases it: a minute after 64
 * photos at once the process has 86 instead of 131 MB. It takes some 20 ms, and V8 throws away the compiled code of the
 * objects it collects: the predictions of the next second or two take three times as long. So it is done once, and only
 * after 40 s without any prediction.
 */
import { TRIM_AFTER_PREDICTIONS, TRIM_AFTER_QUIET_CHECKS, TRIM_CHECK_MS } from './limits.ts'
import { v8Function } from '../platform/v8-function.ts'
import type { Work } from './work.ts'

export interface TrimOptions {
  /** How busy the service is. */
  readonly work: () => Pick<Work, 'inFlight' | 'begun'>
  /** Drops what only waits to be used again; false where some of it is in use and it has to be tried again. */
  readonly trim: () => boolean
}

/** Decides when to trim: predictions have come, and none came or ran during some checks. */
export class Trimmer {
  readonly #work: () => Pick<Work, 'inFlight' | 'begun'>
  readonly #trim: () => boolean
  #begunAtTrim: number
  #begunAtCheck: number
  /** Checks in a row that saw no work. */
  #quietChecks = 0

  constructor({ work, trim }: TrimOptions) {
    this.#work = work
    this.#trim = trim
    this.#begunAtTrim = this.#begunAtCheck = work().begun
  }

  /** Looks for work, every {@link TRIM_CHECK_MS}: predictions themselves pay nothing for it. */
  readonly check = (): void => {
    const { inFlight, begun } = this.#work()
    this.#quietChecks = inFlight === 0 && begun === this.#begunAtCheck ? this.#quietChecks + 1 : 0
    this.#begunAtCheck = begun
    if (this.#quietChecks < TRIM_AFTER_QUIET_CHECKS) return
    if (begun - this.#begunAtTrim < TRIM_AFTER_PREDICTIONS) return
    if (this.#trim()) this.#begunAtTrim = begun
  }
}

function collectGarbage(): void {
  const collect = v8Function('--expose-gc', 'gc') as () => void
  collect()
}

/**
 * Trims after work from now on.
 * @param stopping ends it
 */
export function trimAfterWork({ work, trim }: TrimOptions, stopping: AbortSignal): void {
  const { check } = new Trimmer({
    work,
    trim: () => {
      // Not while a photo is still received: it is not in flight yet, but uses a buffer.
      if (!trim()) return false
      collectGarbage()
      return true
    },
  })
  let isStart = true
  const timer = setInterval(() => {
    // The start leaves garbage of its own: collected, a process that only waits has 75 instead of 97 MB.
    if (isStart && work().begun === 0) collectGarbage()
    isStart = false
    check()
  }, TRIM_CHECK_MS).unref()
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true })
}
