/** The owner of the password and the sessions: decides which requests may use the management API. */
import { EventEmitter } from 'node:events'
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from '../../src-shared/limits.ts'
import { SCRYPT_COST, SESSION_MS } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { withPassword } from '../settings/merge.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import type { ConfigStore } from '../settings/store.ts'
import type { Client } from './attempts.ts'
import { PasswordChecks } from './checks.ts'
import { hashPassword, isOverlong, newToken, sameSecret, type ScryptCost } from './hash.ts'
import { Sessions } from './sessions.ts'
import { PasswordVerifier } from './verifier.ts'

/** Why a request is allowed. A grant can end while its request runs: see {@link Auth.isValid}. */
export type Grant =
  /** No password is set. */
  | { readonly kind: 'open' }
  | { readonly kind: 'session'; readonly id: string }
  /** HTTP Basic, with the password of this hash. */
  | { readonly kind: 'basic'; readonly passwordHash: string }

/** What a request was sent with to be allowed. */
export interface Credentials {
  /** The values of the session cookies, of which one may be good. */
  readonly tokens: readonly string[]
  /** The password of HTTP Basic. */
  readonly basic: string | undefined
  /** The client for which failed logins are counted. */
  readonly client: Client
}

/** The query parameter of a page's address in which the app's window sends its token. */
export const WINDOW_TOKEN = 'token'

interface AuthEvents {
  /** Grants may have ended: the password changed or a session ended. */
  change: []
}

export interface AuthOptions {
  store: ConfigStore
  log: Logger
  /** The file in which sessions outlast a restart. */
  sessionsFile: string
  /** How long a login lasts, milliseconds; SESSION_MS by default. */
  sessionMs?: number | undefined
  scryptCost?: ScryptCost | undefined
}

const hashIn = (config: Config): string => config.security?.passwordHash ?? ''

/** @throws {AppError} PASSWORD_UNFIT (400) */
function requireFit(password: string): void {
  const length = isOverlong(password) ? Infinity : Array.from(password.normalize('NFKC')).length
  if (length < MIN_PASSWORD_CHARS) {
    throw new AppError(
      'PASSWORD_UNFIT',
      400,
      `The password must have at least ${MIN_PASSWORD_CHARS} characters; an empty one removes it`,
    )
  }
  if (length > MAX_PASSWORD_CHARS) {
    throw new AppError('PASSWORD_UNFIT', 400, `The password is longer than ${MAX_PASSWORD_CHARS} characters`)
  }
}

/**
 * Owns the password in force and the sessions. What it grants holds until `change` is emitted and {@link isValid} says
 * otherwise. Follows every change of the configuration.
 */
export class Auth extends EventEmitter<AuthEvents> {
  /** Logs the app's own window in. Each start has another one. It is never logged, recorded or sent over HTTP. */
  readonly windowToken = newToken()
  /** How long a login lasts, milliseconds. */
  readonly sessionMs: number
  readonly #store: ConfigStore
  readonly #log: Logger
  readonly #cost: ScryptCost
  readonly #sessions: Sessions
  readonly #checks = new PasswordChecks()
  readonly #verifier: PasswordVerifier
  /** The session of the app's own window. */
  #windowSession: string | undefined
  #hash: string

