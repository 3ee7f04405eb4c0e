/** How busy the service is. Cheap to read: nothing is counted for it. */
export interface Work {
  /** Predictions in flight. */
  readonly inFlight: number
  /** Predictions begun since the start. */
  readonly begun: number
}
