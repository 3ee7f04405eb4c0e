/** The owner of the debug records. While debug mode is off nothing here is called but `enabled`. */
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { DebugRecord, DebugStatus, DebugUsage } from '../../src-shared/api.ts'
import { DEFAULT_MAX_RECORDS, RECORDED_BYTES_BUDGET, RECORDED_URL_CHARS } from './limits.ts'
import { cut, describeBody, describeHeaders, NO_BODY, type Description, type PartRange } from './describe.ts'
import { BodyStore, type StoredBytes } from './body-store.ts'
import { Recording, type Body, type RecordKeeper, type Stored, type StoredBody } from './recording.ts'

export type { Body, RecordedResponse, Recording } from './recording.ts'

interface RecorderEvents {
  /** A record is new or has changed. */
  record: [record: DebugRecord]
  /** Debug mode, the maximum or the counts have changed. */
  status: []
}

export interface IncomingRequest {
  method: string
  url: string
  /** Names and values in turn. */
  rawHeaders: readonly string[]
}

export interface OutgoingRequest extends IncomingRequest {
  traceId: string
  backend: string
  tasks: string[]
  waitMs: number
  /** Headers whose values are hidden, in lower case. */
  secretHeaders: ReadonlySet<string>
}

const isError = (record: DebugRecord): boolean =>
  record.error !== undefined || record.response.statusCode >= 400

/** Keeps the records of what went in and out. */
export class Recorder extends EventEmitter<RecorderEvents> implements RecordKeeper {
  #enabled: boolean
  #maxRecords = DEFAULT_MAX_RECORDS
  /** By id, oldest first. */
  readonly #records = new Map<string, Stored>()
  readonly #bodies: BodyStore
  readonly #counts = { incoming: 0, outgoing: 0, errors: 0 }
  /** Descriptions of the bodies in flight: an outgoing one is often the incoming one. */
  readonly #described = new WeakMap<readonly Buffer[], Description>()
  readonly #idPrefix = randomBytes(4).toString('hex')
  #nextId = 1
  #latest: DebugRecord | undefined

  constructor(options: { enabled: boolean; budget?: number | undefined }) {
    super()
    this.#enabled = options.enabled
    this.#bodies = new BodyStore(options.budget ?? RECORDED_BYTES_BUDGET)
  }

  get enabled(): boolean {
    return this.#enabled
  }

