/** A state file of any bytes: `state/<name>` in the user data folder. As for `StateFile`, nothing in it is needed to serve. */
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ensureFolder } from './file.ts'
import { STATE_FOLDER, writeAtomically } from './state-file.ts'

export interface StateBytesOptions {
  /** The user data folder. */
  folder: string
  /** Of the file. */
  name: string
  /** A file that is larger was not written here, and is not read. */
  maxBytes: number
  log: Logger
}

export class StateBytes {
  readonly file: string
  readonly #maxBytes: number
  readonly #log: Logger

  constructor({ folder, name, maxBytes, log }: StateBytesOptions) {
    this.file = path.join(folder, STATE_FOLDER, name)
    this.#maxBytes = maxBytes
    this.#log = log
  }

  /** The content; undefined where there is none or it cannot be read, which is logged. Never throws. */
  read(): Buffer | undefined {
    try {
      const stats = statSync(this.file, { throwIfNoEntry: false })
      if (stats === undefined) return undefined
      // A device or a pipe would never end.
      if (stats.isFile() && stats.size <= this.#maxBytes) return readFileSync(this.file)
      this.#warn(stats.isFile() ? `it is larger than ${this.#maxBytes} bytes` : 'it is not a file')
    } catch (error) {
      this.#warn(errorCode(error) ?? 'it cannot be used')
    }
    return undefined
  }

  /**
   * Replaces the content in one step.
   * @throws {AppError} STATE_UNWRITABLE; then the file is as it was
   */
  write(bytes: Buffer): void {
    try {
      ensureFolder(path.dirname(this.file))
      writeAtomically(this.file, bytes, false)
    } catch (error) {
      throw new AppError(
        'STATE_UNWRITABLE',
        500,
        `${this.file} cannot be written (${errorText(error)}); let this program write to that folder, or name another with --user-data-dir=DIR`,
      )
    }
  }

  #warn(reason: string): void {
    this.#log.warn({ file: this.file, reason }, 'a state file cannot be read; its content is not used')
  }
}
