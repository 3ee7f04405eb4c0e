/** How busy the service is, for those that act on it: the trim after an import, keeping the computer awake, quitting. */
import type { Admission } from '../predict/admission.ts'
import type { BackendSlots } from '../predict/backend-slots.ts'
import type { Hold } from '../predict/hold.ts'
import type { QueuePositions } from '../predict/queue.ts'

export interface Work {
  /** Predictions in flight, those that wait for a backend among them. */
  readonly inFlight: number
  /** Predictions begun since the start. */
  readonly begun: number
  /** Those in flight, but for those that wait for the end of a pause: they are no reason to keep the computer awake. */
  readonly atWork: number
  /** Attempts on backends that have ended since the start. */
  readonly ended: number
}

export interface WorkSources {
  readonly admission: Admission
  readonly positions: QueuePositions
  readonly slots: Pick<BackendSlots, 'ended'>
  readonly hold: Pick<Hold, 'waitingForPause'>
}

/** Cheap: only the requests that wait for a backend are looked through. */
export function workOf({ admission, positions, slots, hold }: WorkSources): Work {
  const inFlight = admission.predictions.used + admission.waitingForBackend
  return { inFlight, begun: positions.taken, atWork: inFlight - hold.waitingForPause, ended: slots.ended }
}
