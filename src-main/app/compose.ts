/**
 * Makes the parts of a service and hands each what it needs. Parts meet nowhere else: what is new is made here, given
 * to those that use it, and its interface is named beside its user.
 */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Config } from '../../src-shared/config/schema.ts'
import { Auth } from '../auth/auth.ts'
import type { ScryptCost } from '../auth/hash.ts'
import { BackendAvailability } from '../backends/availability.ts'
import { BackendRegistry } from '../backends/backend.ts'
import { forkLookupChild, type LookupChild } from '../backends/lookup-child.ts'
import { HealthMonitor } from '../backends/monitor.ts'
import { Resolver } from '../backends/resolver.ts'
import { createApp } from '../http/app.ts'
import { AccessControl } from '../http/guard/access-control.ts'
import { cookieName } from '../http/guard/credentials.ts'
import { feedAll, type HistorySample } from '../history/feed.ts'
import { History } from '../history/history.ts'
import { Metrics } from '../history/metrics.ts'
import { createPredictListener, type PredictDeps } from '../http/predict.ts'
import { Listener } from '../listener/listener.ts'
import { listen } from '../listener/server.ts'
import type { Logger } from '../platform/log.ts'
import { packageRoot, version } from '../platform/package-info.ts'
import { replyHeaders } from '../http/answer.ts'
import { Admission } from '../predict/admission.ts'
import { AnswerForms } from '../predict/answer-forms.ts'
import { BackendSlots } from '../predict/backend-slots.ts'
import { Dispatcher } from '../predict/dispatcher.ts'
import { PredictionHandler } from '../predict/handler.ts'
import { BufferPool } from '../predict/memory/buffer-pool.ts'
import { Predictor } from '../predict/predictor.ts'
import { QueuePositions } from '../predict/queue.ts'
import { LearnedSlots } from '../predict/slots/learned-slots.ts'
import type { WakeConfig } from '../../src-shared/config/schema.ts'
import type { WriterFactory } from '../settings/writer.ts'
import type { ConfigStore } from '../settings/store.ts'
import { Recorder } from '../traffic/recorder.ts'
import { ConfigApplier } from './apply-config.ts'
import { historySample } from './history-sample.ts'
import { OverallHealth } from './overall-health.ts'
import { StatusReport } from './status-report.ts'
import { trimAfterWork } from './trim-after-work.ts'
import { WantedAddress } from './wanted-address.ts'
import { workOf } from './work.ts'

/** Limits that tests shorten; the defaults of each folder's `limits.ts` where they are absent. */
export interface ServiceLimits {
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
  readonly keepAliveMs?: number
  /** How long a client may take no byte of an answer. */
  readonly untakenMs?: number
  /** Bytes of answers that clients have not taken. */
  readonly untakenBytes?: number
}

export interface ServiceOptions {
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
   * `--follower`: a copy beside others. What must happen once for all copies is left to the one without it: no part
   * that guards Immich's queues, wakes a computer, starts or stops a container, or pauses by rules is made here.
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
  /** How magic packets are sent; over UDP where it is absent. */
  sendPackets?: (wake: WakeConfig) => Promise<void>
  /** The folder of the built pages; `dist/renderer` where it is absent. */
  viewsFolder?: string
  limits?: ServiceLimits
}

/** The owners of state, and what several parts share. */
interface Core {
  readonly log: Logger
  readonly store: ConfigStore
  readonly auth: Auth
  readonly registry: BackendRegistry
  readonly slots: BackendSlots
  readonly learned: LearnedSlots
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly overall: OverallHealth
  readonly recorder: Recorder
  readonly forms: AnswerForms
  readonly accessControl: AccessControl
  /**
   * The name of this proxy in the hops header, by which a request that comes back is recognised. Random at each
   * start.
   */
  readonly proxyId: string
  /** {@link ServiceOptions.follower}: whoever makes a part that acts once for all copies asks it. */
  readonly follower: boolean
  /** The name of the session cookie. */
  readonly cookieName: string
  /** To be aborted when the service stops: it ends the event streams. */
  readonly stopping: AbortController
}

/** What listens, and what depends on where. */
interface Outer {
  readonly wantedAddress: WantedAddress
  readonly listener: Listener
  readonly applier: ConfigApplier
  readonly status: StatusReport
}

/** Everything that the service starts, stops and asks. */
export interface Parts extends Core, Outer {
  readonly predict: Prediction
}

/** Beside config.json and not in it, so that a login does not change the configuration's revision. */
const SESSIONS_FILE = 'sessions.json'
const VIEWS_FOLDER = path.join(packageRoot, 'dist', 'renderer')

