/** One HTTP exchange while it is recorded. */
import type { DebugRecord } from '../../src-shared/api.ts'
import { cut, describeHeaders, describeTasks, type PartRange } from './describe.ts'
import { RECORDED_ERROR_CHARS } from './limits.ts'
import type { StoredBody } from './body-store.ts'

/** A body in the chunks in which it was received. */
export interface Body {
  readonly chunks: readonly Buffer[]
  readonly length: number
  readonly contentType: string
}

/** A stored body with what its headers said it is. */
export interface RecordedBytes {
  readonly body: StoredBody
  readonly contentType: string
}

/** A stored body that is read part by part, without a copy of the whole. */
export interface BodyReader {
  readonly length: number
  readonly contentType: string
  /** A copy of the bytes from `start` to `end` (exclusive); undefined where the body was dropped meanwhile. */
  readonly read: (start: number, end: number) => Buffer | undefined
}

/** A record and its bodies, where they are stored. */
export interface RecordEntry {
  readonly record: DebugRecord
  request?: RecordedBytes & { readonly parts: readonly PartRange[] }
  response?: RecordedBytes
  /** Characters of the record as they were counted last. */
  chars?: number
}

/** An answer as it is recorded. */
export interface RecordedResponse {
  statusCode: number
  /** Names and values in turn. */
  rawHeaders: readonly string[]
  body: Body
}

/** What a recording reports to: the recorder, which owns the records. */
export interface RecordingOwner {
  addRequestBody(entry: RecordEntry, body: Body): void
  addResponseBody(entry: RecordEntry, body: Body): void
  finished(record: DebugRecord): void
}

/** Receives the parts of an exchange as they become known: the request's body, its tasks, the answer or the failure. */
export class Recording {
  readonly id: string
  readonly #owner: RecordingOwner
  readonly #entry: RecordEntry
  readonly #startedAt: number

  /** @param startedAt on the monotonic clock, milliseconds */
  constructor(owner: RecordingOwner, entry: RecordEntry, startedAt: number) {
    this.#owner = owner
    this.#entry = entry
    this.#startedAt = startedAt
    this.id = entry.record.id
  }

  /** Copies the body: its memory may be used again afterwards. */
  requestBody(body: Body): void {
    this.#owner.addRequestBody(this.#entry, body)
  }

  /** The entries that the request holds, as "task/type". */
  tasks(tasks: string[]): void {
    this.#entry.record.tasks = describeTasks(tasks)
  }

  /** @param error why the answer counts as failed */
  finish(response: RecordedResponse, error?: string): void {
    this.#end(error)
    const { record } = this.#entry
    record.response.statusCode = response.statusCode
    record.response.headers = describeHeaders(response.rawHeaders)
    this.#owner.addResponseBody(this.#entry, response.body)
    this.#owner.finished(record)
  }

  /** The exchange ended without an answer. */
  fail(error: string): void {
    this.#end(error)
    this.#owner.finished(this.#entry.record)
  }

  #end(error: string | undefined): void {
    const { record } = this.#entry
    record.durationMs = Math.round((performance.now() - this.#startedAt) * 10) / 10
    // Not deleted: V8 turns an object that loses a property into a slow dictionary. JSON leaves undefined out.
    record.pending = undefined
    if (error !== undefined) record.error = cut(error, RECORDED_ERROR_CHARS)
  }
}
