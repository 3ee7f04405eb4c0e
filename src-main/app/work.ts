/** What the parts that follow the work of the service see of it. */

/** How busy the service is; cheap to ask, nothing is counted for it. */
export interface Work {
  /** Predictions worked on now. */
  readonly inFlight: number
  /** Predictions begun since the start. */
  readonly begun: number
}
