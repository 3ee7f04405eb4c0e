/** Receives the body of a request, within limits. */
import type { IncomingMessage } from 'node:http'
import { ClientGone } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import { MAX_BODY_BYTES } from '../wire/limits.ts'
import type { Bytes } from '../wire/bytes.ts'
import {
  BODY_IDLE_TIMEOUT_MS,
  BODY_TOTAL_TIMEOUT_MS,
  MAX_TINY_CHUNKS,
  MAX_UNANNOUNCED_BODY_BYTES,
  TINY_CHUNK_BYTES,
} from './limits.ts'
import { moveChunk, type BufferPool } from './memory/buffer-pool.ts'
import { ChunkCollector } from './chunk-collector.ts'

/** Where the body of a prediction comes from: a client's request, or the record that is replayed. */
export interface BodySource {
  /**
   * The body's length in bytes, known before its first byte is read; undefined where the client did not announce it.
   * @throws {AppError} BODY_TOO_LARGE (413) when it is more than a body may have
   */
  announcedLength(): number | undefined
  /**
   * Reads the whole body.
   * @throws {AppError} BODY_TOO_LARGE (413), BODY_IN_PIECES (413), BODY_TIMEOUT (408)
   * @throws {ClientGone} when the connection ends before the body
   */
  read(): Promise<Bytes>
  /**
   * Copies the body out of the buffer pool, for a prediction that is held for long. No attempt may be sending it
   * meanwhile. {@link located} finds earlier slices of the body in the copy.
   */
  readonly leavePool?: () => void
  /** The present memory of slices of the body. */
  readonly located?: (chunks: readonly Buffer[]) => readonly Buffer[]
  /** Releases the memory of the body, after the last attempt that sends it has settled. */
  release(): void
}

export interface ReceiveLimits {
  /** The largest body, bytes; {@link MAX_BODY_BYTES} by default. */
  readonly maxBytes?: number | undefined
  /** How long a sender may be silent, milliseconds; {@link BODY_IDLE_TIMEOUT_MS} by default. */
  readonly idleTimeoutMs?: number | undefined
}

const megabytes = (bytes: number): number => Math.floor(bytes / 1024 / 1024)

function bodyTooLarge(maxBytes: number): AppError {
  return new AppError('BODY_TOO_LARGE', 413, `The body is larger than ${megabytes(maxBytes)} MB`)
}

function unannouncedTooLarge(limit: number, maxBytes: number): AppError {
  return new AppError(
    'BODY_TOO_LARGE',
    413,
    `The body is larger than ${megabytes(limit)} MB and has no Content-Length; send one, with it a body may have ${megabytes(maxBytes)} MB`,
  )
}

/** 413 for a body whose chunks take more of this program than they bring. */
export function inTinyChunks(): AppError {
  return new AppError(
    'BODY_IN_PIECES',
    413,
    'The body comes in too many small chunks; send it in larger ones',
  )
}

function tooSlow(ms: number, what: string): AppError {
  return new AppError('BODY_TIMEOUT', 408, `${what} within ${Math.round(ms / 100) / 10} s`)
}

/** The body of a client's request. */
export class RequestBody implements BodySource {
  readonly #request: IncomingMessage
  readonly #pool: BufferPool
  readonly #maxBytes: number
  readonly #idleTimeoutMs: number
  #buffer: Buffer | undefined
  /** After {@link leavePool}: the buffer of the pool that the body was in, used for its address only, and the copy. */
  #moved: { readonly from: Buffer; readonly to: Buffer } | undefined

  /** @param pool where the memory for a photo comes from */
  constructor(request: IncomingMessage, pool: BufferPool, limits: ReceiveLimits = {}) {
    this.#request = request
    this.#pool = pool
    this.#maxBytes = limits.maxBytes ?? MAX_BODY_BYTES
    this.#idleTimeoutMs = limits.idleTimeoutMs ?? BODY_IDLE_TIMEOUT_MS
  }

