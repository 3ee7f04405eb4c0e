/**
 * Sends a picture or a text to one backend and shows a person its answer. One try runs at a time, within the backend's
 * slots, and without effect on the backend's health, figures or share of the work.
 */
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import type { BackendConfig } from '../../../src-shared/config/schema.ts'
import { REQUEST_TIMEOUT_MS } from '../../../src-shared/limits.ts'
import {
  TRY_WORKS,
  type TryAnswer,
  type TryModel,
  type TryResult,
  type TryTask,
  type TryWork,
} from '../../../src-shared/try.ts'
import type { BackendAvailability } from '../../backends/availability.ts'
import type { Backend, BackendRegistry } from '../../backends/backend.ts'
import { ClientGone, type Cancellation } from '../../platform/cancellation.ts'
import { AppError } from '../../platform/errors.ts'
import type { Recorder } from '../../traffic/recorder.ts'
import { entriesText, entryName } from '../../wire/entries.ts'
import { sendAttempt, type Attempt } from '../attempt.ts'
import type { BackendSlots, WaitOptions } from '../backend-slots.ts'
import type { QueuePositions } from '../queue.ts'
import type { Ask } from '../schedule/scheduler.ts'
import type { Verdict } from '../verdict.ts'
import { workOf } from '../work-kind.ts'
import { predictionForm } from './form.ts'
import { foundIn, type Found } from './judge-result.ts'
import type { LastModels } from './last-models.ts'
import { TRY_SLOT_WAIT_MS } from './limits.ts'

/** What is to be tried. */
export interface TryRequest {
  /** With its headers filled in. */
  readonly backend: BackendConfig
  readonly tasks: readonly TryTask[]
  /** The bytes of a picture; undefined where only a text is tried. */
  readonly image: Buffer | undefined
  /** A search text; undefined where only a picture is tried. */
  readonly text: string | undefined
}

export interface TriesOptions {
  readonly registry: Pick<BackendRegistry, 'current' | 'createBackend'>
  readonly availability: Pick<BackendAvailability, 'standingOf'>
  readonly slots: BackendSlots
  readonly positions: QueuePositions
  readonly recorder: Recorder
  readonly models: LastModels
  /** The name of this proxy in the hops header. */
  readonly proxyId: string
}

/** The availabilities in which a try sends no request to a backend. */
const LEFT_ALONE: ReadonlySet<string> = new Set(['paused', 'stopped', 'starting', 'stopping'])

const taskOf = (work: TryWork): string => work.replace(/\/.*/, '')
const rounded = (ms: number): number => Math.round(ms * 10) / 10

/** A URL in one spelling, to find the backend that it belongs to. */
const spelled = (url: string): string => new URL(url).href.replace(/\/+$/, '')

/** The requests of a try: for smart search one for the picture and one for the text, where each is given. */
export function worksOf({ tasks, image, text }: Pick<TryRequest, 'tasks' | 'image' | 'text'>): TryWork[] {
  return TRY_WORKS.filter(
    (work) =>
      (tasks as readonly string[]).includes(taskOf(work)) &&
      (work === 'clip/textual' ? text !== undefined : image !== undefined),
  )
}

/** The key under which tries wait for a slot; no route has it. */
const TRY_ROUTE = 'try'

function waitOptions(cancellation: Cancellation): WaitOptions {
  const deadline = performance.now() + TRY_SLOT_WAIT_MS
  return { patienceMs: () => TRY_SLOT_WAIT_MS, deadline, cancellation }
}

function reasonOf(verdict: Verdict): string {
  if (verdict.kind === 'success') return 'answered 200, but not as a machine-learning server does'
  return verdict.reason ?? 'gave no answer'
}

/** Owns the try that runs; there is at most one. */
export class Tries {
  readonly #options: TriesOptions
  #isTaken = false

  constructor(options: TriesOptions) {
    this.#options = options
  }

  models(): TryModel[] {
    return this.#options.models.models()
  }

  /**
   * Begins the only try that may run, before its picture is read into memory.
   * @returns ends it; may be called twice
   * @throws {AppError} TRY_RUNNING (409)
   */
  enter(): () => void {
    if (this.#isTaken) {
      throw new AppError(
        'TRY_RUNNING',
        409,
        'Another try is running; wait until it has ended, then try again',
      )
    }
    this.#isTaken = true
    let isOver = false
    return () => {
      if (!isOver) this.#isTaken = false
      isOver = true
    }
  }

