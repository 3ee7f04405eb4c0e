/** `config.json` on the disk: read whole, replaced in one step or written in place, and kept aside. */
import { accessSync, constants, existsSync, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../../src-shared/config/schema.ts'
import { EMPTY_CONFIG } from '../../src-shared/config/schema.ts'
import { AppError, errorCode, fileErrorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { CONFIG_FILE, FILE_MODE, readText, restrict } from './file.ts'
import { dropCopy, isMountPoint, targetOf, writeInPlace } from './in-place.ts'
import { isThere, readSmallFile, UnfitFile } from './read-file.ts'
import { serialize, type Writer, type WriterFactory } from './writer.ts'

/** Errors of a rename after which the file itself may still be written: it is mounted, or its folder may not change. */
const NOT_REPLACED = new Set(['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'])

/** The version whose file is kept once something is saved that it does not know. */
const FIRST_VERSION = '0.1'

const DANGLING = 'is a link to a file that is missing'

/** What helps, by the error's code. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Give the user that runs this program the right to read it, and its folder',
  EPERM: 'Give the user that runs this program the right to read it, and its folder',
  ELOOP: 'Its links lead in a circle; put the file in their place',
  EIO: 'The disk reports an error; check it, and restore the file from a copy',
}

function adviceFor(error: unknown): string {
  if (error instanceof UnfitFile) {
    return error.what === DANGLING
      ? 'Restore that file, or remove the link'
      : 'Move it away, and put the file in its place (Docker makes a folder where the file that it should mount is missing)'
  }
  return ADVICE[errorCode(error) ?? ''] ?? 'Restore it'
}

/**
 * The error of a start: without the file there would be no password either.
 * @param error as {@link readText} throws it
 */
export function unreadable(file: string, error: unknown): AppError {
  return new AppError(
    'CONFIG_UNREADABLE',
    500,
    `${file} cannot be read: ${fileErrorText(error)}. It may hold a password, so nothing is started without it. ` +
      `${adviceFor(error)}, or name another folder with --user-data-dir=DIR`,
  )
}

/** The old file, where it was kept. */
interface Kept {
  readonly path: string
  undo(): void
}

/** Why nothing can be written into a folder; undefined where it can. */
function folderError(folder: string): Error | undefined {
  try {
    accessSync(folder, constants.W_OK)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Owns how `config.json` is written, and the copy that is kept while it is written in place. It does not judge the text. */
export class ConfigFile {
  readonly path: string
  readonly #log: Logger
  #writer: Writer | undefined
  /** Whether it turned out that the file cannot be replaced. */
  #isFixed = false
  #isInPlaceTold = false

  constructor(folder: string, log: Logger) {
    this.path = path.join(folder, CONFIG_FILE)
    this.#log = log
  }

  /**
   * Makes what replaces the file. To be called after the first {@link read}: conf and electron-store read the file when
   * they are made, and would wait for ever for a pipe.
   */
  async openWriter(factory: WriterFactory): Promise<void> {
    this.#writer = await factory(path.dirname(this.path))
  }

  /**
   * The text of the file; undefined where there is none.
   * @throws {UnfitFile} or the error of the file system where it is there and cannot be read
   */
  read(): string | undefined {
    const text = readText(this.path)
    if (text === undefined && isThere(this.path)) throw new UnfitFile(DANGLING)
    return text
  }

  /**
   * The text that was being written in place when the program ended, and then was not whole in the file.
   * @throws as {@link read}
   */
  readUnfinished(): string | undefined {
    return readText(this.#copy)
  }

  /** To be called when the file is known to be whole. */
  dropUnfinished(): void {
    dropCopy(this.#copy)
  }

  /**
   * Writes the file.
   * @param keepOld whether the old file is kept as `config.json.broken-<time>`
   * @returns the name of the old file that was kept, if any
   * @throws the error of the file system; then the old file is as it was
   */
  write(data: Record<string, unknown>, keepOld: boolean): string | undefined {
    const kept = keepOld && isThere(this.path) ? this.#keepAside() : undefined
    try {
      this.#put(data)
    } catch (error) {
      kept?.undo()
      throw error
    }
    return kept === undefined ? undefined : path.basename(kept.path)
  }

  /**
   * Keeps a copy of the file for version 0.1, as `config.json.0.1`, readable for the user alone. One that is there already
   * stays: it is older.
   * @throws the error of the file system
   */
  keepForFirst(): void {
    const copy = `${this.path}.${FIRST_VERSION}`
    if (isThere(copy) || !isThere(this.path)) return
    const temporary = `${copy}.saving`
    writeFileSync(temporary, readSmallFile(this.path) ?? '', { mode: FILE_MODE, flush: true })
    renameSync(temporary, copy)
  }

  /**
   * Keeps a file that is no JSON aside, and writes what stays in force of it in its place.
   * @param rescued undefined where nothing of it does; then there is no file afterwards, if that can be
   * @returns the name under which it was kept
   * @throws the error of the file system; then the file is as it was
   */
  setAside(rescued: Config | undefined): string {
    if (rescued === undefined && !lstatSync(this.path).isSymbolicLink()) {
      try {
        return path.basename(this.#moveAside().path)
      } catch (error) {
        if (!NOT_REPLACED.has(errorCode(error) ?? '')) throw error
      }
    }
    return this.write(rescued ?? EMPTY_CONFIG, true) ?? ''
  }

  get #copy(): string {
    return `${this.path}.saving`
  }

  #put(data: Record<string, unknown>): void {
    const target = targetOf(this.path)
    const isPresent = existsSync(target)
    // Asked before conf is: it would try for a second, in which nothing else happens.
    const denied = folderError(path.dirname(target))
    if (denied !== undefined && !isPresent) throw denied
    if (!isPresent || (denied === undefined && !this.#isFixed && !isMountPoint(target))) {
      try {
        if (this.#writer === undefined) throw new Error('openWriter was not called')
        this.#writer.write(data)
        return
      } catch (error) {
        if (!isPresent || !NOT_REPLACED.has(errorCode(error) ?? '')) throw error
      }
    }
    writeInPlace(target, serialize(data), this.#copy)
    restrict(target)
    this.#isFixed ||= denied === undefined
    if (this.#isInPlaceTold) return
    this.#isInPlaceTold = true
    this.#log.info('config.json cannot be replaced, as one that is mounted by itself; it is written in place')
  }

  get #aside(): string {
    return `${this.path}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  }

  /** Copies the file, so that at each moment there is one; moves what cannot be read. */
  #keepAside(): Kept {
    let bytes: Buffer | undefined
    try {
      bytes = readSmallFile(this.path)
    } catch {
      // Unreadable, or no file: it is moved instead.
    }
    if (bytes === undefined) return this.#moveAside()
    const aside = this.#aside
    const remove = (): void => rmSync(aside, { force: true })
    try {
      writeFileSync(aside, bytes, { mode: FILE_MODE, flag: 'wx', flush: true })
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') remove()
      throw error
    }
    return { path: aside, undo: remove }
  }

  #moveAside(): Kept {
    const aside = this.#aside
    renameSync(this.path, aside)
    // It may hold secrets, and an editor may have written it readable for all.
    restrict(aside)
    return { path: aside, undo: () => renameSync(aside, this.path) }
  }
}
