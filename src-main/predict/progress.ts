/** Collects the attempts of one dispatch, and decides which backend each failure counts against. */
import type { Backend } from '../backends/backend.ts'
import type { Answer } from '../backends/client.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { MODEL_BROKEN_REASON } from '../backends/reasons.ts'
import type { LossReason } from '../../src-shared/immich.ts'
import type { Attempt, FailedAttempt } from './attempt.ts'
import { MAX_RESETS, MAX_WORKER_RESETS } from './limits.ts'
import { isHandedOn, type Verdict } from './verdict.ts'

export type Outcome =
  /** A backend answered: with a result, or with an error that is handed on. */
  | {
      readonly kind: 'answer'
      readonly backend: string
      readonly answer: Answer
      readonly ok: boolean
      /** The failures before it, the handed-on error included. */
      readonly attempts: readonly FailedAttempt[]
      /** Why no backend could take the request, where the error is not about the request itself. */
      readonly loss?: LossReason | undefined
    }
  /** No backend gave an answer that can be handed on. */
  | {
      readonly kind: 'failed'
      readonly attempts: readonly FailedAttempt[]
      readonly loss?: LossReason | undefined
    }
  /** Another configuration came in force during the wait: the entries have to be planned again. */
  | { readonly kind: 'replan' }
  /** The client went away. */
  | { readonly kind: 'aborted' }

type FailedVerdict = Extract<Verdict, { kind: 'failed' }>

/** A failure whose cause, backend or request, is not known yet. */
interface Doubt {
  readonly backend: Backend
  readonly status: number
  readonly reason: string
  /** A 4xx that is about the backend's settings. */
  readonly isMisconfigured: boolean
}

/** The facts of a dispatch that its failures are judged by. */
export interface JudgedDispatch {
  /** A backend may be able to do other tasks. */
  readonly tasks: readonly string[]
  /** All entries of the request are text queries. */
  readonly isText: boolean
  /** Its models, as `clip/visual/ViT-B-32__openai`; called where a backend could not load one. */
  readonly models: () => readonly string[]
}

/** The status of a server whose code failed; it counts differently from a refusal (4xx). */
const SERVER_ERROR = 500

/** Owns what the attempts of one dispatch showed, and reports each failure to the monitor. */
export class Progress {
  /** Backends that were tried, or had no free slot within the wait. */
  readonly tried = new Set<string>()
  readonly #monitor: HealthMonitor
  readonly #attempts: FailedAttempt[] = []
  /** The 500 and 4xx so far, until another backend's answer shows their cause. */
  #doubts: Doubt[] = []
  /** Attempts that were reset, those before a hold included; and those of them whose server went on listening. */
  #resets = 0
  #workerResets = 0
  #lastAnswer: { backend: string; answer: Answer } | undefined

  readonly #wanted: JudgedDispatch

  constructor(monitor: HealthMonitor, wanted: JudgedDispatch) {
    this.#monitor = monitor
    this.#wanted = wanted
  }

  /** Whether all backends that were tried are down: none judged the request, and none was only full. */
  get isDown(): boolean {
    const { length } = this.#attempts
    return length > 0 && this.#doubts.length === 0 && this.#attempts.every(({ cause }) => cause !== 'no-slot')
  }

  /** Whether an attempt was reset after it was sent whole. */
  get wasReset(): boolean {
    return this.#resets > 0
  }

  /** Starts again after a hold: all backends count as untried, and earlier failures are dropped. */
  restart(): void {
    this.tried.clear()
    this.#attempts.length = 0
    this.#lastAnswer = undefined
  }

  /** Takes in a wait without a slot: none of these backends had a free one for so many milliseconds. */
  noteNoSlot(backends: readonly Backend[], waitedMs: number): void {
    for (const backend of backends) {
      this.tried.add(backend.name)
      this.#note(backend, `no free slot within ${Math.round(waitedMs / 100) / 10} s`, 'no-slot')
    }
  }

  /** Takes in that no request was sent to a backend, as it would not answer or is paused. */
  noteNotAsked(backend: Backend, reason: string): void {
    this.#note(backend, reason, 'not-asked')
  }

  /** Takes in backends that a route names and that cannot be used: they stand in `config.json` with a mistake. */
  noteUnusable(names: readonly string[]): void {
    for (const backend of names) {
      this.#attempts.push({ backend, reason: 'cannot be used, see the page /config', cause: 'failure' })
    }
  }

