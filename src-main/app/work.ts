/** How busy the service is, for those that act on it: the trim after an import, keeping the computer awake, quitting. */
import type { Admission } from '../predict/admission.ts'
import type { QueuePositions } from '../predict/queue.ts'

export interface Work {
  /** Predictions in flight. */
  readonly inFlight: number
  /** Predictions begun since the start. */
  readonly begun: number
}

/** Cheap: nothing is counted for it. */
export function workOf(parts: { readonly admission: Admission; readonly positions: QueuePositions }): Work {
  return { inFlight: parts.admission.predictions.used, begun: parts.positions.taken }
}
