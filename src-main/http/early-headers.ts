/**
 * The headers of a 200 while the answer is not known yet, then a space each 20 s before the JSON: Immich's client gives
 * up after 300 s without headers or without a byte, and JSON parsers skip white space before the JSON (measured: 665
 * s). After these headers an error has no status: the socket is destroyed instead. With an empty answer Immich would
 * mark the photo as done.
 */
import type { ServerResponse } from 'node:http'
import type { EarlyHeaders as Armed } from '../predict/context.ts'
import { EARLY_BYTE_MS, HOLD_MS } from '../predict/limits.ts'
import type { Reply } from '../predict/reply.ts'
import { PASSIVE } from './answer.ts'

export interface EarlyLimits {
  /** How long after the arrival they are sent, milliseconds; {@link HOLD_MS} by default. */
  readonly afterMs?: number | undefined
  /** How often a byte follows, milliseconds; {@link EARLY_BYTE_MS} by default. */
  readonly everyMs?: number | undefined
}

export class EarlyHeaders implements Armed {
  readonly #response: ServerResponse
  readonly #startedAt: number
  readonly #limits: EarlyLimits
  #timer: NodeJS.Timeout | undefined
  #isSent = false

  /** @param startedAt when the request arrived, on the monotonic clock, milliseconds */
  constructor(response: ServerResponse, startedAt: number, limits: EarlyLimits = {}) {
    this.#response = response
    this.#startedAt = startedAt
    this.#limits = limits
  }

  arm(): void {
    if (this.#timer !== undefined || this.#isSent) return
    const { afterMs = HOLD_MS } = this.#limits
    const inMs = Math.max(0, this.#startedAt + afterMs - performance.now())
    this.#timer = setTimeout(() => this.#send(), inMs)
    this.#response.once('close', () => this.#stop())
  }

  /**
   * The reply is known.
   * @returns whether it was taken: without early headers the caller sends it
   */
  end({ status, body }: Reply): boolean {
    this.#stop()
    if (!this.#isSent) return false
    if (this.#response.destroyed) return true
    if (status === 200) this.#response.end(body)
    else this.#response.destroy()
    return true
  }

  #send(): void {
    const response = this.#response
    if (response.destroyed || response.headersSent) return
    this.#isSent = true
    // A write to a connection that breaks: its end is told by `close`.
    response.on('error', () => this.#stop())
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...PASSIVE })
    response.write(' ')
    this.#timer = setInterval(() => {
      if (response.destroyed) this.#stop()
      else response.write(' ')
    }, this.#limits.everyMs ?? EARLY_BYTE_MS)
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
