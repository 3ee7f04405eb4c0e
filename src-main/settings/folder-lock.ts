/**
 * The lock of the user data folder: two processes on one folder would drop each other's sessions and write over each
 * other's configuration. It is a listening socket, which ends with its process however that ends. A file with a process
 * id would not: in a container the id is nearly always 1.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpathSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ensureFolder, folderUnusable } from './file.ts'
import { LOCK_ANSWER_MS, LOCK_CONNECTIONS, LOCK_RETRY_MS, LOCK_TRIES } from './limits.ts'

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
 * network namespace, so containers with networks of their own do not see each other's.
 */
export function lockAddress(folder: string): string {
  const name = `immich-ml-proxy-${nameOf(folder)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return path.join(tmpdir(), `${name}.sock`)
}

/** Who holds a lock: the port it listens on, if it told one; undefined where nobody does. */
async function holderOf(address: string): Promise<{ port?: number } | undefined> {
  const socket = connect(address)
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(0, HASH_CHARS)
  })
  // Not a socket's `close` alone: an error is the answer that nobody listens.
  const closed = once(socket, 'close').then(
    () => 'closed' as const,
    () => 'failed' as const,
  )
  const late = new AbortController()
  const limit = delay(LOCK_ANSWER_MS, 'late' as const, { signal: late.signal, ref: false }).catch(
    () => 'late' as const,
  )
  const end = await Promise.race([closed, limit])
  late.abort()
  socket.destroy()
  if (end === 'failed') return undefined
  const port = Number(text)
  return Number.isInteger(port) && port > 0 ? { port } : {}
}

function inUse(folder: string, { port }: { port?: number }): AppError {
  const where = port === undefined ? '' : `, which listens on port ${port}`
  return new AppError(
    'FOLDER_IN_USE',
    409,
    `The folder ${folder} is in use by another Immich ML Proxy${where}; end that one, or name another folder with --user-data-dir=DIR`,
  )
}

export class FolderLock {
  /** The port that a second process is told; undefined while there is none. */
  portOf: () => number | undefined = () => undefined
  readonly #server: Server

  private constructor() {
    this.#server = createServer((socket) => this.#answer(socket))
    this.#server.maxConnections = LOCK_CONNECTIONS
    // The lock alone keeps no process running.
    this.#server.unref()
  }

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
    for (let tries = 1; ; tries++) {
      const error = await lock.#listen(address)
      if (error === undefined) return lock
      const isTaken = errorCode(error) === 'EADDRINUSE'
      const holder = isTaken ? await holderOf(address) : undefined
      if (holder !== undefined) throw inUse(folder, holder)
      if (!isTaken || tries === LOCK_TRIES) {
        log.warn({ error: errorText(error) }, 'a second start on the same folder would not be noticed')
        return lock
      }
      // Its holder ends in this moment, or on macOS ended without removing the socket's file.
      if (path.isAbsolute(address) && process.platform !== 'win32') rmSync(address, { force: true })
      await delay(LOCK_RETRY_MS)
    }
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  /** @returns the error where it does not listen */
  async #listen(address: string): Promise<unknown> {
    try {
      await once(this.#server.listen(address), 'listening')
      // A connection that cannot be accepted, for want of file descriptors, costs its client the port's number.
      this.#server.on('error', () => undefined)
      return undefined
    } catch (error) {
      return error
    }
  }

  #answer(socket: Socket): void {
    // Whoever asked may be gone.
    socket.on('error', () => socket.destroy())
    socket.setTimeout(LOCK_ANSWER_MS, () => socket.destroy())
    socket.end(String(this.portOf() ?? ''))
  }
}
