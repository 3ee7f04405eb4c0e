/** What the queue guard is made with, and what it finds out first. */
import type { GuardedQueue } from '../../src-shared/immich.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { Queues } from './answers.ts'
import type { ImmichClient } from './client.ts'
import type { Facts } from './guard-decide.ts'
import type { StoredGuard } from './guard-types.ts'
import type { CatchUpEnd } from './losses.ts'

export type ImmichApi = Pick<
  ImmichClient,
  'version' | 'permissions' | 'queues' | 'setPaused' | 'startMissing' | 'machineLearning'
>

export interface GuardOptions {
  api: ImmichApi
  clock: Clock
  log: Logger
  /** The state stored by the last run. */
  stored: StoredGuard | undefined
  /** Writes the state for the next start. @throws {AppError} where it cannot be written */
  save: (stored: StoredGuard | undefined) => void
  facts: () => Facts
  onChange: () => void
  onRead: (queues: Queues) => void
  onCatchUp: (queue: GuardedQueue, what: 'began' | CatchUpEnd) => void
}

/** Immich's version, and what its key may do. */
export interface Greeting {
  readonly version: string
  /** Undefined where this version of Immich has no call for it. */
  readonly permissions: readonly string[] | undefined
}
