/** What all dispatches of one prediction share. */
import type { Snapshot } from '../backends/backend.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import type { Place } from './place.ts'
import type { QueuePosition } from './queue.ts'
import type { BodySource } from './receive.ts'

export interface RequestContext {
  /** The configuration and the backends that the prediction began with. */
  readonly snapshot: Snapshot
  /** On the monotonic clock, milliseconds. */
  readonly deadline: number
  readonly cancellation: Cancellation
  /** Cancelled when a dispatch of the prediction has failed for good: the others' answers are of no use. */
  readonly givenUp: Cancellation
  /** The memory of the body, which a held prediction moves out of the buffer pool. */
  readonly memory: Pick<BodySource, 'leavePool' | 'located'>
  readonly position: QueuePosition
  readonly place: Place
  /** Headers for the backend, names and values in turn, without those of the body. */
  readonly headers: readonly string[]
  /** The id of the incoming record; undefined while debug mode is off. */
  readonly traceId: string | undefined
}
