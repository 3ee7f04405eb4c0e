/**
 * Files of one log, each of limited size: `name.1.log`, `name.2.log`, and so on; the oldest go.
 *
 * pino-roll, which did this before, keeps a line that could not be written until it can, and a fatal error makes it try
 * without end: with a full disk the app stood still when it was about to start again.
 */
import { closeSync, fstatSync, openSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { FileSink, type LogSink } from '../../platform/log-output.ts'
import { FILE_MODE } from '../../settings/file.ts'

export interface RotatedFilesOptions {
  readonly folder: string
  /** What stands before the number. */
  readonly name: string
  /** A file that has so many bytes is the last but one. */
  readonly maxBytes: number
  /** Files that are kept beside the one that is written. */
  readonly oldFiles: number
}

interface LogFile {
  readonly fd: number
  readonly sink: FileSink
  readonly number: number
  bytes: number
}

/** The log files of one name in a folder. One process writes them. */
export class RotatedFiles implements LogSink {
  readonly #options: RotatedFilesOptions
  #file: LogFile

  /** @throws {Error} where the folder or the newest file in it cannot be written */
  constructor(options: RotatedFilesOptions) {
    this.#options = options
    this.#file = this.#open(Math.max(1, ...this.#numbers()))
  }

  tryWrite(text: string): boolean {
    if (this.#file.bytes >= this.#options.maxBytes) this.#rotate()
    const isTaken = this.#file.sink.tryWrite(text)
    if (isTaken) this.#file.bytes += Buffer.byteLength(text)
    return isTaken
  }

  #rotate(): void {
    const old = this.#file
    try {
      this.#file = this.#open(old.number + 1)
      closeSync(old.fd)
      for (const number of this.#numbers()) {
        if (number < this.#file.number - this.#options.oldFiles) rmSync(this.#pathOf(number))
      }
    } catch {
      // A full disk, or a file that another program holds open: the next line tries again, and what is open is written.
    }
  }

  #open(number: number): LogFile {
    const fd = openSync(this.#pathOf(number), 'a', FILE_MODE)
    return { fd, sink: new FileSink(fd), number, bytes: fstatSync(fd).size }
  }

  #pathOf(number: number): string {
    return path.join(this.#options.folder, `${this.#options.name}.${number}.log`)
  }

  /** The numbers of the files that are there. */
  #numbers(): number[] {
    const { folder, name } = this.#options
    return readdirSync(folder).flatMap((file) => {
      const number = Number(file.slice(name.length + 1, -'.log'.length))
      return Number.isSafeInteger(number) && number > 0 && file === `${name}.${number}.log` ? [number] : []
    })
  }
}