  /**
   * Sends one request for each work in turn, and each a second time to measure it without the loading of the model.
   * @throws {AppError} TRY_PAUSED (409) where the backend is paused or cannot be reached
   * @throws {ClientGone} when the client went away
   */
  async run(request: TryRequest, cancellation: Cancellation): Promise<TryAnswer> {
    const { registry } = this.#options
    const inForce = this.#inForce(request.backend)
    if (inForce !== undefined) this.#requireServing(inForce)
    const backend = registry.createBackend(request.backend)
    const results: TryResult[] = []
    let size: Pick<TryAnswer, 'imageWidth' | 'imageHeight'> = { imageWidth: null, imageHeight: null }
    try {
      for (const work of worksOf(request)) {
        const { result, found } = await this.#try(work, request, { backend, inForce }, cancellation)
        results.push(result)
        if (found !== undefined && found.imageWidth !== null) {
          size = { imageWidth: found.imageWidth, imageHeight: found.imageHeight }
        }
      }
    } finally {
      await backend.client.destroy()
    }
    return { results, ...size }
  }

  /** The configured backend behind the same URL: its slots count, and its pause. */
  #inForce({ url }: BackendConfig): Backend | undefined {
    return [...this.#options.registry.current.backends].find(
      ({ config }) => spelled(config.url) === spelled(url),
    )
  }

  #requireServing({ name }: Backend): void {
    const standing = this.#options.availability.standingOf(name)
    if (standing === undefined || !LEFT_ALONE.has(standing.availability)) return
    const reason = standing.reason === '' ? standing.availability : standing.reason
    throw new AppError('TRY_PAUSED', 409, `${name}: ${reason}; resume or start it to try it`)
  }

  async #try(
    work: TryWork,
    { image, text }: TryRequest,
    on: { readonly backend: Backend; readonly inForce: Backend | undefined },
    cancellation: Cancellation,
  ): Promise<{ result: TryResult; found: Found | undefined }> {
    const { modelName } = this.#options.models.modelFor(work)
    const payload = work === 'clip/textual' ? (text ?? '') : (image ?? '')
    const failed = (error: string, firstMs: number | null): { result: TryResult; found: undefined } => ({
      result: { work, modelName, ok: false, error, firstMs, againMs: null },
      found: undefined,
    })
    const first = await this.#withSlot(work, payload, on, cancellation)
    if (first === 'busy') {
      return failed(`is busy: no slot was free within ${TRY_SLOT_WAIT_MS / 1000} s`, null)
    }
    const { answer, verdict, durationMs } = first
    const found = verdict.kind === 'success' && answer !== undefined ? foundIn(work, answer.body) : undefined
    if (found === undefined)
      return failed(reasonOf(verdict), answer === undefined ? null : rounded(durationMs))
    const again = await this.#withSlot(work, payload, on, cancellation)
    const againMs = again !== 'busy' && again.verdict.kind === 'success' ? rounded(again.durationMs) : null
    const firstMs = rounded(durationMs)
    return { result: { work, modelName, ok: true, error: '', firstMs, againMs, ...found.values }, found }
  }

  async #withSlot(
    work: TryWork,
    payload: Buffer | string,
    { backend, inForce }: { readonly backend: Backend; readonly inForce: Backend | undefined },
    cancellation: Cancellation,
  ): Promise<Attempt | 'busy'> {
    if (inForce === undefined) return this.#attempt(work, payload, backend, cancellation)
    const { slots } = this.#options
    const ask = this.#ask(work, inForce)
    const taken = slots.take(ask) ?? (await slots.wait(ask, waitOptions(cancellation)))
    if (taken === 'aborted') throw new ClientGone()
    if (taken === 'none' || !('load' in taken)) return 'busy'
    try {
      return await this.#attempt(work, payload, backend, cancellation)
    } finally {
      // The times are not learned: two requests in a row with one picture do not represent an import.
      slots.end(taken, 'cancelled')
    }
  }

  /** Requests a slot of this one backend in any health, since a person wants to see its answer. */
  #ask(work: TryWork, backend: Backend): Ask {
    const { slots, positions, models } = this.#options
    return {
      tiers: [{ key: TRY_ROUTE, pool: [backend.name], share: 'in-order' }],
      tried: new Set(),
      isText: work === 'clip/textual',
      work: workOf(models.entriesFor(work)),
      order: positions.take().number,
      candidate: () => ({ load: slots.loadOf(backend), status: 'healthy' }),
    }
  }

  async #attempt(
    work: TryWork,
    payload: Buffer | string,
    backend: Backend,
    cancellation: Cancellation,
  ): Promise<Attempt> {
    const { recorder, models, proxyId } = this.#options
    const entries = models.entriesFor(work)
    const attempt = await sendAttempt(recorder, {
      backend,
      body: predictionForm(entriesText(entries), payload),
      headers: [HOPS_HEADER, proxyId],
      cancellation,
      timeoutMs: backend.config.timeoutMs ?? REQUEST_TIMEOUT_MS,
      asked: entries,
      tasks: () => entries.map(entryName),
      traceId: undefined,
      waitMs: 0,
      cause: 'try',
    })
    if (attempt.verdict.kind === 'aborted') throw new ClientGone()
    return attempt
  }
}
