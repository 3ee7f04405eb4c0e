/** The state of the queue guard, and the events that change it. Plain data; times are Unix milliseconds. */
import type { GuardedQueue, GuardMode } from '../../src-shared/immich.ts'
import type { ModelNames, QueueReading, Queues } from './answers.ts'
import type { CatchUpEnd } from './losses.ts'

/** Why we paused a queue. */
export type PauseReason =
  /** No permitted backend of its task is up. */
  | 'away'
  /** The computer goes to sleep, or the app is closed. */
  | 'suspend'
  | 'quit'
  /** *Missing* is about to be started, for which the queue must have no active jobs. */
  | 'catch-up'
  /** A user asked for it on our page, and only a user ends it. */
  | 'hand'

export interface OwnPause {
  readonly why: PauseReason
  /** When Immich was asked to pause. */
  readonly at: number
  /**
   * Asked: stored, and Immich was asked to pause but has not confirmed. Paused: confirmed. Ending: Immich was asked to
   * resume but has not confirmed.
   */
  readonly stage: 'asked' | 'paused' | 'ending'
}

export interface CatchUp {
  readonly startedAt: number
  /** The result, as far as it is known now. */
  readonly end: CatchUpEnd
}

/** The part of one queue's state that outlasts a restart. */
export interface StoredQueue {
  /** Our own pause; undefined where an admin paused the queue. */
  readonly pause: OwnPause | undefined
  /** Jobs were active when we paused the queue: their images may be lost without being counted. */
  readonly owed: boolean
  readonly catchUp: CatchUp | undefined
  readonly lastCatchUpAt: number | undefined
  /** Until then an admin's resume is respected. */
  readonly leftAloneUntil: number | undefined
}

/** What Immich answered about a queue. */
export interface Seen {
  readonly askedAt: number
  readonly answeredAt: number
  /** Undefined where this Immich has no such queue. */
  readonly reading: QueueReading | undefined
}

export interface QueueState extends StoredQueue {
  /** Whether a permitted backend of its task is up, and since when; undefined before the first check. */
  readonly served: boolean | undefined
  readonly servedSince: number
  /** Immich's last answer. */
  readonly seen: Seen | undefined
  /** A catch-up, or the end of our pause, was asked for on our page. */
  readonly wantsCatchUp: boolean
  readonly wantsResume: boolean
  /** Immich refused a catch-up; the earliest time of the next one. */
  readonly refusedUntil: number | undefined
  /** How the last catch-up ended, for the counts of losses; undefined before the first end in this process. */
  readonly ended: CatchUpEnd | undefined
}

/** The part of the state that outlasts a restart. */
export interface StoredGuard {
  readonly queues: Readonly<Record<GuardedQueue, StoredQueue>>
  /** Smart search has caught up, and the search for duplicates has not been started yet. */
  readonly duplicatesOwed: boolean
}

export type ActionKind = 'greet' | 'urls' | 'read' | 'pause' | 'resume' | 'start' | 'duplicates'

/** A call that failed, and when it may be tried again. */
export interface Failure {
  readonly count: number
  readonly retryAt: number
  readonly message: string
}

/** The machine-learning URLs and models in Immich's settings, or why they cannot be read. */
export interface ReadSettings {
  readonly at: number
  readonly list: readonly string[]
  readonly models: ModelNames
  readonly problem: string
}

export interface GuardState {
  readonly mode: GuardMode
  /** Whether catch-ups start by themselves. */
  readonly catchUp: boolean
  readonly queues: Readonly<Record<GuardedQueue, QueueState>>
  readonly duplicatesOwed: boolean
  /** Version, permissions and settings were read. */
  readonly greeted: boolean
  /** Undefined before they were read. */
  readonly urls: ReadSettings | undefined
  readonly failures: Readonly<Partial<Record<ActionKind, Failure | undefined>>>
  /** When the computer was about to sleep; undefined while it is awake. */
  readonly suspendedAt: number | undefined
  /** When the last event was: the clock may be set back. */
  readonly now: number
}

export interface ActionFailure {
  readonly action: ActionKind
  readonly queue?: GuardedQueue | undefined
  readonly message: string
  /** The code of an {@link ImmichError}. */
  readonly code: string
  /** The call was sent and got no answer. */
  readonly mayHaveActed: boolean
}

export type GuardEvent =
  | { readonly kind: 'settings'; readonly mode: GuardMode; readonly catchUp: boolean }
  | { readonly kind: 'served'; readonly queue: GuardedQueue; readonly served: boolean }
  | { readonly kind: 'greeted' }
  | ({ readonly kind: 'urls' } & Omit<ReadSettings, 'at'>)
  | { readonly kind: 'read'; readonly askedAt: number; readonly queues: Queues }
  | { readonly kind: 'pausing'; readonly queue: GuardedQueue; readonly why: PauseReason }
  | { readonly kind: 'paused'; readonly queue: GuardedQueue; readonly reading: QueueReading | undefined }
  | { readonly kind: 'resuming'; readonly queue: GuardedQueue }
  | { readonly kind: 'resumed'; readonly queue: GuardedQueue; readonly gaveUp: boolean }
  | { readonly kind: 'started'; readonly queue: GuardedQueue; readonly isCertain: boolean }
  | { readonly kind: 'duplicates-started' }
  | ({ readonly kind: 'failed' } & ActionFailure)
  | { readonly kind: 'suspended' }
  | { readonly kind: 'woke' }
  | { readonly kind: 'asked'; readonly queue: GuardedQueue; readonly for: 'catch-up' | 'resume' }
  | { readonly kind: 'tick' }

/** An event of one queue that is no failure. */
export type QueueEvent = Extract<
  GuardEvent,
  { kind: 'served' | 'pausing' | 'paused' | 'resuming' | 'resumed' | 'started' | 'asked' }
>
