/** Failed logins, counted by address and by IPv6 network, and how long a client has to wait. */
import {
  FAILED_LOGIN_WINDOW_MS,
  MAX_FAILED_LOGINS,
  MAX_FAILED_LOGINS_PER_NETWORK,
  MAX_FAILING_CLIENTS,
} from './limits.ts'
import { AppError } from '../platform/errors.ts'

/** The names under which a client's failed logins are counted. */
export interface Client {
  readonly address: string
  /** The IPv6 /64, within which a machine can take any number of addresses; undefined for IPv4. */
  readonly network?: string | undefined
}

/** 429: a client has to wait before it may try a password again. */
export class TooManyAttempts extends AppError {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number, message: string) {
    super('TOO_MANY_ATTEMPTS', 429, message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/**
 * An attempt counts as failed until it is taken back. Counted only at their end, many attempts at once would all be
 * allowed.
 */
export interface LoginAttempt {
  /** To be called where the password was right or was not checked. */
  takeBack(): void
}

/** The attempts within FAILED_LOGIN_WINDOW_MS, by name. */
class RecentAttempts {
  readonly #most: number
  /** Times by name, oldest first. The name whose last attempt is oldest stands first. */
  readonly #byName = new Map<string, number[]>()

  /** @param most attempts that one name may have within the window */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#byName.size
  }

  /** Milliseconds until a name may make its next attempt; 0 where it may now. */
  waitMs(name: string, at: number): number {
    const times = this.#recent(name, at)
    const [oldest] = times
    return oldest === undefined || times.length < this.#most ? 0 : oldest + FAILED_LOGIN_WINDOW_MS - at
  }

  add(name: string, at: number): void {
    const times = this.#recent(name, at)
    times.push(at)
    this.#byName.delete(name)
    this.#byName.set(name, times)
    for (const silent of this.#byName.keys()) {
      if (this.#byName.size <= MAX_FAILING_CLIENTS) return
      this.#byName.delete(silent)
    }
  }

  remove(name: string, at: number): void {
    const times = this.#byName.get(name) ?? []
    const index = times.indexOf(at)
    if (index !== -1) times.splice(index, 1)
    if (times.length === 0) this.#byName.delete(name)
  }

  #recent(name: string, at: number): number[] {
    const times = this.#byName.get(name) ?? []
    while (times[0] !== undefined && times[0] <= at - FAILED_LOGIN_WINDOW_MS) times.shift()
    return times
  }
}

/**
 * Limits password guessing to MAX_FAILED_LOGINS an address and MAX_FAILED_LOGINS_PER_NETWORK a network within the
 * window.
 */
export class LoginAttempts {
  readonly #now: () => number
  readonly #byAddress = new RecentAttempts(MAX_FAILED_LOGINS)
  readonly #byNetwork = new RecentAttempts(MAX_FAILED_LOGINS_PER_NETWORK)

  /** @param now a monotonic clock, milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#byAddress.size
  }

  /**
   * Counts nothing.
   * @throws {TooManyAttempts} where the client has to wait
   */
  refuseIfBlocked({ address, network }: Client): void {
    const at = this.#now()
    const networkMs = network === undefined ? 0 : this.#byNetwork.waitMs(network, at)
    const ms = Math.max(this.#byAddress.waitMs(address, at), networkMs)
    if (ms <= 0) return
    const seconds = Math.max(1, Math.ceil(ms / 1000))
    throw new TooManyAttempts(seconds, `Too many failed logins; wait ${seconds} s and try again`)
  }

  /**
   * Begins and counts an attempt.
   * @throws {TooManyAttempts} where the client has to wait; then nothing is counted
   */
  begin(client: Client): LoginAttempt {
    this.refuseIfBlocked(client)
    const { address, network } = client
    const at = this.#now()
    this.#byAddress.add(address, at)
    if (network !== undefined) this.#byNetwork.add(network, at)
    return {
      takeBack: () => {
        this.#byAddress.remove(address, at)
        if (network !== undefined) this.#byNetwork.remove(network, at)
      },
    }
  }
}
