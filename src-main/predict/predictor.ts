/** One prediction after its admission: plans its dispatches, runs them, merges the answers. */
import type { BackendRegistry, Snapshot } from '../backends/backend.ts'
import type { HistoryFeed } from '../history/feed.ts'
import { Cancellation, ClientGone } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import { entriesText } from '../wire/entries.ts'
import type { PredictionBody } from '../wire/body-types.ts'
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'
import { isUnconfigured } from '../../src-shared/routing/overall.ts'
import { planDispatches, type Dispatch, type Entry } from '../../src-shared/routing/plan.ts'
import type { RequestContext } from './context.ts'
import type { Dispatcher } from './dispatcher.ts'
import { mergeAnswers, type DispatchAnswer } from './merge.ts'
import type { Outcome } from './progress.ts'
import type { Place } from './place.ts'
import type { QueuePosition } from './queue.ts'
import {
  describeFailure,
  replyOfAnswer,
  replyOfFailure,
  replyOfMerged,
  replyOfPartialFailure,
  type Reply,
} from './reply.ts'

export interface PredictionRequest {
  readonly body: PredictionBody
  readonly entries: readonly Entry[]
  /** Headers for the backends, names and values in turn, without those of the body. */
  readonly headers: readonly string[]
  readonly position: QueuePosition
  /** The prediction's place in flight, entered once; it is released when the prediction has settled. */
  readonly place: Place
  readonly cancellation: Cancellation
  /** The memory that `body` is in. */
  readonly memory: RequestContext['memory']
  /** The id of the incoming record; undefined while debug mode is off. */
  readonly traceId: string | undefined
  /** When it arrived, on the monotonic clock in milliseconds: the time limit counts from there. */
  readonly startedAt: number
}

export interface PredictorOptions {
  readonly registry: BackendRegistry
  readonly dispatcher: Dispatcher
  /** Told of each prediction that was answered. */
  readonly history: HistoryFeed
  /** The time limit of a whole prediction, milliseconds; {@link REQUEST_TIMEOUT_MS} by default. */
  readonly requestTimeoutMs?: number | undefined
}

interface DispatchOutcome {
  readonly dispatch: Dispatch
  readonly outcome: Outcome
}

const FIRST_ERROR_STATUS = 400

/** Answers predictions. */
export class Predictor {
  readonly #registry: BackendRegistry
  readonly #dispatcher: Dispatcher
  readonly #history: HistoryFeed
  readonly #timeoutMs: number

  constructor(options: PredictorOptions) {
    this.#registry = options.registry
    this.#dispatcher = options.dispatcher
    this.#history = options.history
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  }

  /**
   * Answers a prediction by the configuration of this moment. When it settles, all its attempts have, and nothing reads
   * the memory of the body any more.
   * @throws {AppError} NO_BACKENDS (503)
   * @throws {ClientGone} when the client went away
   */
  async predict(request: PredictionRequest): Promise<Reply> {
    try {
      const reply = await this.#predict(request)
      const { isText } = request.position
      this.#history.predictionEnded({ isText, isAnswered: reply.status < FIRST_ERROR_STATUS })
      return reply
    } finally {
      request.place.end()
    }
  }

  async #predict(request: PredictionRequest): Promise<Reply> {
    const snapshot = this.#registry.current
    const { entries, position, place, memory, headers, cancellation, traceId } = request
    const deadline = request.startedAt + this.#timeoutMs
    const givenUp = new Cancellation()
    const shared = { position, place, memory, headers, traceId }
    const context: RequestContext = { snapshot, deadline, cancellation, givenUp, ...shared }
    const dispatches = this.#plan(entries, snapshot)
    const [only] = dispatches
    if (dispatches.length === 1 && only !== undefined) return this.#answerOne(request, only, context)
    return this.#answerSeveral(request, dispatches, context)
  }

  #plan(entries: readonly Entry[], snapshot: Snapshot): readonly Dispatch[] {
    const { config } = snapshot
    if (config.backends.length === 0 && isUnconfigured(config)) {
      throw new AppError('NO_BACKENDS', 503, 'No backends are configured; add one on the page /config')
    }
    return planDispatches(config, entries, (task, type) => snapshot.tiersFor(task, type))
  }

  async #answerOne(request: PredictionRequest, dispatch: Dispatch, context: RequestContext): Promise<Reply> {
    const outcome = await this.#dispatcher.run(dispatch, request.body.withEntries(), context)
    if (outcome.kind === 'aborted') throw new ClientGone()
    if (outcome.kind === 'failed') return replyOfFailure(dispatch, outcome.attempts)
    return replyOfAnswer(outcome.answer, outcome.ok, outcome.attempts)
  }

  async #answerSeveral(
    request: PredictionRequest,
    dispatches: readonly Dispatch[],
    context: RequestContext,
  ): Promise<Reply> {
    const running = dispatches.map((dispatch) => this.#runOne(request, dispatch, context))
    // While the dispatches run, each of them holds its own share of the place.
    request.place.leave()
    // Where a defect ends one of them, the others still read the body.
    await Promise.allSettled(running)
    return this.#merge(request.entries, await Promise.all(running))
  }

  async #runOne(
    request: PredictionRequest,
    dispatch: Dispatch,
    context: RequestContext,
  ): Promise<DispatchOutcome> {
    const { place } = context
    try {
      await place.enter()
      const body = request.body.withEntries(entriesText(dispatch.entries))
      const outcome = await this.#dispatcher.run(dispatch, body, context)
      if (outcome.kind !== 'answer' || !outcome.ok) context.givenUp.cancel()
      return { dispatch, outcome }
    } finally {
      place.leave()
    }
  }

  #merge(entries: readonly Entry[], outcomes: readonly DispatchOutcome[]): Reply {
    if (outcomes.some(({ outcome }) => outcome.kind === 'aborted')) throw new ClientGone()
    const errors: string[] = []
    const answers: DispatchAnswer[] = []
    for (const { dispatch, outcome } of outcomes) {
      if (outcome.kind === 'answer' && outcome.ok) {
        answers.push({ entries: dispatch.entries, latin1: outcome.answer.body.toString('latin1') })
      } else {
        errors.push(describeFailure(dispatch, outcome))
      }
    }
    if (errors.length > 0) return replyOfPartialFailure(errors)
    return replyOfMerged(mergeAnswers(entries, answers))
  }
}
