/** What a service is started with. */
import type { Config, WakeConfig } from '../../src-shared/config/schema.ts'
import type { ScryptCost } from '../auth/hash.ts'
import type { LookupChild } from '../backends/lookup-child.ts'
import type { UntakenLimits } from '../listener/untaken-answers.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { WriterFactory } from '../settings/writer.ts'
import type { CourtesyServiceOptions } from './compose-courtesy.ts'

/** Limits that tests shorten; the defaults of each folder's `limits.ts` where they are absent. */
export interface ServiceLimits extends UntakenLimits {
  readonly requestTimeoutMs?: number
  readonly bodyIdleTimeoutMs?: number
  readonly maxBodyBytes?: number
  /** Predictions in flight at once. */
  readonly predictions?: number
  /** Bytes of request bodies in memory at once. */
  readonly heldBytes?: number
  readonly admissionTimeoutMs?: number
  /** How long after it was sent a text is given to a second backend. */
  readonly textHedgeMs?: number
  /** Bytes of recorded bodies in memory. */
  readonly recordedBytes?: number
  readonly sessionMs?: number
  readonly scryptCost?: ScryptCost
  readonly connections?: number
  readonly headersTimeoutMs?: number
  readonly managementBodyTimeoutMs?: number
  /** Bytes of the bodies of management calls in memory at once. */
  readonly heldApiBytes?: number
  readonly keepAliveMs?: number
  /** Requests that wait for a backend, and bytes of their bodies. */
  readonly heldRequests?: number
  readonly bytesOnHold?: number
  /** How long an image waits for a backend without an answer; early headers are sent then. */
  readonly holdMs?: number
  readonly textHoldMs?: number
  /** How often a byte follows early headers. */
  readonly earlyByteMs?: number
}

export interface ServiceOptions extends CourtesyServiceOptions {
  /** The folder of config.json; made where it is missing. */
  userDataDir: string
  log: Logger
  /** `--host`, which comes before the configuration. */
  host?: string | undefined
  /** `--port`, which comes before the configuration; 0 stands for any free port. */
  port?: number | undefined
  /** Whether debug mode is on from the start. */
  debug?: boolean
  /** The configuration while there is no config.json, from `IMP_BACKENDS`. */
  firstConfig?: Config | undefined
  /**
   * `--follower`: a copy beside others. What must happen once for all copies is left to the one without it
   * (`asFollower`): guarding Immich's queues, waking computers, containers, and pauses by rules.
   */
  follower?: boolean
  /** Whether this process runs in a container, where clients from outside may have an address of the home network. */
  container?: boolean
  /** How config.json is written; by conf where it is absent. */
  writer?: WriterFactory
  /** Whether a desktop runs around the service. */
  desktop?: boolean
  /** How the process for lookups of host names is started; in Node's way where it is absent. */
  forkLookupChild?: () => LookupChild
  /** The clock of the queue guard, for tests that cannot wait for the real one. */
  immichClock?: Clock
  /** How magic packets are sent; over UDP where it is absent. */
  sendPackets?: (wake: WakeConfig) => Promise<void>
  /** The folder of the built pages; `dist/renderer` where it is absent. */
  viewsFolder?: string
  limits?: ServiceLimits
}
