/** How busy the service is, for those that act on it: the trim after an import, keeping the computer awake, quitting. */
import type { PredictDeps } from '../http/predict.ts'

export interface Work {
  /** Predictions worked on now. */
  readonly inFlight: number
  /** Queue positions taken since the start; a prediction takes one or two. */
  readonly begun: number
}

/** Cheap: nothing is counted for it. */
export function workOf({ admission, positions }: Pick<PredictDeps, 'admission' | 'positions'>): Work {
  return { inFlight: admission.predictions.used, begun: positions.taken }
}
