/** Limits how many passwords are hashed at once: each hash takes a thread of Node's pool and 32 MB (SCRYPT_COST). */
import { PASSWORD_CHECKS_AT_ONCE, PASSWORD_CHECKS_WAITING } from './limits.ts'
import { TooManyAttempts } from './attempts.ts'

/** A check takes some 0.2 s. */
const RETRY_SECONDS = 1

/** Owns how many checks run: PASSWORD_CHECKS_AT_ONCE, the others in their order. */
export class PasswordChecks {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /**
   * Runs a check, after those that wait already.
   * @throws {TooManyAttempts} where PASSWORD_CHECKS_WAITING are waiting; and what `check` throws
   */
  async run<T>(check: () => Promise<T>): Promise<T> {
    if (this.#running >= PASSWORD_CHECKS_AT_ONCE) {
      if (this.#waiting.length >= PASSWORD_CHECKS_WAITING) {
        throw new TooManyAttempts(
          RETRY_SECONDS,
          'Too many passwords are being checked; try again in a second',
        )
      }
      // The check that ends starts the next one in its stead, so `#running` does not change.
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
