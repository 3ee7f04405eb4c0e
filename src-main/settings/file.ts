/** Files of the user data folder: making the folder, reading a text, and watching `config.json` for changes by hand. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { CONFIG_POLL_MS, CONFIG_SETTLE_MS } from './limits.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import { readSmallFile, textOf } from './read-file.ts'

export const CONFIG_NAME = 'config'
export const CONFIG_FILE = `${CONFIG_NAME}.json`
/** Readable for the user alone: the file can hold headers with passwords. */
export const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

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
 * Checks that files can be made in a folder. A folder that is mounted read-only will do where its config.json is there:
 * that is how somebody serves a configuration which nobody is to change.
 * @throws the error of the file system
 */
export function requireWritable(folder: string, hasConfig: boolean): void {
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    if (!hasConfig || errorCode(error) !== 'EROFS') throw error
  }
}

/** What helps where another user owns the folder; the usual case is a folder of the host in a container. */
function ownerAdvice(folder: string, error: unknown): string {
  const { getuid, getgid } = process
  const isDenied = errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM'
  if (!isDenied || getuid === undefined || getgid === undefined) return ''
  const uid = getuid.call(process)
  return (
    `this program runs as uid ${uid}: give it the folder with chown -R ${uid}:${getgid.call(process)} ${folder} ` +
    `(in a container: the folder of the host that is mounted there), or `
  )
}

/** @returns FOLDER_UNUSABLE (500) */
export function folderUnusable(folder: string, error: unknown): AppError {
  return new AppError(
    'FOLDER_UNUSABLE',
    500,
    `The folder ${folder} cannot be used (${errorText(error)}); ${ownerAdvice(folder, error)}name another with --user-data-dir=DIR`,
  )
}

/**
 * The text of a file in UTF-8; undefined where there is no file.
 * @param maxBytes MAX_FILE_BYTES unless set
 * @throws {UnfitFile} for everything that is no file, and for more than `maxBytes`
 * @throws the error of the file system where it cannot be read
 */
export function readText(file: string, maxBytes?: number): string | undefined {
  const bytes = readSmallFile(file, maxBytes)
  return bytes === undefined ? undefined : textOf(bytes)
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

/** What of a file differs after a change of it; through links, so also after a change of where they lead. */
async function stateOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join()
  } catch (error) {
    return errorText(error)
  }
}

/**
 * Looks at the file itself each {@link CONFIG_POLL_MS}, through links: the folder does not change where the target of a
 * link does. The first look counts as a change, since the file may have changed after it was read. Node's own
 * `fs.watchFile` would take what it finds at its first look as what was read.
 * @returns a function that stops it
 */
function pollFile(file: string, changed: () => void): () => void {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let last: string | undefined
  const look = async (): Promise<void> => {
    const state = await stateOf(file)
    if (isStopped) return
    if (state !== last) changed()
    last = state
    timer = setTimeout(() => void look(), CONFIG_POLL_MS).unref()
  }
  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}

/**
 * Calls `onChange` when the file may have changed and then was not changed for {@link CONFIG_SETTLE_MS}, and once at the
 * beginning. It watches the folder: a watch of the file would end when a save replaces it. Beside that it looks at the
 * file ({@link pollFile}).
 * @param onError called where the folder cannot be watched
 * @returns a function that stops watching
 */
export function watchFile(file: string, onChange: () => void, onError: (error: Error) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  const name = path.basename(file)
  const changed = (): void => {
    clearTimeout(timer)
    timer = setTimeout(onChange, CONFIG_SETTLE_MS)
  }
  try {
    watcher = watch(path.dirname(file), { persistent: false }, (_event, which) => {
      if (which === null || which === name) changed()
    })
    watcher.on('error', onError)
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)))
  }
  const stopPolling = pollFile(file, changed)
  return () => {
    stopPolling()
    clearTimeout(timer)
    watcher?.close()
  }
}
