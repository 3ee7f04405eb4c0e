/** The way of one prediction behind the door: parse, plan, dispatch, merge. */
import type { BackendRegistry, Snapshot } from '../backends/backend.ts'
import { headerOf, type Answer } from '../backends/client.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'
import { RETRY_AFTER_SECONDS } from './limits.ts'
import { AppError } from '../platform/errors.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import { planDispatches, type Dispatch, type Entry } from '../../src-shared/routing/plan.ts'
import { ClientGone, type Gate } from './admission.ts'
import type { PredictionBody } from '../wire/body-types.ts'
import type { Dispatcher, RequestContext } from './dispatcher.ts'
import type { FailedAttempt, Outcome } from './progress.ts'
import { entriesText, entryName, isTextQuery } from '../wire/entries.ts'
import { mergeAnswers } from './merge.ts'
import type { QueuePositions } from './queue.ts'

/** What is answered to the client. */
export interface Reply {
  readonly status: number
  /** For the reason phrase: the only part of an error that Immich's log shows. */
  readonly reason?: string | undefined
  readonly contentType: string
  readonly retryAfter?: string | undefined
  readonly body: Buffer
}

export interface PredictionRequest {
  readonly body: PredictionBody
  readonly entries: readonly Entry[]
  readonly headers: readonly string[]
  readonly cancellation: Cancellation
  readonly traceId: string | undefined
  /** When it arrived, on the monotonic clock in milliseconds: the time limit counts from there. */
  readonly startedAt: number
}

const JSON_TYPE = 'application/json; charset=utf-8'

function errorReply(status: number, reason: string, error: Record<string, unknown>, retry = false): Reply {
  return {
    status,
    reason,
    contentType: JSON_TYPE,
    body: Buffer.from(JSON.stringify(error)),
    ...(retry ? { retryAfter: String(RETRY_AFTER_SECONDS) } : {}),
  }
}

const attemptsText = (attempts: readonly FailedAttempt[]): string =>
  attempts.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ')

function handOn(answer: Answer, ok: boolean, attempts: readonly FailedAttempt[]): Reply {
  const { status, body } = answer
  const contentType = headerOf(answer, 'content-type') ?? 'application/octet-stream'
  const retryAfter = headerOf(answer, 'retry-after')
  return {
    status,
    contentType,
    body,
    reason: ok ? undefined : attemptsText(attempts),
    retryAfter,
  }
}

function failedReply(dispatch: Dispatch, attempts: readonly FailedAttempt[], busy: boolean): Reply {
  if (dispatch.tiers.length === 0) {
    const names = dispatch.entries.map(entryName).join(', ')
    const error = `No backend is configured for ${names}; add one on the page /config`
    return errorReply(503, 'no backend configured', { error })
  }
  const reason = attemptsText(attempts)
  const error = `No backend answered: ${reason === '' ? 'the time limit was reached' : reason}`
  const details = { error, errors: attempts.map(({ backend, reason: why }) => `${backend}: ${why}`) }
  if (busy && attempts.every((attempt) => attempt.reason.startsWith('no room'))) {
    return errorReply(503, reason, details, true)
  }
  const timedOut = attempts.every((attempt) => attempt.timedOut)
  return errorReply(timedOut ? 504 : 502, reason === '' ? 'time limit reached' : reason, details)
}

function describeFailure(dispatch: Dispatch, outcome: Outcome): string {
  const names = dispatch.entries.map(entryName).join(', ')
  if (outcome.kind === 'answer') {
    const last = outcome.attempts.findLast(({ backend }) => backend === outcome.backend)
    return `${names} on ${outcome.backend}: ${last?.reason ?? `answered ${outcome.answer.status}`}`
  }
  if (outcome.kind === 'aborted') return `${names}: given up by the client`
  if (dispatch.tiers.length === 0) return `${names}: no backend is configured`
  return `${names} on ${attemptsText(outcome.attempts) || 'no backend: time limit reached'}`
}

export interface PredictorOptions {
  registry: BackendRegistry
  dispatcher: Dispatcher
  /** Limits the predictions worked on at once. */
  gate: Gate
  positions: QueuePositions
  requestTimeoutMs?: number | undefined
}

