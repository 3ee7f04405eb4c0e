/**
 * A lock that lies in the folder itself: the file of a listening socket. Containers that share a folder see it,
 * although each has a network of its own, where names like those of Linux's abstract sockets are not shared. The file
 * of a process that was killed stays behind without a listener, and the next start replaces it.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, lstatSync, rmSync } from 'node:fs'
import path from 'node:path'
import { errorCode } from '../platform/errors.ts'
import { restrict } from './file.ts'
import { LOCK_TRIES, MAX_SOCKET_PATH_BYTES } from './limits.ts'
import { holderOf, LockSocket, type Holder } from './lock-socket.ts'

export const SOCKET_FILE = 'lock.sock'

/**
 * Names the socket that has a path now, which its number alone does not: numbers are used again. Undefined for anything
 * else, which the user put there.
 */
function identityOf(file: string): string | undefined {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false })
  return stats?.isSocket() === true ? `${stats.ino}-${stats.birthtimeNs}` : undefined
}

/** Removes a file, unless another one has come into its place. */
function removeOnly(file: string, identity: string | undefined): void {
  if (identity !== undefined && identityOf(file) === identity) rmSync(file, { force: true })
}

/** @returns false where the name is taken */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

export class FolderSocket {
  readonly #socket: LockSocket
  readonly #file: string
  readonly #identity: string | undefined

  private constructor(socket: LockSocket, file: string) {
    this.#socket = socket
    this.#file = file
    this.#identity = identityOf(file)
  }

  /**
   * Takes the lock. The socket listens under a name of its own first and then gets the shared one, which is refused
   * where that is taken: at no moment does a socket have it that does not listen yet.
   * @param portOf the port that is reported to a second process
   * @returns who holds it already, or `unknown` where the folder can hold no such lock: it may not be written, its path
   *   is too long, its file system has no sockets, or something else has the name
   */
  static async take(folder: string, portOf: () => number | undefined): Promise<FolderSocket | Holder> {
    const shared = path.join(folder, SOCKET_FILE)
    const own = `${shared}-${randomBytes(4).toString('hex')}`
    if (Buffer.byteLength(own) > MAX_SOCKET_PATH_BYTES) return { is: 'unknown' }
    const socket = new LockSocket(portOf)
    if ((await socket.listen(own)) !== undefined) return { is: 'unknown' }
    let holder: Holder = { is: 'unknown' }
    restrict(own)
    try {
      for (let tries = 0; tries < LOCK_TRIES; tries++) {
        if (isLinked(own, shared)) return new FolderSocket(socket, shared)
        const identity = identityOf(shared)
        holder = await holderOf(shared)
        if (holder.is !== 'gone') break
        removeOnly(shared, identity)
      }
    } catch {
      // The file system has no links, or the file of the last process belongs to another user.
      holder = { is: 'unknown' }
    } finally {
      rmSync(own, { force: true })
    }
    await socket.close()
    return holder.is === 'alive' ? holder : { is: 'unknown' }
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    // Before the socket is closed: a start in this moment finds either a holder or nothing.
    removeOnly(this.#file, this.#identity)
    await this.#socket.close()
  }
}
