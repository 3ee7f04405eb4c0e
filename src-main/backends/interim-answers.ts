/**
 * Skips interim answers (RFC 9110, section 15.2: 100 Continue, 102 Processing, 103 Early Hints), which a server may
 * send without being asked, before undici sees them: it takes a 100 that it did not ask for as a broken answer.
 */
import type { Socket } from 'node:net'
import { MAX_INTERIM_HEAD_BYTES } from './limits.ts'

const NOTHING = Buffer.alloc(0)
/** `HTTP/1.1 100` and the like; 101 is left out, since it switches to another protocol. */
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d/
const INTERIM_CHARS = 12
/** Texts that are too short to tell whether they begin with one. */
const MAY_BE_INTERIM = /^(?:|H|HT|HTT|HTTP|HTTP\/|HTTP\/1|HTTP\/1\.|HTTP\/1\.[01](?: (?:1\d?)?)?)$/
const HEAD_END = /\r?\n\r?\n/
/** Where the status begins, and the `1` of an interim one. */
const STATUS_AT = 9
const ONE = 0x31

/**
 * Cuts interim answers off the beginning of what was received.
 * @returns the rest, and whether it begins with the final answer; else more bytes are needed to tell
 */
export function withoutInterimAnswers(bytes: Buffer): { rest: Buffer; isFinal: boolean } {
  let rest = bytes
  for (;;) {
    const start = rest.toString('latin1', 0, INTERIM_CHARS)
    if (rest.length < INTERIM_CHARS) return { rest, isFinal: !MAY_BE_INTERIM.test(start) }
    if (!INTERIM.test(start)) return { rest, isFinal: true }
    const end = HEAD_END.exec(rest.toString('latin1', 0, MAX_INTERIM_HEAD_BYTES))
    if (end === null) return { rest, isFinal: rest.length >= MAX_INTERIM_HEAD_BYTES }
    rest = rest.subarray(end.index + end[0].length)
  }
}

/** Skips the interim answers of one connection. */
export class InterimAnswers {
  /** An answer is expected, and none of its bytes was handed on. */
  #isBeginning = false
  #held: Buffer = NOTHING

  constructor(socket: Socket) {
    const read = socket.read.bind(socket)
    // undici reads from the socket by this function only.
    socket.read = (size?: number) => {
      const chunk = read(size) as Buffer | null
      return this.#isBeginning && chunk !== null ? this.#skip(chunk) : chunk
    }
  }

  /** To be called when a request is sent. */
  expectAnswer(): void {
    this.#isBeginning = true
    this.#held = NOTHING
  }

  #skip(chunk: Buffer): Buffer | null {
    const isUsual = this.#held.length === 0 && chunk.length > STATUS_AT && chunk[STATUS_AT] !== ONE
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const { rest, isFinal } = isUsual ? { rest: bytes, isFinal: true } : withoutInterimAnswers(bytes)
    this.#isBeginning = !isFinal
    this.#held = isFinal ? NOTHING : rest
    return isFinal ? rest : null
  }
}
