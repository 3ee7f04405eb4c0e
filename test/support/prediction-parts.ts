/** The parts that a prediction passes once it is admitted, wired as in the service: for tests of one beside the others. */
import { BackendAvailability } from '../../src-main/backends/availability.ts'
import { BackendRegistry, type Backend } from '../../src-main/backends/backend.ts'
import { HealthMonitor } from '../../src-main/backends/monitor.ts'
import { Cancellation } from '../../src-main/platform/cancellation.ts'
import { feedAll } from '../../src-main/history/feed.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import { Admission } from '../../src-main/predict/admission.ts'
import { AnswerForms } from '../../src-main/predict/answer-forms.ts'
import { BackendSlots } from '../../src-main/predict/backend-slots.ts'
import type { RequestContext } from '../../src-main/predict/context.ts'
import { Dispatcher } from '../../src-main/predict/dispatcher.ts'
import { Hold } from '../../src-main/predict/hold.ts'
import { HoldPermit, HoldCapacity } from '../../src-main/predict/hold-capacity.ts'
import { PredictionPermit } from '../../src-main/predict/prediction-permit.ts'
import { Predictor, type PredictionRequest } from '../../src-main/predict/predictor.ts'
import { QueuePositions } from '../../src-main/predict/queue.ts'
import { Recorder } from '../../src-main/traffic/recorder.ts'
import { parseEntries } from '../../src-main/wire/entries.ts'
import { readPredictionBody } from '../../src-main/wire/prediction-body.ts'
import { EMPTY_CONFIG, type Config } from '../../src-shared/config/schema.ts'
import { planDispatches, type Dispatch } from '../../src-shared/routing/plan.ts'
import { bytesOf, immichLayout, TYPE } from './prediction-bodies.ts'

export interface PartsOptions {
  /** A time limit of predictions that a test can wait for. */
  readonly requestTimeoutMs?: number
  /** Whether debug mode is on. */
  readonly debug?: boolean
}

export interface PredictionParts {
  readonly registry: BackendRegistry
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly slots: BackendSlots
  readonly recorder: Recorder
  readonly dispatcher: Dispatcher
  readonly predictor: Predictor
  /** @throws {Error} where no such backend is configured */
  backend(name: string): Backend
  /** Ends the checks and all connections. */
  stop(): Promise<void>
}

/** Makes the parts around a configuration; every backend's health is unknown until `monitor.checkAll()`. */
export function predictionParts(config: Partial<Config>, options: PartsOptions = {}): PredictionParts {
  const registry = new BackendRegistry()
  const slots = new BackendSlots()
  const monitor = new HealthMonitor({
    registry,
    log: silentLogger(),
    hops: 'test',
    useOf: (backend) => slots.useOf(backend),
  })
  const availability = new BackendAvailability({ registry, monitor, log: silentLogger() })
  const recorder = new Recorder({ enabled: options.debug ?? false })
  const forms = new AnswerForms({ registry, log: silentLogger() })
  const history = feedAll([])
  const dispatcher = new Dispatcher({
    monitor,
    availability,
    hold: new Hold(monitor, availability),
    slots,
    recorder,
    history,
    forms,
  })
  const { requestTimeoutMs } = options
  const predictor = new Predictor({ registry, dispatcher, history, requestTimeoutMs })
  slots.apply(registry.apply({ ...EMPTY_CONFIG, ...config }).backends)
  availability.sync()
  monitor.sync()
  return {
    registry,
    monitor,
    availability,
    slots,
    recorder,
    dispatcher,
    predictor,
    backend(name) {
      const found = registry.current.get(name)
      if (found === undefined) throw new Error(`no backend ${name}`)
      return found
    },
    async stop() {
      monitor.stop()
      availability.stop()
      await registry.close()
    },
  }
}

/** The only dispatch of some entries, as the configuration in force plans it. */
export function dispatchOf({ registry }: PredictionParts, entries: string): Dispatch {
  const [dispatch, ...others] = planDispatches(registry.current.config, parseEntries(entries))
  if (dispatch === undefined || others.length > 0) throw new Error('not one dispatch')
  return dispatch
}

const positions = new QueuePositions()

/** The permit of a prediction that is admitted at once. */
function newPermit(): PredictionPermit {
  const position = { ...positions.take(), isText: false }
  const cancellation = new Cancellation()
  return new PredictionPermit({
    admission: new Admission(),
    position,
    cancellation,
    startedAt: performance.now(),
  })
}

const newHoldPermit = (): HoldPermit =>
  new HoldPermit(new HoldCapacity(), new Admission().heldBytes, { units: 0, release: () => undefined })

/** The context of a request that has just come. */
export function contextOf({ registry }: PredictionParts, more: Partial<RequestContext> = {}): RequestContext {
  return {
    snapshot: registry.current,
    deadline: performance.now() + 60_000,
    cancellation: new Cancellation(),
    givenUp: new Cancellation(),
    memory: {},
    position: { ...positions.take(), isText: false },
    permit: newPermit(),
    holdPermit: newHoldPermit(),
    startedAt: performance.now(),
    limitMs: 60_000,
    early: undefined,
    headers: [],
    traceId: undefined,
    ...more,
  }
}

/** A request for a prediction in Immich's layout. */
export function requestOf(
  entries: string,
  image: Buffer,
  more: Partial<PredictionRequest> = {},
): PredictionRequest {
  return {
    body: readPredictionBody(bytesOf([immichLayout(image, entries)]), TYPE),
    entries: parseEntries(entries),
    headers: [],
    position: { ...positions.take(), isText: false },
    permit: newPermit(),
    holdPermit: newHoldPermit(),
    memory: {},
    cancellation: new Cancellation(),
    traceId: undefined,
    startedAt: performance.now(),
    ...more,
  }
}