function composeCore(options: ServiceOptions, store: ConfigStore): Core {
  const { log, userDataDir, limits = {} } = options
  const proxyId = randomUUID()
  const onProblem = (reason: string): void => {
    log.warn(
      { reason },
      'host names are looked up without a process of their own: those that hang delay others',
    )
  }
  const fork = options.forkLookupChild ?? forkLookupChild
  const registry = new BackendRegistry(new Resolver({ fork, onProblem }))
  const learned: LearnedSlots = new LearnedSlots({ folder: userDataDir, log, current: () => slots.learned() })
  const slots = new BackendSlots((key) => learned.get(key))
  const monitor = new HealthMonitor({
    registry,
    log,
    hops: proxyId,
    useOf: (backend) => slots.useOf(backend),
  })
  const availability = new BackendAvailability({ registry, monitor, log, sendPackets: options.sendPackets })
  const auth = new Auth({
    store,
    log,
    sessionsFile: path.join(userDataDir, SESSIONS_FILE),
    sessionMs: limits.sessionMs,
    scryptCost: limits.scryptCost,
  })
  return {
    log,
    store,
    auth,
    registry,
    slots,
    learned,
    monitor,
    availability,
    overall: new OverallHealth({ store, availability, log }),
    recorder: new Recorder({ enabled: options.debug ?? false, budget: limits.recordedBytes }),
    forms: new AnswerForms({ registry, log }),
    accessControl: new AccessControl(),
    proxyId,
    follower: options.follower ?? false,
    cookieName: cookieName(userDataDir),
    stopping: new AbortController(),
  }
}

/** The parts that a prediction passes. */
interface Prediction extends PredictDeps {
  readonly admission: Admission
  readonly positions: QueuePositions
  readonly history: History
  readonly metrics: Metrics
}

function composePrediction(core: Core, { userDataDir, limits = {} }: ServiceOptions): Prediction {
  const { log, registry, monitor, availability, recorder, slots, forms, accessControl, proxyId } = core
  const positions = new QueuePositions()
  const admission = new Admission({
    predictions: limits.predictions,
    heldBytes: limits.heldBytes,
    timeoutMs: limits.admissionTimeoutMs,
  })
  const sample = (): HistorySample => historySample(availability.states(), dispatcher.held)
  const history = new History({ folder: userDataDir, log, sample })
  const metrics = new Metrics({ version, sample })
  const feed = feedAll([history, metrics])
  const dispatcher = new Dispatcher({
    monitor,
    availability,
    slots,
    recorder,
    history: feed,
    forms,
    textHedgeMs: limits.textHedgeMs,
  })
  const predictor = new Predictor({
    registry,
    dispatcher,
    history: feed,
    requestTimeoutMs: limits.requestTimeoutMs,
  })
  return {
    handler: new PredictionHandler({ predictor, admission, positions, recorder, log, proxyId, replyHeaders }),
    admission,
    positions,
    history,
    metrics,
    log,
    accessControl,
    bufferPool: new BufferPool(),
    limits: { maxBytes: limits.maxBodyBytes, idleTimeoutMs: limits.bodyIdleTimeoutMs },
  }
}

function composeOuter(options: ServiceOptions, core: Core, predict: Prediction): Outer {
  const { log, store, availability, auth, forms } = core
  const { limits = {}, desktop = false, container = false, viewsFolder = VIEWS_FOLDER } = options
  const wantedAddress = new WantedAddress(options)
  const onPredict = createPredictListener(predict)
  // The application is made last: it saves configurations, and a save opens addresses.
  const listener = new Listener({ open: (address) => listen(address, { app, onPredict }, limits), log })
  const applier = new ConfigApplier({ store, listener, log, addressOf: (config) => wantedAddress.of(config) })
  const status = new StatusReport({
    store,
    availability,
    auth,
    forms,
    listener,
    applier,
    wantedAddress,
    desktop,
    container,
  })
  const app = createApp(
    {
      ...core,
      handler: predict.handler,
      admission: predict.admission,
      positions: predict.positions,
      history: predict.history,
      metrics: predict.metrics,
      status,
      saveConfig: (...args) => applier.save(...args),
      viewsFolder,
      stopping: core.stopping.signal,
    },
    limits,
  )
  return { wantedAddress, listener, applier, status }
}

/** Brings a configuration to the parts that work by it. */
function apply(
  { store, registry, availability, slots, learned, accessControl }: Core,
  { history, metrics }: Pick<Prediction, 'history' | 'metrics'>,
): void {
  const { backends } = registry.apply(store.config)
  availability.sync()
  slots.apply(backends)
  learned.forgetOthers()
  accessControl.apply(store.config.security)
  history.apply(store.config)
  metrics.apply(store.config)
}

/** Who is told of which change. */
function connect(core: Core, predict: Prediction, applier: ConfigApplier): void {
  const { store, registry, monitor, availability, slots, overall } = core
  store.on('change', () => {
    apply(core, predict)
    monitor.sync()
    overall.update()
    // Where a save has brought the change, the service listens at the new address by the time that this one's turn
    // comes.
    void applier.follow()
  })
  monitor.on('change', (name, status) => {
    const backend = registry.current.get(name)
    if (backend !== undefined) slots.noteHealth(backend, status)
  })
  availability.on('change', () => slots.rechoose())
  availability.on('update', () => overall.update())
}

/** The parts of a service around an open store. Nothing listens and no backend is checked yet. */
export function compose(options: ServiceOptions, store: ConfigStore): Parts {
  const core = composeCore(options, store)
  const predict = composePrediction(core, options)
  const outer = composeOuter(options, core, predict)
  apply(core, predict)
  connect(core, predict, outer.applier)
  trimAfterWork({ work: () => workOf(predict), trim: () => predict.bufferPool.trim() }, core.stopping.signal)
  return { ...core, ...outer, predict }
}
