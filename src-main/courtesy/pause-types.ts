/** The state of one backend's pauses, and the events that change it. Plain data. */
import type { ScheduleWindow } from '../../src-shared/schedule.ts'

/**
 * Both clocks at one moment. Ends of pauses are on the wall clock, since they outlast the process; signs are on the
 * monotonic one.
 */
export interface Now {
  /** Unix milliseconds. */
  readonly wall: number
  /** Milliseconds of a clock that never goes back. */
  readonly mono: number
}

/** The rules of one backend, parsed. */
export interface Rules {
  readonly schedule: readonly ScheduleWindow[]
  /** As they stand in the configuration. */
  readonly programs: readonly string[]
  readonly games: boolean
  readonly onBattery: boolean
  /** Seconds; 0 is no rule. */
  readonly idleSeconds: number
  readonly keepSearch: boolean
}

/**
 * A sign that the owner of this computer uses it, found by a look: `game`, `battery`, `input`, or `program:` and the
 * program's name.
 */
export type SignName = 'game' | 'battery' | 'input' | `program:${string}`

export interface Sign {
  /** The look that found it first, and the last that did; monotonic. */
  readonly since: number
  readonly seenAt: number
  /** Since when it is gone; undefined while it is there. */
  readonly goneSince: number | undefined
  /** The sign lasted for long enough to pause; the pause lasts until it has been gone for long enough. */
  readonly pauses: boolean
}

/** A pause by hand. */
export interface HandPause {
  /** Unix milliseconds; null for a pause without an end. */
  readonly until: number | null
  /** Empty where none was given. */
  readonly reason: string
}

/** A reason that was overruled by a resume by hand, until it has ended. */
export type Overruled =
  | { readonly sign: SignName }
  /** The windows of the schedule that end then, Unix milliseconds. */
  | { readonly scheduleUntil: number }

export interface PauseState {
  readonly hand: HandPause | undefined
  readonly signs: Readonly<Partial<Record<SignName, Sign>>>
  readonly overruled: readonly Overruled[]
}

/** What survives a restart. */
export type StoredPause = Pick<PauseState, 'hand' | 'overruled'>

export type PauseEvent =
  | { readonly kind: 'paused'; readonly pause: HandPause }
  | { readonly kind: 'resumed' }
  /** A look was made. `isFirst`: after a rest, so that what it finds may have been there for long. */
  | {
      readonly kind: 'looked'
      /** When the look began, monotonic. */
      readonly at: number
      readonly isFirst: boolean
      readonly found: readonly SignName[]
    }
  /** The rules changed. */
  | { readonly kind: 'rules' }
  | { readonly kind: 'tick' }
