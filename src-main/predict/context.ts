/** What all dispatches of one prediction share. */
import type { Snapshot } from '../backends/backend.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import type { HoldPermit } from './hold-capacity.ts'
import type { PredictionPermit } from './prediction-permit.ts'
import type { QueuePosition } from './queue.ts'
import type { BodySource } from './receive.ts'

/** The headers of a 200, sent before the answer is known so that Immich goes on waiting. */
export interface EarlyHeaders {
  /** Requests the headers: they are sent when it is too late for an error. A second call does nothing. */
  arm(): void
}

export interface RequestContext {
  /** The configuration and the backends that the prediction began with. */
  readonly snapshot: Snapshot
  /** On the monotonic clock, milliseconds. */
  readonly deadline: number
  readonly cancellation: Cancellation
  /**
   * Cancelled when a dispatch of the prediction has failed for good: the answers of the other dispatches cannot be used
   * then.
   */
  readonly givenUp: Cancellation
  /** The memory of the body, which a held prediction moves out of the buffer pool. */
  readonly memory: Pick<BodySource, 'leavePool' | 'located'>
  readonly position: QueuePosition
  readonly permit: PredictionPermit
  readonly holdPermit: HoldPermit
  /** When it arrived, on the monotonic clock, milliseconds. */
  readonly startedAt: number
  /** How long an attempt may take from its beginning, where early headers carry the request on; milliseconds. */
  readonly limitMs: number
  /** Sends the headers of an answer before the answer is known; undefined where no client waits for them. */
  readonly early: EarlyHeaders | undefined
  /** Headers for the backend, names and values in turn, without those of the body. */
  readonly headers: readonly string[]
  /** The id of the incoming record; undefined while debug mode is off. */
  readonly traceId: string | undefined
}
