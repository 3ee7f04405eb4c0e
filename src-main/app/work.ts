/** How busy the service is. Cheap to read: nothing is counted for it. */
export interface Work {
  /** Predictions in flight. */
  readonly inFlight: number
  /** Grows with each prediction, by one or two. */
  readonly begun: number
}
