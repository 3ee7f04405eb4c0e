/**
 * Writes a file in place, for one that cannot be replaced: Docker mounts a single file so that it can be neither renamed
 * nor written over by a rename (EBUSY).
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { FILE_MODE } from './file.ts'
import { readSmallFile } from './read-file.ts'

const SPACE = 0x20

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let position = 0; position < bytes.length;) {
    position += writeSync(descriptor, bytes, position, bytes.length - position, position)
  }
}

/**
 * Writes over an open file. A shorter text is filled up with spaces first, which JSON allows at its end: whoever reads
 * between the write and the cut finds a whole text and never the end of the old one behind it.
 */
function overwrite(descriptor: number, bytes: Buffer, oldLength: number): void {
  const filling = Buffer.alloc(Math.max(0, oldLength - bytes.length), SPACE)
  writeAll(descriptor, Buffer.concat([bytes, filling]))
  ftruncateSync(descriptor, bytes.length)
  fsyncSync(descriptor)
}

/** Without rights on the folder there is no copy, and a power cut in the wrong moment can tear the file. */
function keepCopy(copy: string, bytes: Buffer): void {
  try {
    writeFileSync(copy, bytes, { mode: FILE_MODE, flush: true })
  } catch {
    dropCopy(copy)
  }
}

/** Removes the copy of {@link writeInPlace}, if there is one. */
export function dropCopy(copy: string): void {
  try {
    rmSync(copy, { force: true })
  } catch {
    // The folder cannot be written. A copy that stays is used only where the file is no JSON.
  }
}

/**
 * Writes over a file, so that after an end at any moment the file or the copy is whole.
 * @param copy where the text stands until the file is whole
 * @throws the error of the file system; then the file is as it was, as far as it can be written at all
 */
export function writeInPlace(file: string, text: string, copy: string): void {
  const bytes = Buffer.from(text)
  const before = readSmallFile(file) ?? Buffer.alloc(0)
  const descriptor = openSync(file, 'r+')
  try {
    keepCopy(copy, bytes)
    try {
      overwrite(descriptor, bytes, before.length)
    } catch (error) {
      // On a full disk the old text still has its blocks. Filling it up would need others.
      overwrite(descriptor, before, 0)
      dropCopy(copy)
      throw error
    }
    dropCopy(copy)
  } finally {
    closeSync(descriptor)
  }
}

/** The file itself, where a link leads to it. */
export function targetOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    // It is missing, or the link leads nowhere: then it is written under its own name.
    return file
  }
}

/**
 * Whether something is mounted exactly there, as Linux lists it; false on other systems and where /proc is not mounted.
 */
export function isMountPoint(file: string): boolean {
  if (process.platform !== 'linux') return false
  try {
    // The fifth field of a line is the mount point, with spaces and backslashes in octal (proc_pid_mountinfo(5)).
    const mountPoint = file.replaceAll(
      /[\\ \t\n]/g,
      (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
    )
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .some((line) => line.split(' ')[4] === mountPoint)
  } catch {
    // Without the list, the rename fails with EBUSY and the file is written in place after that.
    return false
  }
}
