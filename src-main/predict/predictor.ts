/** The way of one prediction once it is admitted: plan, dispatch, merge. */
import type { BackendRegistry, Snapshot } from '../backends/backend.ts'
import { ClientGone, type Cancellation } from '../platform/cancellation.ts'
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
  readonly cancellation: Cancellation
  /** The id of the incoming record; undefined while debug mode is off. */
  readonly traceId: string | undefined
  /** When it arrived, on the monotonic clock in milliseconds: the time limit counts from there. */
  readonly startedAt: number
}

export interface PredictorOptions {
  readonly registry: BackendRegistry
  readonly dispatcher: Dispatcher
  /** The time limit of a whole prediction, milliseconds; {@link REQUEST_TIMEOUT_MS} by default. */
  readonly requestTimeoutMs?: number | undefined
}

interface DispatchOutcome {
  readonly dispatch: Dispatch
  readonly outcome: Outcome
}

/** Answers predictions. */
export class Predictor {
  readonly #registry: BackendRegistry
  readonly #dispatcher: Dispatcher
  readonly #timeoutMs: number

  constructor(options: PredictorOptions) {
    this.#registry = options.registry
    this.#dispatcher = options.dispatcher
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  }

  /**
   * Answers a prediction by the configuration of this moment.
   * @throws {AppError} NO_BACKENDS (503)
   * @throws {ClientGone} when the client went away
   */
  async predict(request: PredictionRequest): Promise<Reply> {
    const snapshot = this.#registry.current
    const { entries, position, headers, cancellation, traceId } = request
    const deadline = request.startedAt + this.#timeoutMs
    const context: RequestContext = { snapshot, deadline, cancellation, position, headers, traceId }
    const dispatches = this.#plan(entries, snapshot)
    const [only] = dispatches
    if (dispatches.length === 1 && only !== undefined) return this.#answerOne(request, only, context)
    return this.#answerSeveral(request, dispatches, context)
  }

  #plan(entries: readonly Entry[], { config }: Snapshot): readonly Dispatch[] {
    if (config.backends.length === 0 && isUnconfigured(config)) {
      throw new AppError('NO_BACKENDS', 503, 'No backends are configured; add one on the page /config')
    }
    return planDispatches(config, entries)
  }

  async #answerOne(request: PredictionRequest, dispatch: Dispatch, context: RequestContext): Promise<Reply> {
    const outcome = await this.#dispatcher.run(dispatch, await request.body.withEntries(), context)
    if (outcome.kind === 'aborted') throw new ClientGone()
    if (outcome.kind === 'failed') return replyOfFailure(dispatch, outcome.attempts)
    return replyOfAnswer(outcome.answer, outcome.ok, outcome.attempts)
  }

  async #answerSeveral(
    request: PredictionRequest,
    dispatches: readonly Dispatch[],
    context: RequestContext,
  ): Promise<Reply> {
    const outcomes = await Promise.all(
      dispatches.map(async (dispatch) => {
        const body = await request.body.withEntries(entriesText(dispatch.entries))
        return { dispatch, outcome: await this.#dispatcher.run(dispatch, body, context) }
      }),
    )
    return this.#merge(request.entries, outcomes)
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
