/** The owner of the debug records. While debug mode is off, predictions call nothing here but `enabled`. */
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { DebugRecord, DebugStatus, DebugUsage, RecordCause } from '../../src-shared/api.ts'
import { parseAddress } from '../../src-shared/config/ranges.ts'
import {
  DEFAULT_MAX_RECORDS,
  RECORDED_BYTES_BUDGET,
  RECORDED_URL_CHARS,
  RECORDS_CHARS_BUDGET,
} from './limits.ts'
import {
  charsOf,
  cut,
  describeBody,
  describeHeaders,
  describeTasks,
  NO_BODY,
  type Description,
  type PartRange,
} from './describe.ts'
import { BodyStore, type StoredBody } from './body-store.ts'
import {
  Recording,
  type Body,
  type BodyReader,
  type RecordEntry,
  type RecordedBytes,
  type RecordingOwner,
} from './recording.ts'

interface RecorderEvents {
  /** A record is new or has changed. */
  record: [record: DebugRecord]
  /** Debug mode, the maximum or the counts have changed. */
  status: []
}

interface RecordedRequest {
  method: string
  url: string
  /** Names and values in turn. */
  rawHeaders: readonly string[]
  /** Undefined where Immich caused it. */
  cause?: RecordCause | undefined
}

/** A request of a client. */
export interface ClientRequest extends RecordedRequest {
  /** The address of the client, as its socket has it; undefined where the proxy caused it itself. */
  client?: string | undefined
}

export interface OutgoingRequest extends RecordedRequest {
  /** The id of the incoming record; empty where there is none. */
  traceId: string
  backend: string
  tasks: string[]
  waitMs: number
  /** How long it waited for a backend to come back, milliseconds. */
  heldMs?: number | undefined
  /** Headers whose values are hidden, in lower case. */
  secretHeaders: ReadonlySet<string>
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10

const isError = (record: DebugRecord): boolean =>
  record.error !== undefined || record.response.statusCode >= 400

/** Records the exchanges with clients (incoming) and with backends (outgoing). */
export class Recorder extends EventEmitter<RecorderEvents> implements RecordingOwner {
  #enabled: boolean
  #maxRecords = DEFAULT_MAX_RECORDS
  /** Characters of all records. */
  #chars = 0
  /** By id, oldest first. */
  readonly #entries = new Map<string, RecordEntry>()
  readonly #bodies: BodyStore
  readonly #counts = { incoming: 0, outgoing: 0 }
  /** How many records of each trace have failed: a prediction that fails on two backends is one error. */
  readonly #failedByTrace = new Map<string, number>()
  /**
   * Descriptions of bodies, by their chunks: an outgoing body is often the same as the incoming one and is described
   * once.
   */
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

  /** @param maxRecords 1 to 10,000; where it is less than before the oldest records are dropped at once */
  setMaxRecords(maxRecords: number): void {
    this.#maxRecords = maxRecords
    this.#dropOldest()
    this.emit('status')
  }

