/** Checks passwords. Every way to send one goes through here, so that every wrong one counts against its client. */
import { createHmac, randomBytes } from 'node:crypto'
import { BASIC_CACHE_MS, MAX_BASIC_CLIENTS } from './limits.ts'
import type { Logger } from '../platform/log.ts'
import { LoginAttempts, type Client } from './attempts.ts'
import { PasswordChecks } from './checks.ts'
import { sameSecret, verifyPassword } from './hash.ts'

/** A right HTTP Basic password, by its MAC: the password itself is not kept in memory. */
interface Remembered {
  readonly mac: string
  /** On the monotonic clock, milliseconds. */
  readonly until: number
}

/**
 * Owns the failed attempts of each client, and which HTTP Basic passwords were right lately. A wrong password always
 * counts.
 */
export class PasswordVerifier {
  readonly #log: Logger
  readonly #checks: PasswordChecks
  readonly #attempts = new LoginAttempts()
  /** The key of these MACs; it never leaves this process. */
  readonly #key = randomBytes(32)
  /** By the client's address, the oldest first. */
  readonly #remembered = new Map<string, Remembered>()
  /** Running checks of Basic passwords: calls at the same time share one. */
  readonly #running = new Map<string, Promise<boolean>>()
  #hash: string

  constructor(hash: string, checks: PasswordChecks, log: Logger) {
    this.#hash = hash
    this.#checks = checks
    this.#log = log
  }

  /** Another hash is in force: forgets which passwords were right. */
  use(hash: string): void {
    this.#hash = hash
    this.#remembered.clear()
  }

  /**
   * Checks a password. A wrong one counts against the client.
   * @throws {TooManyAttempts} where the client has to wait, or too many checks are waiting
   */
  async isRight(password: string, client: Client): Promise<boolean> {
    const attempt = this.#attempts.begin(client)
    const isRight = await this.#check(password).catch((error: unknown) => {
      // Nothing was checked, so the attempt does not count.
      attempt.takeBack()
      throw error
    })
    if (isRight) attempt.takeBack()
    else this.#log.warn({ client: client.address }, 'a login failed: wrong password')
    return isRight
  }

  /**
   * As {@link isRight}, for HTTP Basic, which sends the password with every call: a right one is remembered for
   * BASIC_CACHE_MS.
   * @throws {TooManyAttempts} as {@link isRight}, for remembered passwords too: else a waiting client could test
   *   guesses
   */
  async isBasicRight(password: string, client: Client): Promise<boolean> {
    this.#attempts.refuseIfBlocked(client)
    const mac = createHmac('sha256', this.#key).update(password).digest('base64url')
    const known = this.#remembered.get(client.address)
    if (known !== undefined && known.until > performance.now() && sameSecret(known.mac, mac)) return true
    const hash = this.#hash
    const key = `${client.address} ${mac} ${hash}`
    const running = this.#running.get(key)
    if (running !== undefined) {
      if (await running) return hash === this.#hash
      // A wrong call counts also where it shared another call's check.
      this.#attempts.begin(client)
      return false
    }
    const check = this.isRight(password, client).finally(() => this.#running.delete(key))
    this.#running.set(key, check)
    const isRight = (await check) && hash === this.#hash
    if (isRight) this.#remember(client, mac)
    return isRight
  }

  #check(password: string): Promise<boolean> {
    return this.#checks.run(() => verifyPassword(password, this.#hash))
  }

  #remember({ address }: Client, mac: string): void {
    this.#remembered.delete(address)
    this.#remembered.set(address, { mac, until: performance.now() + BASIC_CACHE_MS })
    for (const known of this.#remembered.keys()) {
      if (this.#remembered.size <= MAX_BASIC_CLIENTS) return
      this.#remembered.delete(known)
    }
  }
}
