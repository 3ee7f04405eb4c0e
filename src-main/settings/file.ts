/** `config.json` as a file: reading it whole, writing it in one step, and watching it for changes by hand. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { CONFIG_SETTLE_MS } from './limits.ts'
import { errorCode } from '../platform/errors.ts'

/**
 * Replaces the whole file in one step, so that no reader sees half of it. conf in plain Node, electron-store on the
 * desktop.
 */
export interface Writer {
  write(data: Record<string, unknown>): void
}

/** Opens the writer of `<folder>/config.json`. The file must be readable JSON or absent: both libraries read it. */
export type WriterFactory = (folder: string) => Promise<Writer>

export const CONFIG_NAME = 'config'
export const CONFIG_FILE = `${CONFIG_NAME}.json`
/** Readable for the user alone: the file can hold headers with passwords. */
export const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** Removes a byte order mark, which some Windows editors write and JSON does not allow. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}

/** The options of conf and electron-store. */
export const WRITER_OPTIONS = {
  configFileMode: FILE_MODE,
  accessPropertiesByDotNotation: false,
  clearInvalidConfig: false,
  serialize: (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`,
  deserialize: (text: string): Record<string, unknown> =>
    JSON.parse(withoutMark(text)) as Record<string, unknown>,
} as const

/**
 * A writer around conf or electron-store. Where the variable `SNAP` is set, conf writes in place, and a reader can
 * see half a file. Every terminal of an editor installed as a snap sets it, so it is hidden from conf while it
 * writes.
 */
export function writerBy(conf: { store: Record<string, unknown> }): Writer {
  return {
    write(data) {
      const { SNAP } = process.env
      delete process.env['SNAP']
      try {
        conf.store = data
      } finally {
        if (SNAP !== undefined) process.env['SNAP'] = SNAP
      }
    },
  }
}

/** The writer for plain Node, through conf. */
export const confWriter: WriterFactory = async (folder) => {
  const { default: Conf } = await import('conf')
  const conf = new Conf<Record<string, unknown>>({
    ...WRITER_OPTIONS,
    cwd: folder,
    configName: CONFIG_NAME,
    projectName: 'immich-ml-proxy',
  })
  return writerBy(conf)
}

/**
 * Makes the user data folder where it is missing, for the user alone. An existing folder keeps its rights: the user may
 * share it on purpose.
 * @throws the error of the file system
 */
export function ensureFolder(folder: string): void {
  if (existsSync(folder)) return
  const parent = path.dirname(folder)
  // Without Node's option `recursive`: it never returns where a file system answers ENOENT for a new folder, as /proc
  // does.
  if (parent !== folder) ensureFolder(parent)
  try {
    mkdirSync(folder, { mode: FOLDER_MODE })
  } catch (error) {
    // Another process may have made it since.
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

/**
 * The text of a file in UTF-8; undefined where there is no file.
 * @throws the error of the file system where it cannot be read
 */
export function readText(file: string): string | undefined {
  try {
    return withoutMark(readFileSync(file, 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Makes a file readable for the user alone, where another program wrote it.
 * @returns false where the file system does not allow it
 */
export function restrict(file: string): boolean {
  try {
    chmodSync(file, FILE_MODE)
    return true
  } catch {
    // Another owner, or a file system without modes. The file can be used all the same.
    return false
  }
}

/**
 * Renames a file to `<file>.broken-<time>`, readable for the user alone.
 * @returns the new path
 */
export function keepAside(file: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(/[:.]/g, '-')
  const aside = `${file}.broken-${stamp}`
  renameSync(file, aside)
  // It may hold secrets, and an editor may have written it readable for all.
  restrict(aside)
  return aside
}

/** Undoes {@link keepAside}. */
export function putBack(aside: string, file: string): void {
  renameSync(aside, file)
}

/**
 * Writes a file.
 * @param keepOld whether the old file is kept aside by {@link keepAside}; where writing fails it is put back
 * @returns the path of the old file that was kept, if any
 */
export function writeOver(file: string, write: () => void, keepOld: boolean): string | undefined {
  const aside = keepOld && existsSync(file) ? keepAside(file, new Date()) : undefined
  try {
    write()
  } catch (error) {
    if (aside !== undefined) putBack(aside, file)
    throw error
  }
  return aside
}

/**
 * Calls `onChange` when the file may have changed and then was not changed for {@link CONFIG_SETTLE_MS}. It watches the
 * folder: a watch of the file would end when a save replaces it.
 * @param onError called where the folder cannot be watched
 * @returns a function that stops watching
 */
export function watchFile(file: string, onChange: () => void, onError: (error: Error) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  const name = path.basename(file)
  try {
    watcher = watch(path.dirname(file), { persistent: false }, (_event, changed) => {
      if (changed !== null && changed !== name) return
      clearTimeout(timer)
      timer = setTimeout(onChange, CONFIG_SETTLE_MS)
    })
    watcher.on('error', onError)
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)))
  }
  return () => {
    clearTimeout(timer)
    watcher?.close()
  }
}