  announcedLength(): number | undefined {
    const header = this.#request.headers['content-length']
    if (header === undefined) return undefined
    const length = Number(header)
    if (length > this.#maxBytes) throw bodyTooLarge(this.#maxBytes)
    return length
  }

  read(): Promise<Bytes> {
    const announced = this.announcedLength()
    this.#buffer = this.#pool.acquire(announced)
    // Node's parser ends an announced body at its length, so that the limit below ends only the others.
    const limit = Math.min(MAX_UNANNOUNCED_BODY_BYTES, this.#maxBytes)
    return receiveBody(this.#request, {
      into: this.#buffer,
      maxBytes: announced ?? limit,
      tooLarge: () => unannouncedTooLarge(limit, this.#maxBytes),
      idleTimeoutMs: this.#idleTimeoutMs,
    })
  }

  leavePool(): void {
    const from = this.#buffer
    if (from === undefined) return
    this.#moved = { from, to: Buffer.from(from) }
    this.release()
  }

  located(chunks: readonly Buffer[]): readonly Buffer[] {
    const moved = this.#moved
    if (moved === undefined) return chunks
    const { from, to } = moved
    return chunks.map((chunk) => {
      const at = chunk.byteOffset - from.byteOffset
      const isOfBody = chunk.buffer === from.buffer && at >= 0 && at + chunk.length <= from.length
      return isOfBody ? to.subarray(at, at + chunk.length) : chunk
    })
  }

  release(): void {
    const buffer = this.#buffer
    this.#buffer = undefined
    if (buffer !== undefined) this.#pool.release(buffer)
  }
}

export interface ReceiveOptions extends ReceiveLimits {
  /** Memory of the body's length: the body is copied into it, and the chunks in which it came are freed. */
  readonly into?: Buffer | undefined
  /** The error of a body that is too large. */
  readonly tooLarge?: () => AppError
}

/**
 * Reads the whole body of a request.
 * @throws {AppError} BODY_TOO_LARGE (413), BODY_IN_PIECES (413), BODY_TIMEOUT (408) when the sender is silent or too slow
 * @throws {ClientGone} when the connection ends before the body
 */
export function receiveBody(request: IncomingMessage, options: ReceiveOptions = {}): Promise<Bytes> {
  const { into, maxBytes = MAX_BODY_BYTES, idleTimeoutMs = BODY_IDLE_TIMEOUT_MS } = options
  const { tooLarge = () => bodyTooLarge(maxBytes) } = options
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const collected = new ChunkCollector()
    let length = 0
    let chunks = 0
    let isOver = false
    const idle = setTimeout(onIdle, idleTimeoutMs)
    function end(error?: Error): void {
      isOver = true
      clearTimeout(idle)
      if (error === undefined)
        return resolve({ chunks: into === undefined ? collected.take() : [into], length })
      request.off('data', onData)
      reject(error)
    }
    function onData(chunk: Buffer): void {
      const start = length
      length += chunk.length
      if (length > maxBytes) return end(tooLarge())
      if (++chunks > MAX_TINY_CHUNKS && length < chunks * TINY_CHUNK_BYTES) return end(inTinyChunks())
      if (performance.now() - started > BODY_TOTAL_TIMEOUT_MS) {
        return end(tooSlow(BODY_TOTAL_TIMEOUT_MS, 'The body did not come'))
      }
      if (into === undefined) {
        collected.add(chunk)
      } else {
        moveChunk(chunk, into, start)
      }
      if (length < maxBytes) idle.refresh()
    }
    function onIdle(): void {
      end(tooSlow(idleTimeoutMs, 'No byte of the body came'))
    }
    function onEnd(): void {
      if (!isOver) end()
    }
    // The listeners stay: removing them takes longer, and errors of the request need an owner.
    function onGone(): void {
      if (!isOver) end(new ClientGone())
    }
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
