/** Password checks, few at a time: each one costs a thread and tens of megabytes. */
import { PASSWORD_CHECKS_AT_ONCE, PASSWORD_CHECKS_WAITING } from './limits.ts'
import { TooManyAttempts } from './attempts.ts'

/** A check takes a fraction of a second. */
const RETRY_SECONDS = 1

export class PasswordChecks {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /**
   * Runs a check when there is room.
   * @throws {TooManyAttempts} when too many wait already
   */
  async run<T>(check: () => Promise<T>): Promise<T> {
    if (this.#running >= PASSWORD_CHECKS_AT_ONCE) {
      if (this.#waiting.length >= PASSWORD_CHECKS_WAITING) {
        throw new TooManyAttempts(
          RETRY_SECONDS,
          'Too many passwords are being checked; try again in a second',
        )
      }
      // Whoever ends hands his place on, so `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await check()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
