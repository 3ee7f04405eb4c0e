/** The body of a prediction as its readers, immich-layout.ts and general-layout.ts, give it. */
import type { Bytes } from './bytes.ts'

/** A body ready to be sent. */
export interface OutgoingBody extends Bytes {
  /** With the boundary of the body. */
  readonly contentType: string
}

/** A body that was received and whose `entries` were found. */
export interface PredictionBody {
  /** The value of the field `entries` as it was received. */
  readonly entriesText: string
  /**
   * The body for one backend.
   * @param entriesText the entries for it; those that were received where it is absent
   */
  withEntries(entriesText?: string): OutgoingBody
}
