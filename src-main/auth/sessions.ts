/** The sessions. Only the digest of each token is stored, in memory and in a file that outlasts a restart. */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { MAX_SESSIONS } from './limits.ts'
import { errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { FILE_MODE, readText } from '../settings/file.ts'
import { digest, newToken } from './hash.ts'

/** Node's longest timer; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

const fileSchema = z.object({
  /** The digest of the password hash for which the sessions were opened. */
  password: z.string(),
  /** When each session ends, Unix milliseconds, by the digest of its token. */
  sessions: z.record(z.string(), z.number()),
})

interface Session {
  /** Unix milliseconds. */
  readonly expires: number
  /** Opened by a login: it ends when the password changes and is kept in the file. The window's session is neither. */
  readonly byPassword: boolean
}

export interface SessionsOptions {
  file: string
  /** How long a session lasts, milliseconds. */
  lifetimeMs: number
  log: Logger
  /** Called when sessions have ended, by logout or by time. */
  onEnded: () => void
}

/**
 * Owns the sessions and their file: at most MAX_SESSIONS, each until its end or a logout, and those of a login
 * until a change of the password. Of a token it stores the digest alone.
 */
export class Sessions {
  readonly #options: SessionsOptions
  /** By the digest of the token, oldest first. */
  readonly #sessions = new Map<string, Session>()
  #password: string
  #timer: NodeJS.Timeout | undefined

  /**
   * @param passwordHash the hash in force, empty for none. Sessions in the file that belong to another one are
   *   dropped
   */
  constructor(options: SessionsOptions, passwordHash: string) {
    this.#options = options
    this.#password = digest(passwordHash)
    if (passwordHash !== '') this.#load()
    this.#schedule()
  }

  /** Opens a session. Returns its token, which is not kept. */
  open(byPassword: boolean): string {
    const token = newToken()
    for (const id of this.#sessions.keys()) {
      if (this.#sessions.size < MAX_SESSIONS) break
      this.#sessions.delete(id)
    }
    this.#sessions.set(digest(token), { expires: Date.now() + this.#options.lifetimeMs, byPassword })
    this.#changed()
    return token
  }

  /** The id of the session of a token; undefined where there is none. */
  find(token: string): string | undefined {
    const id = digest(token)
    return this.has(id) ? id : undefined
  }

  /** The id of the first session that one of the tokens opens; undefined where none does. */
  findAny(tokens: readonly string[]): string | undefined {
    for (const token of tokens) {
      const id = this.find(token)
      if (id !== undefined) return id
    }
    return undefined
  }

  /** Whether a session of this id exists and has not expired. */
  has(id: string): boolean {
    const session = this.#sessions.get(id)
    return session !== undefined && session.expires > Date.now()
  }

  /** Ends the session of an id, if there is one. */
  end(id: string): void {
    if (!this.#sessions.delete(id)) return
    this.#changed()
    this.#options.onEnded()
  }

  /** The password changed: ends every session that was opened by a login. */
  passwordChanged(passwordHash: string): void {
    this.#password = digest(passwordHash)
    for (const [id, session] of this.#sessions) if (session.byPassword) this.#sessions.delete(id)
    this.#changed()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #load(): void {
    try {
      const text = readText(this.#options.file)
      if (text === undefined) return
      const { password, sessions } = fileSchema.parse(JSON.parse(text))
      if (password !== this.#password) return
      const latest = Date.now() + this.#options.lifetimeMs
      for (const [id, expires] of Object.entries(sessions).slice(-MAX_SESSIONS)) {
        this.#sessions.set(id, { expires: Math.min(expires, latest), byPassword: true })
      }
    } catch {
      // Only logins are lost. The parser's message is not logged: it quotes the file.
      this.#options.log.warn({ file: this.#options.file }, 'the sessions could not be read; log in again')
    }
  }

  #changed(): void {
    this.#schedule()
    const { file, log } = this.#options
    const kept = [...this.#sessions].filter(([, session]) => session.byPassword)
    try {
      if (kept.length === 0) {
        rmSync(file, { force: true })
        return
      }
      const sessions = Object.fromEntries(kept.map(([id, { expires }]) => [id, expires]))
      const next = `${file}.tmp`
      writeFileSync(next, `${JSON.stringify({ password: this.#password, sessions })}\n`, { mode: FILE_MODE })
      // `mode` applies to new files only; one may have been left by an earlier run.
      chmodSync(next, FILE_MODE)
      renameSync(next, file)
    } catch (error) {
      log.warn({ error: errorText(error) }, 'the sessions could not be saved; they end with the program')
    }
  }

  /** Sets the timer for the next session that expires. */
  #schedule(): void {
    clearTimeout(this.#timer)
    const next = Math.min(...Array.from(this.#sessions.values(), (session) => session.expires))
    if (next === Infinity) return
    const inMs = Math.min(Math.max(0, next - Date.now()), MAX_TIMER_MS)
    this.#timer = setTimeout(() => this.#expire(), inMs).unref()
  }

  #expire(): void {
    const now = Date.now()
    const before = this.#sessions.size
    for (const [id, session] of this.#sessions) if (session.expires <= now) this.#sessions.delete(id)
    if (this.#sessions.size === before) return this.#schedule()
    this.#changed()
    this.#options.onEnded()
  }
}
