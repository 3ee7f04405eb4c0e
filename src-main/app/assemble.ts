/** Makes the parts of a service and gives each what it needs of the others. */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { Auth } from '../auth/auth.ts'
import type { ScryptCost } from '../auth/hash.ts'
import { BackendRegistry, type Backend } from '../backends/backend.ts'
import { HealthMonitor } from '../backends/monitor.ts'
import { cookieName } from '../http/guard/credentials.ts'
import { AccessControl } from '../http/guard/access-control.ts'
import type { ServiceParts } from '../http/parts.ts'
import type { PredictDeps } from '../http/predict.ts'
import type { Logger } from '../platform/log.ts'
import { packageRoot } from '../platform/package-info.ts'
import { predictDeps, type PredictLimits } from './predict-deps.ts'
import { BackendSlots } from '../predict/backend-slots.ts'
import type { WriterFactory } from '../settings/file.ts'
import type { ConfigStore } from '../settings/store.ts'
import { Recorder } from '../traffic/recorder.ts'
import { trimAfterWork } from './trim-after-work.ts'
import { workOf } from './work.ts'

export interface ServiceOptions {
  userDataDir: string
  log: Logger
  /** Over what the configuration says. */
  host?: string | undefined
  port?: number | undefined
  /** Debug mode on from the start. */
  debug?: boolean
  /** How config.json is written; conf by default. */
  writer?: WriterFactory
  /** Whether a desktop hangs on the service. */
  desktop?: boolean
  viewsFolder?: string
  /** For tests that cannot wait for the real limits. */
  limits?: PredictLimits & {
    recordedBytes?: number
    sessionMs?: number
    scryptCost?: ScryptCost
    connections?: number
    headersTimeoutMs?: number
    managementBodyTimeoutMs?: number
    keepAliveMs?: number
  }
}

/** Beside config.json, so that a login does not change the configuration's revision. */
const SESSIONS_FILE = 'sessions.json'
/** The built views. */
const VIEWS_FOLDER = path.join(packageRoot, 'dist', 'renderer')

/** What only the service itself can tell or do. */
export type ServiceHooks = Pick<ServiceParts, 'stopping' | 'status' | 'saveConfig'>

export interface Assembled {
  readonly parts: ServiceParts
  readonly predict: PredictDeps
  readonly room: BackendSlots
}

function createAuth(options: ServiceOptions, store: ConfigStore): Auth {
  const { log, userDataDir, limits } = options
  return new Auth({
    store,
    log,
    sessionsFile: path.join(userDataDir, SESSIONS_FILE),
    sessionMs: limits?.sessionMs,
    scryptCost: limits?.scryptCost,
  })
}

/** The parts of a service around an open store; nothing listens or checks yet. */
export function assemble(options: ServiceOptions, store: ConfigStore, hooks: ServiceHooks): Assembled {
  const { log, limits = {} } = options
  const registry = new BackendRegistry()
  const proxyId = randomUUID()
  const room = new BackendSlots()
  const waiting = (backend: Backend): number => room.waitingFor(backend)
  const monitor = new HealthMonitor({ registry, log, hops: proxyId, waiting })
  const recorder = new Recorder({ enabled: options.debug ?? false, budget: limits.recordedBytes })
  const door = new AccessControl()
  const predict = predictDeps({ registry, monitor, recorder, room, log, proxyId, door }, limits)
  const parts: ServiceParts = {
    ...hooks,
    store,
    registry,
    monitor,
    recorder,
    predictor: predict.predictor,
    log,
    door,
    auth: createAuth(options, store),
    cookieName: cookieName(options.userDataDir),
    proxyId,
    viewsFolder: options.viewsFolder ?? VIEWS_FOLDER,
    usage: () => recorder.usage(),
  }
  const trim = (): boolean => predict.bufferPool.trim()
  trimAfterWork({ work: () => workOf(predict), trim }, hooks.stopping)
  return { parts, predict, room }
}