/** Answers predictions. */
export class Predictor {
  readonly #registry: BackendRegistry
  readonly #dispatcher: Dispatcher
  readonly #gate: Gate
  readonly #positions: QueuePositions
  readonly #timeoutMs: number
  /** The plan that was last made of each list of entries. */
  readonly #plans = new WeakMap<
    readonly Entry[],
    { readonly config: Config; readonly dispatches: readonly Dispatch[] }
  >()

  constructor(options: PredictorOptions) {
    this.#registry = options.registry
    this.#dispatcher = options.dispatcher
    this.#gate = options.gate
    this.#positions = options.positions
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  }

  /**
   * Answers a prediction. When it settles nothing reads the memory of the body any more.
   * @throws {AppError} NO_BACKENDS or BUSY (503)
   * @throws {ClientGone} when the client hung up
   */
  async predict(request: PredictionRequest): Promise<Reply> {
    const position = this.#positions.take(isTextQuery(request.entries))
    if (!this.#gate.tryTake(1)) await this.#gate.take(1, position, request.cancellation)
    try {
      const snapshot = this.#registry.current
      const { headers, cancellation, traceId } = request
      const deadline = request.startedAt + this.#timeoutMs
      return await this.#answer(request, { snapshot, deadline, cancellation, position, headers, traceId })
    } finally {
      this.#gate.release(1)
    }
  }

  #answer(request: PredictionRequest, context: RequestContext): Promise<Reply> {
    const dispatches = this.#plan(request.entries, context.snapshot)
    const [only] = dispatches
    if (dispatches.length === 1 && only !== undefined) return this.#answerOne(request, only, context)
    return this.#answerSeveral(request, dispatches, context)
  }

  async #answerOne(request: PredictionRequest, dispatch: Dispatch, context: RequestContext): Promise<Reply> {
    const body = request.body.withEntries()
    const outcome = await this.#dispatcher.run(dispatch, body instanceof Promise ? await body : body, context)
    if (outcome.kind === 'aborted') throw new ClientGone()
    if (outcome.kind === 'failed') return failedReply(dispatch, outcome.attempts, outcome.busy)
    return handOn(outcome.answer, outcome.ok, outcome.attempts)
  }

  async #answerSeveral(
    request: PredictionRequest,
    dispatches: readonly Dispatch[],
    context: RequestContext,
  ): Promise<Reply> {
    const running = dispatches.map(async (dispatch) => {
      const body = await request.body.withEntries(entriesText(dispatch.entries))
      return { dispatch, outcome: await this.#dispatcher.run(dispatch, body, context) }
    })
    // Where one fails by a defect, the others are waited for as well: they still read the body.
    await Promise.allSettled(running)
    return this.#merge(request.entries, await Promise.all(running))
  }

  #plan(entries: readonly Entry[], { config }: Snapshot): readonly Dispatch[] {
    if (config.backends.length === 0) {
      throw new AppError('NO_BACKENDS', 503, 'No backends are configured; add one on the page /config')
    }
    const known = this.#plans.get(entries)
    if (known?.config === config) return known.dispatches
    const dispatches = planDispatches(config, entries)
    this.#plans.set(entries, { config, dispatches })
    return dispatches
  }

  #merge(entries: readonly Entry[], outcomes: { dispatch: Dispatch; outcome: Outcome }[]): Reply {
    if (outcomes.some(({ outcome }) => outcome.kind === 'aborted')) throw new ClientGone()
    const errors: string[] = []
    const answers: { entries: readonly Entry[]; latin1: string }[] = []
    for (const { dispatch, outcome } of outcomes) {
      if (outcome.kind === 'answer' && outcome.ok) {
        answers.push({ entries: dispatch.entries, latin1: outcome.answer.body.toString('latin1') })
      } else {
        errors.push(describeFailure(dispatch, outcome))
      }
    }
    if (errors.length > 0) {
      return errorReply(502, errors.join('; '), { error: 'Failed to process some types', errors })
    }
    return { status: 200, contentType: JSON_TYPE, body: mergeAnswers(entries, answers) }
  }
}
