/** What the two ways of reading a prediction's body share. */

/** Bytes as received, in pieces. */
export interface Bytes {
  readonly chunks: readonly Buffer[]
  readonly length: number
}

/** A body ready to be sent. */
export interface OutgoingBody extends Bytes {
  readonly contentType: string
}

export interface PredictionBody {
  readonly entriesText: string
  /** The body as it goes to a backend: with all entries, or with others in their place. */
  withEntries(entriesText?: string): Promise<OutgoingBody> | OutgoingBody
}

/** The field that says what to predict. */
export const ENTRIES_FIELD = 'entries'