  constructor(options: AuthOptions) {
    super()
    // Each open event stream is a listener; the connection limit bounds them.
    this.setMaxListeners(0)
    const { store, log, sessionsFile: file, sessionMs = SESSION_MS, scryptCost = SCRYPT_COST } = options
    this.#store = store
    this.#log = log
    this.#cost = scryptCost
    this.sessionMs = sessionMs
    this.#hash = hashIn(store.config)
    this.#verifier = new PasswordVerifier(this.#hash, this.#checks, log)
    const onEnded = (): void => void this.emit('change')
    this.#sessions = new Sessions({ file, lifetimeMs: sessionMs, log, onEnded }, this.#hash)
    // Every change of the configuration, one by hand too, may change the password.
    store.on('change', (config) => this.#adopt(hashIn(config)))
  }

  get passwordSet(): boolean {
    return this.#hash !== ''
  }

  /**
   * Checks credentials.
   * @returns undefined where they are missing or wrong
   * @throws {AppError} TOO_MANY_ATTEMPTS (429)
   */
  async authenticate({ tokens, basic, client }: Credentials): Promise<Grant | undefined> {
    if (!this.passwordSet) return { kind: 'open' }
    const id = this.#sessions.findAny(tokens)
    if (id !== undefined) return { kind: 'session', id }
    const passwordHash = this.#hash
    if (basic === undefined || !(await this.#verifier.isBasicRight(basic, client))) return undefined
    return { kind: 'basic', passwordHash }
  }

  /** Whether a grant still holds: the password is the same and the session has not ended. */
  isValid(grant: Grant): boolean {
    if (grant.kind === 'open') return !this.passwordSet
    if (grant.kind === 'basic') return grant.passwordHash === this.#hash
    return !this.passwordSet || this.#sessions.has(grant.id)
  }

  /**
   * Logs a client in.
   * @returns the token of its session
   * @throws {AppError} NO_PASSWORD (400), WRONG_PASSWORD (401), TOO_MANY_ATTEMPTS (429)
   */
  async login(password: string, client: Client): Promise<string> {
    if (!this.passwordSet) {
      throw new AppError('NO_PASSWORD', 400, 'No password is set; no login is needed')
    }
    const hash = this.#hash
    const isRight = await this.#verifier.isRight(password, client)
    if (!isRight || hash !== this.#hash) {
      throw new AppError('WRONG_PASSWORD', 401, 'The password is wrong; try again')
    }
    return this.#sessions.open(true)
  }

  /** Ends the session of a token, if there is one. */
  logout(token: string | undefined): void {
    const id = token === undefined ? undefined : this.#sessions.find(token)
    if (id !== undefined) this.#sessions.end(id)
  }

  /** Whether one of these session tokens is that of the app's own window. */
  isWindow(tokens: readonly string[]): boolean {
    const own = this.#windowSession === undefined ? undefined : this.#sessions.find(this.#windowSession)
    return own !== undefined && tokens.some((token) => this.#sessions.find(token) === own)
  }

  /** Opens a session for the app's own window. Returns its token, or undefined where `token` is not the window's. */
  enterWindow(token: string): string | undefined {
    if (!sameSecret(token, this.windowToken)) return undefined
    const session = this.#sessions.open(false)
    // There is one window and it may be opened often: without this, its sessions would push out those of logins.
    this.logout(this.#windowSession)
    this.#windowSession = session
    return session
  }

  /**
   * Sets or changes the password, or removes it where the new one is empty. All sessions end.
   * @param current the password in force; needed where one is set
   * @returns the token of a new session for this client; undefined where the password was removed
   * @throws {AppError} PASSWORD_UNFIT (400), CURRENT_PASSWORD (403), TOO_MANY_ATTEMPTS (429), PASSWORD_CHANGED
   * (409), CONFIG_UNWRITABLE (500); then nothing has changed
   */
  async setPassword(
    password: string,
    current: string | undefined,
    client: Client,
  ): Promise<string | undefined> {
    if (password !== '') requireFit(password)
    const before = this.#hash
    if (before !== '') await this.#requireCurrent(current, client)
    const hash = password === '' ? '' : await this.#checks.run(() => hashPassword(password, this.#cost))
    if (this.#hash !== before) {
      throw new AppError(
        'PASSWORD_CHANGED',
        409,
        'The password was changed by somebody else meanwhile; try again',
      )
    }
    this.#store.edit((config) => withPassword(config, hash))
    this.#log.warn(
      { client: client.address },
      hash === '' ? 'the password was removed' : 'the password was set',
    )
    return hash === '' ? undefined : this.#sessions.open(true)
  }

  /**
   * Removes the password without asking for it. Only for the command line and the desktop: their user owns the file.
   * @returns whether there was one
   * @throws {AppError} CONFIG_UNWRITABLE (500)
   */
  resetPassword(): boolean {
    if (!this.passwordSet) return false
    this.#store.edit((config) => withPassword(config, ''))
    this.#log.warn('the password was removed at this computer')
    return true
  }

  /** Stops the timers; sessions stay in their file. */
  stop(): void {
    this.#sessions.stop()
  }

  async #requireCurrent(current: string | undefined, client: Client): Promise<void> {
    if (current === undefined) {
      throw new AppError('CURRENT_PASSWORD', 403, 'A password is set; send it as "current"')
    }
    if (await this.#verifier.isRight(current, client)) return
    throw new AppError('CURRENT_PASSWORD', 403, 'The current password is wrong')
  }

  #adopt(hash: string): void {
    if (hash === this.#hash) return
    this.#hash = hash
    this.#verifier.use(hash)
    this.#sessions.passwordChanged(hash)
    this.emit('change')
  }
}
