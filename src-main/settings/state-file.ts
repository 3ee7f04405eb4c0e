/**
 * What a part learned and wants to find again after a restart: `state/<subject>.json` in the user data folder. Nothing
 * in it is needed to serve, so a file that cannot be read is empty, and logged.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { ensureFolder, FILE_MODE, readText } from './file.ts'
import { LAST_MOMENT_MS, MAX_STATE_FILE_BYTES } from './limits.ts'
import { UnfitFile } from './read-file.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'

/** In the user data folder. */
export const STATE_FOLDER = 'state'

/** A time in a state file, Unix milliseconds: one that can be shown as a date, whatever the file says. */
export const stateTime = z.number().min(0).max(LAST_MOMENT_MS)
/** The same in Unix seconds. */
export const stateSeconds = z
  .number()
  .min(0)
  .max(LAST_MOMENT_MS / 1_000)

/** For what an entry holds: the name of a backend, say, and the URL that it had when the value was learned. */
export interface StateKey {
  readonly name: string
  readonly url: string
}

export interface StateEntry<T> extends StateKey {
  readonly value: T
}

export interface StateFileOptions<T> {
  /** The user data folder. */
  folder: string
  /** Names the file: lower-case letters and hyphens. */
  subject: string
  /** The shape of one value; an entry of another shape is dropped. */
  schema: z.ZodType<T>
  log: Logger
  /**
   * A write returns when the disk has it, for what must survive a power cut. This takes up to some 100 ms on a hard
   * disk, in which nothing else happens: only for what is written rarely. False unless set.
   */
  durable?: boolean
}

const fileSchema = z.object({
  entries: z.array(z.object({ name: z.string(), url: z.string(), value: z.unknown() })),
})

/**
 * Writes a temporary file beside the target, then renames it, so that a reader finds the old or the new one. The
 * temporary file has one name, so that a killed process leaves one behind, not many.
 * @param durable waits until the disk has it: without that, a power cut can leave the renamed file empty
 */
export function writeAtomically(file: string, content: string | Buffer, durable: boolean): void {
  const temporary = `${file}.tmp`
  try {
    const handle = openSync(temporary, 'w', FILE_MODE)
    try {
      writeFileSync(handle, content)
      if (durable) fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/**
 * The owner of one state file. An entry is found by its name and URL alone: what was learned of another URL says
 * nothing of this one.
 */
export class StateFile<T> {
  readonly file: string
  readonly #schema: z.ZodType<T>
  readonly #log: Logger
  readonly #durable: boolean
  #entries: StateEntry<T>[] | undefined

  constructor({ folder, subject, schema, log, durable }: StateFileOptions<T>) {
    this.file = path.join(folder, STATE_FOLDER, `${subject}.json`)
    this.#schema = schema
    this.#log = log
    this.#durable = durable ?? false
  }

  /** All entries, read from the disk once. Never throws. */
  get entries(): readonly StateEntry<T>[] {
    this.#entries ??= this.#read()
    return this.#entries
  }

  /** The value of a name and URL, or undefined. */
  get({ name, url }: StateKey): T | undefined {
    return this.entries.find((entry) => entry.name === name && entry.url === url)?.value
  }

  /**
   * Writes a value, or takes it away where it is undefined.
   * @throws {AppError} STATE_UNWRITABLE; then the entry is as it was
   */
  set(key: StateKey, value: T | undefined): void {
    const others = this.entries.filter(({ name, url }) => name !== key.name || url !== key.url)
    this.#write(value === undefined ? others : [...others, { name: key.name, url: key.url, value }])
  }

  /**
   * Writes all entries anew, in place of what was there.
   * @throws {AppError} STATE_UNWRITABLE; then the entries are as they were
   */
  replace(entries: readonly StateEntry<T>[]): void {
    this.#write([...entries])
  }

  /** Writes what is there once more, to learn whether the file can be written. @throws {AppError} STATE_UNWRITABLE */
  requireWritable(): void {
    this.#write([...this.entries])
  }

  #write(entries: StateEntry<T>[]): void {
    try {
      ensureFolder(path.dirname(this.file))
      writeAtomically(this.file, `${JSON.stringify({ entries }, null, 2)}\n`, this.#durable)
    } catch (error) {
      throw new AppError(
        'STATE_UNWRITABLE',
        500,
        `${this.file} cannot be written (${errorText(error)}); let this program write to that folder, or name another with --user-data-dir=DIR`,
      )
    }
    this.#entries = entries
  }

  #read(): StateEntry<T>[] {
    try {
      const text = readText(this.file, MAX_STATE_FILE_BYTES)
      if (text === undefined) return []
      const read = fileSchema.parse(JSON.parse(text)).entries.map(({ name, url, value }) => {
        const judged = this.#schema.safeParse(value)
        return judged.success ? { name, url, value: judged.data } : undefined
      })
      const entries = read.filter((entry) => entry !== undefined)
      const dropped = read.length - entries.length
      if (dropped > 0) this.#log.warn({ file: this.file, dropped }, 'entries of a state file cannot be used')
      return entries
    } catch (error) {
      // The parsers' own messages quote what they read.
      const reason = errorCode(error) ?? (error instanceof UnfitFile ? error.message : 'it cannot be used')
      this.#log.warn({ file: this.file, reason }, 'a state file cannot be read; its content is not used')
      return []
    }
  }
}