  /**
   * Takes in an attempt.
   * @returns the outcome of the dispatch, or undefined when the next candidate is to be tried
   */
  conclude(attempt: Attempt): Outcome | undefined {
    const { backend, answer, verdict } = attempt
    if (answer !== undefined && isHandedOn(answer)) this.#lastAnswer = { backend: backend.name, answer }
    switch (verdict.kind) {
      case 'aborted':
        this.#monitor.neutral(backend)
        return this.abort()
      case 'success':
        this.#monitor.succeeded(backend, attempt.durationMs, this.#wanted.tasks)
        // This backend answered, so the failures of the others were their own fault.
        for (const doubt of this.#takeDoubts()) this.#blame(doubt)
        return this.#answered(backend, answer, true)
      case 'refused':
      case 'doubtful':
        return this.#doubt({ backend, isMisconfigured: false, ...verdict }, answer)
      case 'broken':
        this.#monitor.cannotLoad(backend, this.#wanted.models(), verdict.reason)
        this.#note(backend, MODEL_BROKEN_REASON)
        return undefined
      case 'failed':
        this.#monitor.failed(backend, verdict.reason, verdict.lost ? 'if-up' : 'at-once', verdict.pauseMs)
        return this.#noteFailure(backend, verdict)
    }
  }

  #noteFailure(backend: Backend, verdict: FailedVerdict): Outcome | undefined {
    const { reason, timedOut, isReset = false, isServerGone = false } = verdict
    if (isReset) this.#resets++
    if (isReset && !isServerGone) this.#workerResets++
    if (isReset && this.#mayBeCause) {
      const often = this.#resets === 2 ? 'a second time' : `${this.#resets} times`
      this.#note(backend, `${reason} ${often}; what was sent may end its worker`)
      return this.giveUp()
    }
    this.#note(backend, reason, timedOut ? 'timeout' : 'failure')
    return undefined
  }

  /** Whether it may be an image that ends the workers that read it. A text ends none. */
  get #mayBeCause(): boolean {
    if (this.#wanted.isText) return false
    return this.#workerResets >= MAX_WORKER_RESETS || this.#resets >= MAX_RESETS
  }

  /** Ends it: the client went away. */
  abort(): Outcome {
    for (const { backend, reason } of this.#takeDoubts()) this.#monitor.neutral(backend, reason)
    return { kind: 'aborted' }
  }

  /** Ends it: no candidate is left, or no time. */
  giveUp(): Outcome {
    const loss = this.#lossReason()
    // No other backend could tell whose fault a 500 was: unhealthy until the next check, but not benched.
    for (const doubt of this.#takeDoubts()) {
      if (doubt.status === SERVER_ERROR) {
        this.#monitor.answered500(doubt.backend)
        this.#monitor.failed(doubt.backend, doubt.reason, 'never')
      } else this.#acquit(doubt)
    }
    const attempts = this.#attempts
    if (this.#lastAnswer !== undefined)
      return { kind: 'answer', ...this.#lastAnswer, ok: false, attempts, loss }
    return { kind: 'failed', attempts, loss }
  }

  /** Ends the dispatch: another configuration came in force during the wait. */
  replan(): Outcome {
    for (const { backend, reason } of this.#takeDoubts()) this.#monitor.neutral(backend, reason)
    return { kind: 'replan' }
  }

  /** Ends it: the program ends. */
  stop(): Outcome {
    for (const { backend, reason } of this.#takeDoubts()) this.#monitor.neutral(backend, reason)
    return { kind: 'failed', attempts: this.#attempts, loss: 'stopped' }
  }

  /** Why no backend could take the request; undefined where the request itself may be the cause. */
  #lossReason(): LossReason | undefined {
    if (this.#doubts.length > 0 || this.#mayBeCause) return undefined
    const isEach = (cause: FailedAttempt['cause']): boolean =>
      this.#attempts.every((attempt) => attempt.cause === cause)
    // The time was over before any request was sent.
    if (this.#attempts.length === 0 || isEach('timeout')) return 'timed-out'
    return isEach('no-slot') ? 'full' : 'away'
  }

  /** Where two backends answer alike, the request is the cause. Else another backend is tried. */
  #doubt(doubt: Doubt, answer: Answer | undefined): Outcome | undefined {
    this.#note(doubt.backend, doubt.reason)
    const isConfirmed = this.#doubts.some(({ status }) => status === doubt.status)
    this.#doubts.push(doubt)
    if (!isConfirmed) return undefined
    for (const other of this.#takeDoubts()) {
      if (other.status === doubt.status || other.status === SERVER_ERROR) this.#acquit(other)
      else this.#blame(other)
    }
    return this.#answered(doubt.backend, answer, false)
  }

  /**
   * Another backend answered differently. A 500 is a failure of the backend, a 4xx says that it cannot do these tasks.
   */
  #blame({ backend, status, reason }: Doubt): void {
    if (status === SERVER_ERROR) {
      this.#monitor.answered500(backend)
      this.#monitor.failed(backend, reason, 'at-once')
    } else this.#monitor.differed(backend, this.#wanted.tasks, reason)
  }

  /** No backend answered differently. Wrong settings are shown, but do not get better by waiting: no bench. */
  #acquit({ backend, isMisconfigured, reason }: Doubt): void {
    if (isMisconfigured) this.#monitor.failed(backend, reason, 'never')
    else this.#monitor.neutral(backend, reason)
  }

  #takeDoubts(): readonly Doubt[] {
    const doubts = this.#doubts
    if (doubts.length > 0) this.#doubts = []
    return doubts
  }

  #answered(backend: Backend, answer: Answer | undefined, ok: boolean): Outcome | undefined {
    if (answer === undefined) return undefined
    return { kind: 'answer', backend: backend.name, answer, ok, attempts: this.#attempts }
  }

  #note(backend: Backend, reason: string, cause: FailedAttempt['cause'] = 'failure'): void {
    this.#attempts.push({ backend: backend.name, reason, cause })
  }
}
