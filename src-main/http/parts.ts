/** What the HTTP routes may ask: the parts of the service, put together in `service.ts`. */
import type { BackendRegistry } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { DebugUsage, Status } from '../../src-shared/api.ts'
import type { Auth } from '../auth/auth.ts'
import type { Logger } from '../platform/log.ts'
import type { Admission } from '../predict/admission.ts'
import type { PredictionHandler } from '../predict/handler.ts'
import type { QueuePositions } from '../predict/queue.ts'
import type { ConfigStore } from '../settings/store.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { AccessControl } from './guard/access-control.ts'

export interface ServiceParts {
  readonly store: ConfigStore
  readonly registry: BackendRegistry
  readonly monitor: HealthMonitor
  readonly recorder: Recorder
  readonly handler: PredictionHandler
  readonly admission: Admission
  readonly positions: QueuePositions
  readonly log: Logger
  readonly door: AccessControl
  readonly auth: Auth
  /** The name of the session's cookie. */
  readonly cookieName: string
  /** Names this proxy in the hops header. */
  readonly proxyId: string
  /** The folder of the built views. */
  readonly viewsFolder: string
  /** Aborted when the service stops: streams end. */
  readonly stopping: AbortSignal
  status(): Status
  /**
   * @param permit throws where the save may not be made any more; asked when its turn has come
   * @throws {AppError} when it is invalid or cannot be put in force; then nothing has changed
   */
  saveConfig(posted: unknown, ifMatch?: string, permit?: () => void): Promise<void>
  usage(): DebugUsage
}
