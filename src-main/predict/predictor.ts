/** One prediction after its admission: plans its dispatches, runs them, merges the answers. */
import type { BackendRegistry, Snapshot } from '../backends/backend.ts'
import type { HistoryFeed } from '../history/feed.ts'
import { Cancellation, ClientGone } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import { entriesText } from '../wire/entries.ts'
import type { OutgoingBody, PredictionBody } from '../wire/body-types.ts'
import type { LossReason } from '../../src-shared/immich.ts'
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'
import { isUnconfigured } from '../../src-shared/routing/overall.ts'
import type { Dispatch, Entry } from '../../src-shared/routing/plan.ts'
import type { RequestContext } from './context.ts'
import type { Dispatcher } from './dispatcher.ts'
import { mergeAnswers, type DispatchAnswer } from './merge.ts'
import type { Outcome } from './progress.ts'
import type { HoldPermit } from './hold-capacity.ts'
import type { PredictionPermit } from './prediction-permit.ts'
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
  /** The prediction's permit, entered once; it is released when the prediction has settled. */
  readonly permit: PredictionPermit
  /** Counts the prediction among those that wait for a backend to come back. */
  readonly holdPermit: HoldPermit
  readonly early?: RequestContext['early']
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
  /** Receives each prediction that was answered. */
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
   * Answers a prediction by the present configuration. When it settles, all its attempts have, and nothing reads the
   * memory of the body any more.
   * @throws {AppError} NO_BACKENDS (503)
   * @throws {ClientGone} when the client went away
   */
  async predict(request: PredictionRequest): Promise<Reply> {
    try {
      const context = this.#contextOf(request)
      const outcomes = await this.#runAll(request, this.#plan(request.entries, context.snapshot), context)
      const [only] = outcomes
      const reply =
        outcomes.length === 1 && only !== undefined
          ? replyOfOne(only)
          : this.#merge(request.entries, outcomes)
      const { isText } = request.position
      this.#history.predictionEnded({ isText, isAnswered: reply.status < FIRST_ERROR_STATUS })
      return reply
    } finally {
      request.permit.end()
    }
  }

  #contextOf(request: PredictionRequest): RequestContext {
    const snapshot = this.#registry.current
    const { position, permit, holdPermit, memory, headers, cancellation, traceId, startedAt, early } = request
    const limitMs = this.#timeoutMs
    const givenUp = new Cancellation()
    const deadline = startedAt + limitMs
    const shared = { position, permit, holdPermit, memory, headers, traceId, startedAt, early }
    return { snapshot, deadline, limitMs, cancellation, givenUp, ...shared }
  }

  #plan(entries: readonly Entry[], snapshot: Snapshot): readonly Dispatch[] {
    const { config } = snapshot
    if (config.backends.length === 0 && isUnconfigured(config)) {
      throw new AppError('NO_BACKENDS', 503, 'No backends are configured; add one on the page /config')
    }
    return snapshot.plan(entries)
  }

  /** Runs dispatches at the same time. The first one takes over the caller's use of the permit. */
  #runAll(
    request: PredictionRequest,
    dispatches: readonly Dispatch[],
    context: RequestContext,
  ): Promise<DispatchOutcome[]> {
    const [only] = dispatches
    return dispatches.length === 1 && only !== undefined
      ? this.#runOne(request, only, context, true)
      : this.#runSeveral(request, dispatches, context)
  }

  async #runSeveral(
    request: PredictionRequest,
    dispatches: readonly Dispatch[],
    context: RequestContext,
  ): Promise<DispatchOutcome[]> {
    const running = dispatches.map((dispatch, index) => this.#runOne(request, dispatch, context, index === 0))
    // Where one of them throws, the others still read the body, so all are awaited.
    await Promise.allSettled(running)
    return (await Promise.all(running)).flat()
  }

  /** @param isEntered whether the dispatch uses the permit already; it leaves it in the end */
  async #runOne(
    request: PredictionRequest,
    dispatch: Dispatch,
    context: RequestContext,
    isEntered: boolean,
  ): Promise<DispatchOutcome[]> {
    const { permit, givenUp } = context
    let isPassedOn = false
    try {
      if (!isEntered) await permit.enter()
      const outcome = await this.#dispatcher.run(dispatch, bodyOf(request, dispatch), context)
      if (outcome.kind === 'replan') {
        const snapshot = this.#registry.current
        const planned = this.#plan(dispatch.entries, snapshot)
        isPassedOn = true
        return await this.#runAll(request, planned, { ...context, snapshot })
      }
      if (outcome.kind !== 'answer' || !outcome.ok) givenUp.cancel()
      return [{ dispatch, outcome }]
    } catch (error) {
      givenUp.cancel()
      throw error
    } finally {
      if (!isPassedOn) permit.leave()
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
    if (errors.length > 0) return { ...replyOfPartialFailure(errors), loss: lossOf(outcomes) }
    return replyOfMerged(mergeAnswers(entries, answers))
  }
}

/** The received body where the dispatch has all of the entries; else a body with the entries of the dispatch. */
function bodyOf({ body, entries }: PredictionRequest, dispatch: Dispatch): OutgoingBody {
  return dispatch.entries.length === entries.length
    ? body.withEntries()
    : body.withEntries(entriesText(dispatch.entries))
}

function replyOfOne({ dispatch, outcome }: DispatchOutcome): Reply {
  if (outcome.kind === 'answer') {
    return replyOfAnswer(outcome.answer, outcome.ok, outcome.attempts, outcome.loss)
  }
  if (outcome.kind !== 'failed') throw new ClientGone()
  return { ...replyOfFailure(dispatch, outcome.attempts), loss: outcome.loss }
}

/** Why a prediction was lost of which some parts failed; undefined where the request may be at fault. */
function lossOf(outcomes: readonly DispatchOutcome[]): LossReason | undefined {
  for (const { outcome } of outcomes) {
    if ((outcome.kind === 'answer' || outcome.kind === 'failed') && outcome.loss !== undefined)
      return outcome.loss
  }
  return undefined
}
