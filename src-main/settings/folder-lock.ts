/**
 * The lock of the user data folder: two processes on one folder would drop each other's sessions and write over each
 * other's configuration. It is a listening socket, which ends with its process however that ends. A file with a process
 * id would not: in a container the id is nearly always 1.
 */
import { createHash } from 'node:crypto'
import { realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ensureFolder, folderUnusable } from './file.ts'
import { FolderSocket } from './folder-socket.ts'
import { LOCK_RETRY_MS, LOCK_TRIES } from './limits.ts'
import { holderOf, LockSocket, type Holder } from './lock-socket.ts'

/** Characters of the digest that names a folder: enough that no two folders of a computer share one. */
const HASH_CHARS = 16

/**
 * Names a folder, whichever path leads to it. Windows has file numbers too, but not on every network drive: there it is
 * the path.
 */
function nameOf(folder: string): string {
  const real = realpathSync(folder)
  const { dev, ino } = statSync(real, { bigint: true })
  const identity = process.platform === 'win32' ? real.toLowerCase() : `${dev}-${ino}`
  return createHash('sha256').update(identity).digest('hex').slice(0, HASH_CHARS)
}

/**
 * Where the lock of an existing folder listens. On Linux the address is abstract (unix(7)): no file stays behind. It belongs to a
 * network namespace: containers with networks of their own are told by {@link FolderSocket}.
 */
export function lockAddress(folder: string): string {
  const name = `immich-ml-proxy-${nameOf(folder)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return path.join(tmpdir(), `${name}.sock`)
}

function inUse(folder: string, { port }: { port?: number }): AppError {
  const where = port === undefined ? '' : `, which listens on port ${port}`
  return new AppError(
    'FOLDER_IN_USE',
    409,
    `The folder ${folder} is in use by another Immich ML Proxy${where}; end that one, or name another folder with --user-data-dir=DIR`,
  )
}

/** Owns the lock of one folder, from {@link take} until {@link release} or the end of the process. */
export class FolderLock {
  /** The port that is reported to a second process; undefined while there is none. */
  portOf: () => number | undefined = () => undefined
  readonly #socket = new LockSocket(() => this.portOf())
  /** On Linux: another container does not see {@link lockAddress}. */
  #inFolder: FolderSocket | undefined

  /**
   * Takes the lock of a folder, which is made where it is missing. Where the system has no such sockets, it is logged and
   * there is no lock.
   * @throws {AppError} FOLDER_IN_USE (409), FOLDER_UNUSABLE (500)
   */
  static async take(folder: string, log: Logger): Promise<FolderLock> {
    let address: string
    try {
      ensureFolder(folder)
      address = lockAddress(folder)
    } catch (error) {
      throw folderUnusable(folder, error)
    }
    const lock = new FolderLock()
    await lock.#takeAddress(address, folder, log)
    if (process.platform === 'linux') await lock.#takeInFolder(folder, log)
    return lock
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    await this.#inFolder?.release()
    await this.#socket.close()
  }

  async #takeAddress(address: string, folder: string, log: Logger): Promise<void> {
    for (let tries = 1; ; tries++) {
      const error = await this.#socket.listen(address)
      if (error === undefined) return
      const isTaken = errorCode(error) === 'EADDRINUSE'
      const holder: Holder = isTaken ? await holderOf(address) : { is: 'unknown' }
      if (holder.is === 'alive') throw inUse(folder, holder)
      if (!isTaken || tries === LOCK_TRIES) {
        log.warn({ error: errorText(error) }, 'a second start on the same folder would not be noticed')
        return
      }
      // Its holder ends in this moment, or on macOS ended without removing the socket's file.
      if (path.isAbsolute(address) && process.platform !== 'win32') rmSync(address, { force: true })
      await delay(LOCK_RETRY_MS)
    }
  }

  async #takeInFolder(folder: string, log: Logger): Promise<void> {
    const taken = await FolderSocket.take(folder, () => this.portOf())
    if (taken instanceof FolderSocket) {
      this.#inFolder = taken
      return
    }
    if (taken.is === 'alive') {
      await this.#socket.close()
      throw inUse(folder, taken)
    }
    log.debug({ folder }, 'a second start on the same folder in another container would not be noticed')
  }
}
