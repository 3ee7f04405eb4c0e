/** What all dispatches of one prediction share. */
import type { Snapshot } from '../backends/backend.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import type { QueuePosition } from './queue.ts'

export interface RequestContext {
  /** The configuration and the backends that the prediction began with. */
  readonly snapshot: Snapshot
  /** On the monotonic clock, milliseconds. */
  readonly deadline: number
  readonly cancellation: Cancellation
  readonly position: QueuePosition
  /** Headers for the backend, names and values in turn, without those of the body. */
  readonly headers: readonly string[]
  /** The id of the incoming record; undefined while debug mode is off. */
  readonly traceId: string | undefined
}