  status(): DebugStatus {
    return { enabled: this.#enabled, maxRecords: this.#maxRecords, recordCount: this.#entries.size }
  }

  usage(): DebugUsage {
    return {
      ...this.status(),
      ...this.#counts,
      errors: this.#failedByTrace.size,
      keptBytes: this.#bodies.bytes,
      keptBytesLimit: this.#bodies.budget,
    }
  }

  /** All records, oldest first. */
  list(): DebugRecord[] {
    return Array.from(this.#entries.values(), (entry) => entry.record)
  }

  /**
   * The records of this moment one by one, oldest first, for a client that reads them slowly: those that were dropped
   * meanwhile are left out, so that it retains none.
   */
  *each(): Generator<DebugRecord> {
    for (const id of [...this.#entries.keys()]) {
      const record = this.get(id)
      if (record !== undefined) yield record
    }
  }

  get(id: string): DebugRecord | undefined {
    return this.#entries.get(id)?.record
  }

  /** The newest record, or undefined. */
  latest(): DebugRecord | undefined {
    return this.#latest !== undefined && this.#entries.has(this.#latest.id) ? this.#latest : undefined
  }

  clear(): void {
    for (const entry of [...this.#entries.values()]) this.#remove(entry)
    this.emit('status')
  }

  incoming(request: ClientRequest): Recording {
    const startedAt = performance.now()
    const id = this.#newId()
    const record = this.#blank(id, id, request)
    const client = parseAddress(request.client)?.toString()
    if (client !== undefined) record.client = client
    return this.#add(record, startedAt)
  }

  outgoing(request: OutgoingRequest): Recording {
    const startedAt = performance.now()
    const id = this.#newId()
    // Without a cause it is a trace of its own: others without one have nothing to do with it.
    const record = this.#blank(
      id,
      request.traceId === '' ? id : request.traceId,
      request,
      request.secretHeaders,
    )
    record.type = 'outgoing'
    record.backend = request.backend
    record.tasks = describeTasks(request.tasks)
    record.waitMs = tenths(request.waitMs)
    if (request.heldMs !== undefined) record.heldMs = tenths(request.heldMs)
    return this.#add(record, startedAt)
  }

  /** A copy of the request body of a record, while it is stored. */
  requestBody(id: string): Body | undefined {
    return this.#read(this.#entries.get(id)?.request)
  }

  /** The n-th part (from 0) of a request body, while it is stored. */
  part(id: string, index: number): PartRange | undefined {
    const request = this.#entries.get(id)?.request
    return request !== undefined && this.#bodies.has(request.body) ? request.parts[index] : undefined
  }

  /** A body of a record to be read part by part, while it is stored. */
  reader(id: string, side: 'request' | 'response'): BodyReader | undefined {
    const recorded = this.#entries.get(id)?.[side]
    if (recorded === undefined || !this.#bodies.has(recorded.body)) return undefined
    const { body, contentType } = recorded
    return {
      length: body.length,
      contentType,
      read: (start, end) => (this.#bodies.has(body) ? this.#bodies.read(body, start, end) : undefined),
    }
  }

  addRequestBody(entry: RecordEntry, body: Body): void {
    const { record } = entry
    const { body: described, parts } = this.#describe(body)
    record.request.body = described
    if (!this.#entries.has(record.id)) return
    const stored = this.#store(record, 'request', body, described.kind === 'multipart')
    if (stored !== undefined) entry.request = { body: stored, contentType: body.contentType, parts }
    this.emit('record', record)
  }

  addResponseBody(entry: RecordEntry, body: Body): void {
    const { record } = entry
    record.response.body = describeBody(body.chunks, body.length, body.contentType).body
    if (!this.#entries.has(record.id)) return
    const stored = this.#store(record, 'response', body, false)
    if (stored !== undefined) entry.response = { body: stored, contentType: body.contentType }
  }

  finished(record: DebugRecord): void {
    const entry = this.#entries.get(record.id)
    if (entry === undefined) return
    this.#weigh(entry)
    if (isError(record)) this.#countFailure(record, 1)
    this.emit('record', record)
  }

  #store(
    record: DebugRecord,
    side: keyof DebugRecord['kept'],
    body: Body,
    isImage: boolean,
  ): StoredBody | undefined {
    if (body.chunks.length === 0) return undefined
    const stored = this.#bodies.store(body.chunks, isImage, () => {
      record.kept[side] = false
    })
    record.kept[side] = stored !== undefined
    return stored
  }

  #read(recorded: RecordedBytes | undefined): Body | undefined {
    if (recorded === undefined || !this.#bodies.has(recorded.body)) return undefined
    const bytes = this.#bodies.read(recorded.body)
    return { chunks: [bytes], length: bytes.length, contentType: recorded.contentType }
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

  /** The record of an exchange that has just begun; {@link outgoing} adds its own fields. */
  #blank(id: string, traceId: string, request: RecordedRequest, secret?: ReadonlySet<string>): DebugRecord {
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
      ...(request.cause === undefined ? {} : { cause: request.cause }),
    }
  }

  /**
   * @param startedAt on the monotonic clock, read before the record's timestamp. Read after it, in a process that was held
   * up between the two, an exchange would seem to end before the exchanges that it caused
   */
  #add(record: DebugRecord, startedAt: number): Recording {
    const entry: RecordEntry = { record }
    this.#entries.set(record.id, entry)
    this.#latest = record
    this.#counts[record.type]++
    this.#weigh(entry)
    this.#dropOldest()
    this.emit('record', record)
    return new Recording(this, entry, startedAt)
  }

  #countFailure({ traceId }: DebugRecord, by: 1 | -1): void {
    const failed = (this.#failedByTrace.get(traceId) ?? 0) + by
    if (failed === 0) this.#failedByTrace.delete(traceId)
    else this.#failedByTrace.set(traceId, failed)
  }

  #dropOldest(): void {
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= this.#maxRecords && this.#chars <= RECORDS_CHARS_BUDGET) return
      this.#remove(entry)
    }
  }

  /** Counts the characters of a record anew. */
  #weigh(entry: RecordEntry): void {
    const chars = charsOf(entry.record)
    this.#chars += chars - (entry.chars ?? 0)
    entry.chars = chars
  }

  #remove(entry: RecordEntry): void {
    const { record } = entry
    this.#entries.delete(record.id)
    this.#chars -= entry.chars ?? 0
    this.#counts[record.type]--
    if (record.pending !== true && isError(record)) this.#countFailure(record, -1)
    if (entry.request !== undefined) this.#bodies.drop(entry.request.body)
    if (entry.response !== undefined) this.#bodies.drop(entry.response.body)
  }
}