  setEnabled(enabled: boolean): void {
    if (this.#enabled === enabled) return
    this.#enabled = enabled
    this.emit('status')
  }

  /** @param maxRecords 1 to 10,000; a smaller number trims the oldest at once */
  setMaxRecords(maxRecords: number): void {
    this.#maxRecords = maxRecords
    this.#trim()
    this.emit('status')
  }

  status(): DebugStatus {
    return { enabled: this.#enabled, maxRecords: this.#maxRecords, recordCount: this.#records.size }
  }

  usage(): DebugUsage {
    return {
      ...this.status(),
      ...this.#counts,
      keptBytes: this.#bodies.bytes,
      keptBytesLimit: this.#bodies.budget,
    }
  }

  /** All records, oldest first. */
  list(): DebugRecord[] {
    return Array.from(this.#records.values(), (stored) => stored.record)
  }

  get(id: string): DebugRecord | undefined {
    return this.#records.get(id)?.record
  }

  /** The newest record, or undefined. */
  latest(): DebugRecord | undefined {
    return this.#latest !== undefined && this.#records.has(this.#latest.id) ? this.#latest : undefined
  }

  clear(): void {
    for (const stored of [...this.#records.values()]) this.#remove(stored)
    this.emit('status')
  }

  incoming(request: IncomingRequest): Recording {
    const startedAt = performance.now()
    const id = this.#newId()
    return this.#add(this.#blank(id, id, request), startedAt)
  }

  outgoing(request: OutgoingRequest): Recording {
    const startedAt = performance.now()
    const record = this.#blank(this.#newId(), request.traceId, request, request.secretHeaders)
    record.type = 'outgoing'
    record.backend = request.backend
    record.tasks = request.tasks
    record.waitMs = Math.round(request.waitMs * 10) / 10
    return this.#add(record, startedAt)
  }

  /** A copy of the request's body of a record while it is kept. */
  requestBody(id: string): Body | undefined {
    return this.#read(this.#records.get(id)?.request)
  }

  /** A copy of the n-th part (from 0) of a kept request body. */
  part(id: string, index: number): { readonly range: PartRange; readonly bytes: Buffer } | undefined {
    const request = this.#records.get(id)?.request
    const range = request?.parts[index]
    if (request === undefined || range === undefined || !this.#bodies.has(request.kept)) return undefined
    return { range, bytes: this.#bodies.read(request.kept, range.start, range.end) }
  }

  responseBody(id: string): Body | undefined {
    return this.#read(this.#records.get(id)?.response)
  }

  keepRequest(stored: Stored, body: Body): void {
    const { record } = stored
    const description = this.#describe(body)
    record.request.body = description.body
    if (!this.#records.has(record.id)) return
    const kept = this.#keep(record, 'request', body, description.body.kind === 'multipart')
    if (kept !== undefined) {
      stored.request = { kept, contentType: body.contentType, parts: description.parts }
    }
    this.emit('record', record)
  }

  keepResponse(stored: Stored, body: Body): void {
    const { record } = stored
    record.response.body = describeBody(body.chunks, body.length, body.contentType).body
    if (!this.#records.has(record.id)) return
    const kept = this.#keep(record, 'response', body, false)
    if (kept !== undefined) stored.response = { kept, contentType: body.contentType }
  }

  finished(record: DebugRecord): void {
    if (!this.#records.has(record.id)) return
    if (isError(record)) this.#counts.errors++
    this.emit('record', record)
  }

  #keep(
    record: DebugRecord,
    side: keyof DebugRecord['kept'],
    body: Body,
    isImage: boolean,
  ): StoredBytes | undefined {
    if (body.chunks.length === 0) return undefined
    const kept = this.#bodies.keep(body.chunks, isImage, () => {
      record.kept[side] = false
    })
    record.kept[side] = kept !== undefined
    return kept
  }

  #read(stored: StoredBody | undefined): Body | undefined {
    if (stored === undefined || !this.#bodies.has(stored.kept)) return undefined
    const bytes = this.#bodies.read(stored.kept)
    return { chunks: [bytes], length: bytes.length, contentType: stored.contentType }
  }

  #describe(body: Body): Description {
    const known = this.#described.get(body.chunks)
    if (known !== undefined) return known
    const description = describeBody(body.chunks, body.length, body.contentType)
    this.#described.set(body.chunks, description)
    return description
  }

  #newId(): string {
    return `${this.#idPrefix}-${(this.#nextId++).toString(36)}`
  }

  /** What is known of an exchange at its beginning; an outgoing one gets the rest from its caller. */
  #blank(id: string, traceId: string, request: IncomingRequest, secret?: ReadonlySet<string>): DebugRecord {
    return {
      id,
      timestamp: new Date().toISOString(),
      type: 'incoming',
      traceId,
      durationMs: 0,
      pending: true,
      request: {
        method: request.method,
        url: cut(request.url, RECORDED_URL_CHARS),
        headers: describeHeaders(request.rawHeaders, secret),
        body: NO_BODY,
      },
      response: { statusCode: 0, headers: {}, body: NO_BODY },
      kept: { request: false, response: false },
    }
  }

  /**
   * @param startedAt on the monotonic clock, read before the record's timestamp: taken after it, a process that was held
   * up in between would have ended, by its record, before what it caused began
   */
  #add(record: DebugRecord, startedAt: number): Recording {
    const stored: Stored = { record }
    this.#records.set(record.id, stored)
    this.#latest = record
    this.#counts[record.type]++
    this.#trim()
    this.emit('record', record)
    return new Recording(this, stored, startedAt)
  }

  #trim(): void {
    for (const stored of this.#records.values()) {
      if (this.#records.size <= this.#maxRecords) return
      this.#remove(stored)
    }
  }

  #remove(stored: Stored): void {
    const { record } = stored
    this.#records.delete(record.id)
    this.#counts[record.type]--
    if (record.pending !== true && isError(record)) this.#counts.errors--
    if (stored.request !== undefined) this.#bodies.drop(stored.request.kept)
    if (stored.response !== undefined) this.#bodies.drop(stored.response.kept)
  }
}
