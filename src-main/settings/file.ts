/** The file behind the store: read whole, written atomically, watched. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { CONFIG_SETTLE_MS } from './limits.ts'
import { errorCode } from '../platform/errors.ts'

/** Writes the whole configuration, atomically; conf in plain Node, electron-store on the desktop. */
export interface Writer {
  write(data: Record<string, unknown>): void
}

/** Opens the writer of `<folder>/config.json`; the file is readable JSON or absent by then. */
export type WriterFactory = (folder: string) => Promise<Writer>

export const CONFIG_NAME = 'config'
export const CONFIG_FILE = `${CONFIG_NAME}.json`
/** Only the user may read it: it can hold headers with passwords. */
export const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** A byte order mark, as some Windows editors write it, is no part of the JSON. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}

/** The options that conf and electron-store share. */
export const WRITER_OPTIONS = {
  configFileMode: FILE_MODE,
  accessPropertiesByDotNotation: false,
  clearInvalidConfig: false,
  serialize: (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`,
  deserialize: (text: string): Record<string, unknown> =>
    JSON.parse(withoutMark(text)) as Record<string, unknown>,
} as const

/**
 * Writes by way of conf or electron-store. Where `SNAP` is set conf writes in place; it is set in every terminal of an
 * editor that is a snap, and this program is none.
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

/** Writes through conf: for plain Node. */
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
 * Makes the user data folder where it is missing, for the user alone. A folder that is there already keeps its
 * rights: it may be the user's own choice, shared with others. Throws where it cannot be made.
 */
export function ensureFolder(folder: string): void {
  if (existsSync(folder)) return
  const parent = path.dirname(folder)
  // Not by `recursive`: where a file system denies a folder with ENOENT, as /proc does, that never returns.
  if (parent !== folder) ensureFolder(parent)
  try {
    mkdirSync(folder, { mode: FOLDER_MODE })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

/** The text of the file, or undefined where there is none. Throws where it cannot be read. */
export function readText(file: string): string | undefined {
  try {
    return withoutMark(readFileSync(file, 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Takes the rights of others away from a file that was written by another program. Best effort. */
export function restrict(file: string): boolean {
  try {
    chmodSync(file, FILE_MODE)
    return true
  } catch {
    // A foreign owner or a file system without modes: the file works all the same.
    return false
  }
}

/** Renames the file to `config.json.broken-<time>` and returns the new path. */
export function keepAside(file: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(/[:.]/g, '-')
  const aside = `${file}.broken-${stamp}`
  renameSync(file, aside)
  // It holds what config.json held, secrets too, and may come from an editor that cares less.
  restrict(aside)
  return aside
}

/** Undoes {@link keepAside}. */
export function putBack(aside: string, file: string): void {
  renameSync(aside, file)
}

/**
 * Writes the file anew. With `keepOld` what stands there is kept aside without being read, and is in its place again
 * where writing fails. Returns the path of what was kept.
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
 * Calls back when the file may have changed, after it has been quiet for {@link CONFIG_SETTLE_MS}. The folder is
 * watched, since an atomic save replaces the file. Returns the way to stop.
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
