/** Receives a request's body in the pieces in which it comes, within limits. */
import type { IncomingMessage } from 'node:http'
import { MAX_BODY_BYTES } from '../wire/limits.ts'
import { BODY_IDLE_TIMEOUT_MS, BODY_TOTAL_TIMEOUT_MS } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import { ClientGone } from './admission.ts'
import { movePiece } from './memory/buffer-pool.ts'
import type { Bytes } from '../wire/bytes.ts'
import { TimeLimits } from '../platform/time-limits.ts'

/** @param limit bytes */
export function bodyTooLarge(limit: number): AppError {
  return new AppError('BODY_TOO_LARGE', 413, `The body is larger than ${Math.floor(limit / 1024 / 1024)} MB`)
}

/** The announced length of a body in bytes, or undefined (chunked). */
export function announcedLength(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length']
  return header === undefined ? undefined : Number(header)
}

export interface ReceiveOptions {
  maxBytes?: number | undefined
  idleTimeoutMs?: number | undefined
  /** Memory of the announced length into which the body is copied, its pieces freed; else it is kept in the pieces. */
  into?: Buffer | undefined
  /** Told how many bytes have come; a promise stops the sender until it is settled, a rejection ends the reading. */
  onBytes?: (length: number) => Promise<void> | undefined
  /** Whose timer is used; else one of its own. */
  timeLimits?: TimeLimits | undefined
}

function tooSlow(ms: number, what: string): AppError {
  return new AppError('BODY_TIMEOUT', 408, `${what} within ${Math.round(ms / 100) / 10} s`)
}

/**
 * Reads the whole body.
 * @throws {AppError} BODY_TOO_LARGE (413), BODY_TIMEOUT (408) when the sender is silent or drips for too long
 * @throws {ClientGone} when the connection ends before the body
 */
export function receiveBody(request: IncomingMessage, options: ReceiveOptions = {}): Promise<Bytes> {
  const { into } = options
  const maxBytes = options.maxBytes ?? MAX_BODY_BYTES
  const idleTimeoutMs = options.idleTimeoutMs ?? BODY_IDLE_TIMEOUT_MS
  const timeLimits = options.timeLimits ?? new TimeLimits()
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let idle = timeLimits.start(idleTimeoutMs, onIdle)
    function onIdle(): void {
      end(tooSlow(idleTimeoutMs, 'No byte of the body came'))
    }
    let ended = false
    function end(error?: Error): void {
      ended = true
      idle.clear()
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      if (error === undefined) resolve({ chunks: into === undefined ? chunks : [into], length })
      else reject(error)
    }
    function onData(chunk: Buffer): void {
      const start = length
      length += chunk.length
      if (length > maxBytes) return end(bodyTooLarge(maxBytes))
      if (performance.now() - started > BODY_TOTAL_TIMEOUT_MS) {
        return end(tooSlow(BODY_TOTAL_TIMEOUT_MS, 'The body did not come'))
      }
      if (into === undefined) {
        chunks.push(chunk)
      } else {
        movePiece(chunk, into, start)
      }
      idle.refresh()
      const room = options.onBytes?.(length)
      if (room !== undefined) waitFor(room)
    }
    function waitFor(room: Promise<void>): void {
      request.pause()
      idle.clear()
      room.then(
        () => {
          if (ended) return
          idle = timeLimits.start(idleTimeoutMs, onIdle)
          request.resume()
        },
        (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
      )
    }
    function onEnd(): void {
      end()
    }
    function onGone(): void {
      end(new ClientGone())
    }
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
