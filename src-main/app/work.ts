/** How busy the service is, for those that act on it: the trim after an import, keeping the computer awake, quitting. */
import type { Admission } from '../predict/admission.ts'
import type { QueuePositions } from '../predict/queue.ts'

export interface Work {
  /** Predictions in flight, those that wait for a backend among them. */
  readonly inFlight: number
  /** Predictions begun since the start. */
  readonly begun: number
}

/** Cheap: nothing is counted for it. */
export function workOf({
  admission,
  positions,
}: {
  readonly admission: Admission
  readonly positions: QueuePositions
}): Work {
  return { inFlight: admission.predictions.used + admission.waitingForBackend, begun: positions.taken }
}
