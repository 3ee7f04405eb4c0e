/** One exchange while it is recorded. */
import type { DebugRecord } from '../../src-shared/api.ts'
import { describeHeaders, type PartRange } from './describe.ts'
import type { StoredBytes } from './body-store.ts'

/** A body in the pieces in which it was received. */
export interface Body {
  readonly chunks: readonly Buffer[]
  readonly length: number
  readonly contentType: string
}

/** What is kept of a body. */
export interface StoredBody {
  readonly kept: StoredBytes
  readonly contentType: string
}

/** A record with what is kept of its bodies. */
export interface Stored {
  readonly record: DebugRecord
  request?: StoredBody & { readonly parts: readonly PartRange[] }
  response?: StoredBody
}

/** An answer as it is recorded. */
export interface RecordedResponse {
  statusCode: number
  rawHeaders: readonly string[]
  body: Body
}

/** Where a recording leaves what it learns: the recorder, which owns the records. */
export interface RecordKeeper {
  keepRequest(stored: Stored, body: Body): void
  keepResponse(stored: Stored, body: Body): void
  finished(record: DebugRecord): void
}

/** Takes in an exchange bit by bit. */
export class Recording {
  readonly id: string
  readonly #recorder: RecordKeeper
  readonly #stored: Stored
  readonly #startedAt: number

  /** @param startedAt on the monotonic clock, milliseconds */
  constructor(recorder: RecordKeeper, stored: Stored, startedAt: number) {
    this.#recorder = recorder
    this.#stored = stored
    this.#startedAt = startedAt
    this.id = stored.record.id
  }

  requestBody(body: Body): void {
    this.#recorder.keepRequest(this.#stored, body)
  }

  /** The entries the request holds, as "task/type". */
  tasks(tasks: string[]): void {
    this.#stored.record.tasks = tasks
  }

  finish(response: RecordedResponse, error?: string): void {
    this.#end(error)
    const { record } = this.#stored
    record.response.statusCode = response.statusCode
    record.response.headers = describeHeaders(response.rawHeaders)
    this.#recorder.keepResponse(this.#stored, response.body)
    this.#recorder.finished(record)
  }

  /** The exchange ended without an answer. */
  fail(error: string): void {
    this.#end(error)
    this.#recorder.finished(this.#stored.record)
  }

  #end(error: string | undefined): void {
    const { record } = this.#stored
    record.durationMs = Math.round((performance.now() - this.#startedAt) * 10) / 10
    // Not deleted: V8 makes a slow dictionary of an object that loses a property. In JSON it is gone.
    record.pending = undefined
    if (error !== undefined) record.error = error
  }
}
