/** Reads small files of the user data folder whole, and nothing that is no file. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { MAX_FILE_BYTES } from './limits.ts'
import { errorCode } from '../platform/errors.ts'

/** A file that is there and is not read: it is none, or it is too large. */
export class UnfitFile extends Error {
  /** What else it is, or that it is too large, as the end of a sentence. */
  readonly what: string

  constructor(what: string) {
    super(`it ${what}`)
    this.name = 'UnfitFile'
    this.what = what
  }
}

const tooLarge = (maxBytes: number): UnfitFile => new UnfitFile(`is larger than ${maxBytes} bytes`)

function requireFile(stats: Stats, maxBytes: number): void {
  if (stats.isDirectory()) throw new UnfitFile('is a folder (EISDIR)')
  if (!stats.isFile()) throw new UnfitFile('is a pipe, a socket or a device, not a file')
  if (stats.size > maxBytes) throw tooLarge(maxBytes)
}

/** Reads up to one byte more than is allowed: a file may grow, and files of /proc say that they are empty. */
function readBounded(descriptor: number, maxBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(maxBytes + 1)
  let length = 0
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null)
    length += read
    if (read === 0 || length === bytes.length) break
  }
  if (length > maxBytes) throw tooLarge(maxBytes)
  return Buffer.from(bytes.subarray(0, length))
}

/**
 * The bytes of a file, or of the file that a link leads to.
 * @returns undefined where there is nothing of this name
 * @throws {UnfitFile} for everything that is no file, and for more than `maxBytes`
 * @throws the error of the file system where it cannot be read
 */
export function readSmallFile(file: string, maxBytes = MAX_FILE_BYTES): Buffer | undefined {
  try {
    // Asked before it is opened: to open a device can have effects.
    requireFile(statSync(file), maxBytes)
    // Without O_NONBLOCK the program would wait for a writer where a pipe has come into the place since. Windows has
    // neither the flag nor such pipes.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      requireFile(fstatSync(descriptor), maxBytes)
      return readBounded(descriptor, maxBytes)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whether there is something of this name, even a link that leads nowhere. */
export function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined
}

/** The text of some bytes in UTF-8, without a byte order mark, which some Windows editors write and JSON does not allow. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}
