/**
 * Makes the parts of a service and hands each what it needs. Parts meet nowhere else: what is new is made here, given
 * to those that use it, and its interface is named beside its user.
 */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Config } from '../../src-shared/config/schema.ts'
import { Immich } from '../immich/immich.ts'
import { Auth } from '../auth/auth.ts'
import { BackendAvailability } from '../backends/availability.ts'
import { BackendRegistry } from '../backends/backend.ts'
import { forkLookupChild } from '../backends/lookup-child.ts'
import { HealthMonitor } from '../backends/monitor.ts'
import { Resolver } from '../backends/resolver.ts'
import { createApp } from '../http/app.ts'
import { AccessControl } from '../http/guard/access-control.ts'
import { LastAsked } from '../http/last-asked.ts'
import { cookieName } from '../http/guard/credentials.ts'
import { feedAll, type HistoryFeed, type HistorySample } from '../history/feed.ts'
import { History } from '../history/history.ts'
import { Metrics } from '../history/metrics.ts'
import { createPredictListener, type PredictDeps } from '../http/predict.ts'
import { Listener } from '../listener/listener.ts'
import { listen } from '../listener/server.ts'
import type { Logger } from '../platform/log.ts'
import { packageRoot, version } from '../platform/package-info.ts'
import { replyHeaders } from '../http/answer.ts'
import { Admission } from '../predict/admission.ts'
import { isSameImmich } from '../settings/merge.ts'
import { Hold } from '../predict/hold.ts'
import { HoldCapacity } from '../predict/hold-capacity.ts'
import { AnswerForms } from '../predict/answer-forms.ts'
import { BackendSlots } from '../predict/backend-slots.ts'
import { Dispatcher } from '../predict/dispatcher.ts'
import { PredictionHandler } from '../predict/handler.ts'
import { BufferPool } from '../predict/memory/buffer-pool.ts'
import { Predictor } from '../predict/predictor.ts'
import { QueuePositions } from '../predict/queue.ts'
import { LastModels } from '../predict/try/last-models.ts'
import { Tries } from '../predict/try/tries.ts'
import { LearnedSlots } from '../predict/slots/learned-slots.ts'
import type { ConfigStore } from '../settings/store.ts'
import { Recorder } from '../traffic/recorder.ts'
import { ConfigApplier } from './apply-config.ts'
import { applyImmich, remainingOf, tellServed } from './feed-immich.ts'
import { asFollower } from './follower.ts'
import { composeCourtesy, type CourtesyOwners } from './compose-courtesy.ts'
import { courtesyStateOf } from './connect-courtesy.ts'
import { historySample } from './history-sample.ts'
import { OverallHealth } from './overall-health.ts'
import type { ServiceLimits, ServiceOptions } from './service-options.ts'
import { StatusReport } from './status-report.ts'
import { trimAfterWork } from './trim-after-work.ts'
import { WantedAddress } from './wanted-address.ts'
import { workOf } from './work.ts'

