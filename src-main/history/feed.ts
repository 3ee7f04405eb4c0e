/** The events that the history counts, and the values that it reads. No caller waits for it. */
import type { HistoryState } from '../../src-shared/history.ts'
import type { Entry } from '../../src-shared/routing/plan.ts'

/** An attempt that has ended on a backend. One that was given up, by the client or by us, is not told. */
export interface EndedAttempt {
  readonly backend: string
  readonly entries: readonly Pick<Entry, 'task' | 'type'>[]
  readonly isText: boolean
  readonly isAnswered: boolean
  /** Milliseconds from sending to the whole answer. */
  readonly durationMs: number
}

/** A prediction that Immich was answered. */
export interface EndedPrediction {
  readonly isText: boolean
  readonly isAnswered: boolean
}

export interface HistoryFeed {
  attemptEnded(attempt: EndedAttempt): void
  predictionEnded(prediction: EndedPrediction): void
}

/** A backend at one moment. */
export interface BackendSample {
  readonly name: string
  readonly state: HistoryState
  readonly waiting: number
  readonly running: number
}

/** The service at one moment. */
export interface HistorySample {
  /** Those of the configuration, in its order. */
  readonly backends: readonly BackendSample[]
  /** Image predictions that are held because no backend is there. */
  readonly held: number
}

/** Tells several. */
export function feedAll(feeds: readonly HistoryFeed[]): HistoryFeed {
  return {
    attemptEnded: (attempt) => feeds.forEach((feed) => feed.attemptEnded(attempt)),
    predictionEnded: (prediction) => feeds.forEach((feed) => feed.predictionEnded(prediction)),
  }
}
