/** Failed logins per client, and when one has to wait. */
import { FAILED_LOGIN_WINDOW_MS, MAX_FAILED_LOGINS, MAX_FAILING_CLIENTS } from '../defaults.ts'
import { AppError } from '../errors.ts'

/** A client that has to wait before it may try a password again. */
export class TooManyAttempts extends AppError {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number, message: string) {
    super('TOO_MANY_ATTEMPTS', 429, message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** An attempt that counts as failed until it is taken back: many at once must not slip through together. */
export interface Attempt {
  /** It was right. */
  succeeded(): void
}

export class LoginAttempts {
  readonly #now: () => number
  /** The times of the attempts of the last minute by client, oldest first; the longest silent client first. */
  readonly #byClient = new Map<string, number[]>()

  /** @param now a monotonic clock, milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Clients remembered. */
  get size(): number {
    return this.#byClient.size
  }

  /**
   * Begins an attempt of a client.
   * @throws {TooManyAttempts} after too many failed ones within the window
   */
  begin(client: string): Attempt {
    const at = this.#now()
    const times = this.#recent(client, at)
    const [oldest] = times
    if (oldest !== undefined && times.length >= MAX_FAILED_LOGINS) {
      const seconds = Math.max(1, Math.ceil((oldest + FAILED_LOGIN_WINDOW_MS - at) / 1000))
      throw new TooManyAttempts(seconds, `Too many failed logins; wait ${seconds} s and try again`)
    }
    times.push(at)
    this.#byClient.delete(client)
    this.#byClient.set(client, times)
    this.#forgetSome()
    return {
      succeeded: () => {
        const index = times.indexOf(at)
        if (index !== -1) times.splice(index, 1)
        if (times.length === 0 && this.#byClient.get(client) === times) this.#byClient.delete(client)
      },
    }
  }

  #recent(client: string, at: number): number[] {
    const times = this.#byClient.get(client) ?? []
    while (times[0] !== undefined && times[0] <= at - FAILED_LOGIN_WINDOW_MS) times.shift()
    return times
  }

  #forgetSome(): void {
    for (const client of this.#byClient.keys()) {
      if (this.#byClient.size <= MAX_FAILING_CLIENTS) return
      this.#byClient.delete(client)
    }
  }
}