/** The owners of state, and what several parts share. */
export interface Core extends CourtesyOwners {
  readonly log: Logger
  readonly store: ConfigStore
  readonly auth: Auth
  readonly registry: BackendRegistry
  readonly slots: BackendSlots
  readonly learned: LearnedSlots
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly overall: OverallHealth
  readonly hold: Hold
  readonly immich: Immich
  readonly recorder: Recorder
  readonly forms: AnswerForms
  readonly accessControl: AccessControl
  readonly lastAsked: LastAsked
  /**
   * The name of this proxy in the hops header, by which a request that comes back is recognised. Random at each
   * start.
   */
  readonly proxyId: string
  /**
   * The configuration that the parts work by: the stored one, for a follower {@link asFollower} of it. No other code
   * asks whether this copy is a follower.
   */
  readonly inForce: () => Config
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

/** The parts that the service starts, stops and reads. */
export interface Parts extends Core, Outer {
  readonly predict: Prediction
}

/** Beside config.json and not in it, so that a login does not change the configuration's revision. */
const SESSIONS_FILE = 'sessions.json'
const VIEWS_FOLDER = path.join(packageRoot, 'dist', 'renderer')

function composeAuth({ log, userDataDir, limits = {} }: ServiceOptions, store: ConfigStore): Auth {
  return new Auth({
    store,
    log,
    sessionsFile: path.join(userDataDir, SESSIONS_FILE),
    sessionMs: limits.sessionMs,
    scryptCost: limits.scryptCost,
  })
}

function composeRegistry({ log, forkLookupChild: fork = forkLookupChild }: ServiceOptions): BackendRegistry {
  const onProblem = (reason: string): void => {
    log.warn(
      { reason },
      'host names are looked up without a process of their own: those that hang delay others',
    )
  }
  return new BackendRegistry(new Resolver({ fork, onProblem }))
}

function composeCore(options: ServiceOptions, store: ConfigStore): Core {
  const { log, userDataDir, limits = {} } = options
  const proxyId = randomUUID()
  const registry = composeRegistry(options)
  const learned: LearnedSlots = new LearnedSlots({ folder: userDataDir, log, current: () => slots.learned() })
  const slots = new BackendSlots(
    (key) => learned.get(key),
    () => owners.containers.ended(),
  )
  const monitor = new HealthMonitor({
    registry,
    log,
    hops: proxyId,
    useOf: (backend) => slots.useOf(backend),
    isBusy: () => slots.isBusy,
  })
  const availability: BackendAvailability = new BackendAvailability({
    registry,
    monitor,
    log,
    sendPackets: options.sendPackets,
    containers: () => owners.containers,
    courtesyOf: (name) => courtesyStateOf(owners, name),
    held: (backend) => hold.waitingFor(backend),
  })
  const hold: Hold = new Hold(monitor, availability)
  const immich = new Immich({ folder: userDataDir, log, clock: options.immichClock })
  const owners = composeCourtesy(options, { registry, slots, monitor, availability, immich })
  return {
    log,
    store,
    auth: composeAuth(options, store),
    registry,
    slots,
    learned,
    monitor,
    availability,
    ...owners,
    hold,
    immich,
    overall: new OverallHealth({ store, availability, log }),
    recorder: new Recorder({ enabled: options.debug ?? false, budget: limits.recordedBytes }),
    forms: new AnswerForms({ registry, log }),
    accessControl: new AccessControl(),
    lastAsked: new LastAsked(),
    proxyId,
    inForce: () => (options.follower === true ? asFollower(store.config) : store.config),
    cookieName: cookieName(userDataDir),
    stopping: new AbortController(),
  }
}

/** The parts that a prediction passes. */
interface Prediction extends PredictDeps {
  readonly admission: Admission
  readonly positions: QueuePositions
  readonly tries: Tries
  readonly history: History
  readonly metrics: Metrics
}

function composePredictor(core: Core, limits: ServiceLimits, history: HistoryFeed): Predictor {
  const { registry, immich } = core
  const { holdMs: imageMs, textHoldMs: textMs, textHedgeMs, requestTimeoutMs } = limits
  const remaining = (tasks: readonly string[]): number => remainingOf(immich, tasks)
  const dispatcher = new Dispatcher({
    ...core,
    history,
    holdLimits: { imageMs, textMs },
    remaining,
    textHedgeMs,
  })
  return new Predictor({ registry, dispatcher, history, requestTimeoutMs })
}

function composePrediction(core: Core, { userDataDir, limits = {} }: ServiceOptions): Prediction {
  const { log, registry, availability, slots, hold, recorder, accessControl, immich, proxyId } = core
  const positions = new QueuePositions()
  const models = new LastModels()
  const admission = new Admission({
    predictions: limits.predictions,
    heldBytes: limits.heldBytes,
    timeoutMs: limits.admissionTimeoutMs,
  })
  const holdCapacity = new HoldCapacity({ requests: limits.heldRequests, bytes: limits.bytesOnHold })
  const sample = (): HistorySample => historySample(availability.states(), hold.size)
  const history = new History({ folder: userDataDir, log, sample })
  const metrics = new Metrics({ version, sample })
  const predictor = composePredictor(core, limits, feedAll([history, metrics]))
  return {
    handler: new PredictionHandler({
      predictor,
      admission,
      holdCapacity,
      positions,
      recorder,
      log,
      models,
      proxyId,
      replyHeaders,
      wanted: () => core.courtesy.wanted(),
    }),
    admission,
    positions,
    tries: new Tries({ registry, availability, slots, positions, recorder, models, proxyId }),
    history,
    metrics,
    log,
    accessControl,
    lastAsked: core.lastAsked,
    bufferPool: new BufferPool(),
    limits: { maxBytes: limits.maxBodyBytes, idleTimeoutMs: limits.bodyIdleTimeoutMs },
    earlyLimits: { afterMs: limits.holdMs, everyMs: limits.earlyByteMs },
    immich,
  }
}

function composeOuter(options: ServiceOptions, core: Core, predict: Prediction): Outer {
  const { log, store, availability, auth, forms } = core
  const { limits = {}, desktop = false, container = false, viewsFolder = VIEWS_FOLDER } = options
  const wantedAddress = new WantedAddress(options)
  const onPredict = createPredictListener(predict)
  // The application is made last: it saves configurations, and a save opens addresses.
  const listener = new Listener({ open: (address) => listen(address, { app, onPredict, log }, limits), log })
  const applier = new ConfigApplier({
    store,
    listener,
    log,
    addressOf: (config) => wantedAddress.of(config),
    check: (next) => {
      const isGuarded = next.immich?.guard === 'on'
      if (isGuarded && !isSameImmich(next.immich, store.config.immich)) core.immich.requireWritable()
    },
  })
  const status = new StatusReport({
    store,
    availability,
    auth,
    forms,
    listener,
    applier,
    wantedAddress,
    lastAsked: core.lastAsked,
    desktop,
    container,
  })
  const app = createApp(
    {
      ...core,
      handler: predict.handler,
      admission: predict.admission,
      positions: predict.positions,
      tries: predict.tries,
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
function apply(core: Core, { history, metrics }: Pick<Prediction, 'history' | 'metrics'>): void {
  const { registry, monitor, availability, slots, learned, accessControl } = core
  const { courtesy, containers, courtesyConnection } = core
  const config = core.inForce()
  const { backends } = registry.apply(config)
  slots.apply(backends)
  learned.forgetOthers()
  // A backend whose health is not known yet would count as one that cannot answer.
  monitor.sync()
  availability.sync()
  courtesy.apply(config.backends)
  containers.sync()
  courtesyConnection.sync(config.backends.map(({ name }) => name))
  accessControl.apply(config.security)
  history.apply(config)
  metrics.apply(config)
}

/** Connects the events of each part to the parts that depend on them. */
function connect(core: Core, predict: Prediction, applier: ConfigApplier): void {
  const { store, registry, monitor, availability, slots, overall, hold, immich, courtesy } = core
  store.on('change', () => {
    apply(core, predict)
    hold.replan()
    overall.update()
    tellServed(core)
    applyImmich(core)
    // Where a save has brought the change, the service listens at the new address by the time that this one's turn
    // comes.
    void applier.follow()
  })
  monitor.on('change', (name, status) => {
    const backend = registry.current.get(name)
    if (backend !== undefined) slots.noteHealth(backend, status)
  })
  // Without a request, nobody else would notice that a game has ended.
  immich.on('change', () => {
    // Immich's settings may have been read, which name its models.
    tellServed(core)
    if (immich.hasPaused) void courtesy.wanted()
  })
  availability.on('change', () => slots.rechoose())
  availability.on('update', () => {
    overall.update()
    tellServed(core)
  })
}

/** The parts of a service around an open store. Nothing listens and no backend is checked yet. */
export function compose(options: ServiceOptions, store: ConfigStore): Parts {
  const core = composeCore(options, store)
  const predict = composePrediction(core, options)
  const outer = composeOuter(options, core, predict)
  apply(core, predict)
  connect(core, predict, outer.applier)
  trimAfterWork(
    { work: () => workOf({ ...core, ...predict }), trim: () => predict.bufferPool.trim() },
    core.stopping.signal,
  )
  return { ...core, ...outer, predict }
}
