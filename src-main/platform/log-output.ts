/**
 * Writes lines of the log to standard error, and drops those that it does not take: a full disk, a pipe whose reader
 * stands still or is gone, a terminal that is held. A log that waits keeps all predictions waiting, and one whose error has
 * no owner ends the program.
 */
import { fstatSync, writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { LOG_WAITING_BYTES } from './limits.ts'

const STDERR = 2

/** Takes a text at once, or says that it does not. */
export interface LogSink {
  /** @returns whether it was taken; it never throws and never waits */
  tryWrite(text: string): boolean
}

/** A file, also a device. */
export class FileSink implements LogSink {
  readonly #fd: number
  /** The beginning of a line was written, and the rest was not. */
  #isCut = false

  constructor(fd: number) {
    this.#fd = fd
  }

  tryWrite(text: string): boolean {
    const bytes = Buffer.from(this.#isCut ? `\n${text}` : text)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written)
      this.#isCut = false
      return true
    } catch {
      // A full disk, for example. There is nowhere to tell it but here: the line counts as dropped.
      if (written > 0) this.#isCut = true
      return false
    }
  }
}

/** A pipe, a socket or a terminal, of which Node writes what the other side takes and keeps the rest. */
export class StreamSink implements LogSink {
  readonly #stream: Pick<Writable, 'destroyed' | 'writableLength' | 'write'>

  /** @param stream its errors are owned elsewhere */
  constructor(stream: Pick<Writable, 'destroyed' | 'writableLength' | 'write'>) {
    this.#stream = stream
  }

  tryWrite(text: string): boolean {
    const { destroyed, writableLength } = this.#stream
    if (destroyed || writableLength > LOG_WAITING_BYTES) return false
    this.#stream.write(text)
    return true
  }
}

/** The sentence that stands in the log once it takes lines again. */
export const droppedText = (lines: number): string =>
  `${lines} ${lines === 1 ? 'line' : 'lines'} of the log could not be written`

/** The destination of a logger: counts the lines that its sink does not take, and tells their number with the next it does. */
export class LogOutput {
  readonly #sink: LogSink
  readonly #format: (line: string) => string
  #dropped = 0

  /** @param format of a line of JSON; as it is by default */
  constructor(sink: LogSink, format: (line: string) => string = (line) => line) {
    this.#sink = sink
    this.#format = format
  }

  /** Lines that were dropped since the last one that was taken. */
  get dropped(): number {
    return this.#dropped
  }

  /** @param line JSON, with its line break */
  write(line: string): void {
    if (this.#dropped > 0 && this.#sink.tryWrite(this.#format(noticeOf(this.#dropped)))) this.#dropped = 0
    if (this.#dropped > 0 || !this.#sink.tryWrite(this.#format(line))) this.#dropped++
  }
}

/** As pino writes a warning. */
function noticeOf(lines: number): string {
  return `${JSON.stringify({ level: 40, time: Date.now(), msg: droppedText(lines) })}\n`
}

/** Terminals keep the program waiting unless told otherwise; Node has no public way. */
function doNotWait(stream: NodeJS.WriteStream): void {
  const { _handle: handle } = stream as typeof stream & {
    _handle?: { setBlocking?(on: boolean): void } | null
  }
  handle?.setBlocking?.(false)
}

/** Standard error. On Windows Node waits for pipes and terminals all the same. */
export function stderrSink(): LogSink {
  if (process.stderr.isTTY) doNotWait(process.stderr)
  else if (!fstatSync(STDERR).isFIFO() && !fstatSync(STDERR).isSocket()) return new FileSink(STDERR)
  return new StreamSink(process.stderr)
}

/**
 * Owns the errors of standard output and standard error, for as long as the process lives: whoever read them is gone, and
 * what is written is lost. Without a listener that would end the program.
 */
export function ownStandardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listenerCount('error') === 0) stream.on('error', () => undefined)
  }
}
