/** Where the attempts of one dispatch stand, and which backend the monitor is told to blame for each failure. */
import type { Backend } from '../backends/backend.ts'
import type { Answer } from '../backends/client.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { Attempt, FailedAttempt } from './attempt.ts'
import { isHandedOn } from './verdict.ts'

export type Outcome =
  /** A backend answered: with a result, or with an error that is handed on. */
  | {
      readonly kind: 'answer'
      readonly backend: string
      readonly answer: Answer
      readonly ok: boolean
      /** What failed on the way to it, the handed-on error included. */
      readonly attempts: readonly FailedAttempt[]
    }
  /** No backend gave an answer that can be handed on. */
  | { readonly kind: 'failed'; readonly attempts: readonly FailedAttempt[] }
  /** The client went away. */
  | { readonly kind: 'aborted' }

/** A failure whose fault is not known yet. */
interface Doubt {
  readonly backend: Backend
  readonly reason: string
}

/** Collects the attempts of one dispatch, and tells the monitor whose fault each failure was. */
export class Progress {
  /** Backends that were tried or waited for in vain. */
  readonly tried = new Set<string>()
  readonly #monitor: HealthMonitor
  readonly #attempts: FailedAttempt[] = []
  /** The first 500, until another backend's answer tells whose fault it is. */
  #doubt: Doubt | undefined
  #lastAnswer: { backend: string; answer: Answer } | undefined

  constructor(monitor: HealthMonitor) {
    this.#monitor = monitor
  }

  /** Takes in a wait in vain: none of these backends had a free slot for so many milliseconds. */
  noteNoSlot(backends: readonly Backend[], waitedMs: number): void {
    for (const backend of backends) {
      this.tried.add(backend.name)
      this.#note(backend, `no free slot within ${Math.round(waitedMs / 100) / 10} s`, 'no-slot')
    }
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
        this.#monitor.succeeded(backend, attempt.durationMs)
        // This backend could answer what another one answered 500 to: that one is at fault.
        if (this.#doubt !== undefined) {
          this.#monitor.failed(this.#doubt.backend, this.#doubt.reason, 'at-once')
        }
        return this.#answered(backend, answer, true)
      case 'refused':
        return this.#refused(backend, answer, verdict.blame)
      case 'doubtful':
        return this.#doubtful(backend, answer, verdict.reason)
      case 'failed':
        this.#monitor.failed(backend, verdict.reason, verdict.lost ? 'if-up' : 'at-once')
        this.#note(backend, verdict.reason, verdict.timedOut ? 'timeout' : 'failure')
        return undefined
    }
  }

  /** Ends it: the client went away. */
  abort(): Outcome {
    this.#clearDoubt()
    return { kind: 'aborted' }
  }

  /** Ends it: no candidate is left, or no time. */
  giveUp(): Outcome {
    // No second backend could tell whether it was the image: unhealthy until the next check, but not benched.
    if (this.#doubt !== undefined) this.#monitor.failed(this.#doubt.backend, this.#doubt.reason, 'never')
    const attempts = this.#attempts
    if (this.#lastAnswer !== undefined) return { kind: 'answer', ...this.#lastAnswer, ok: false, attempts }
    return { kind: 'failed', attempts }
  }

  #refused(backend: Backend, answer: Answer | undefined, blame: string | undefined): Outcome | undefined {
    const reason = `answered ${answer?.status ?? 0}`
    // Wrong settings do not get better by waiting: the reason is shown, but the backend is not benched.
    if (blame === undefined) this.#monitor.neutral(backend, reason)
    else this.#monitor.failed(backend, blame, 'never')
    this.#clearDoubt()
    this.#note(backend, reason)
    return this.#answered(backend, answer, false)
  }

  #doubtful(backend: Backend, answer: Answer | undefined, reason: string): Outcome | undefined {
    this.#note(backend, reason)
    if (this.#doubt === undefined) {
      this.#doubt = { backend, reason }
      return undefined
    }
    // Two backends say the same: the image is at fault.
    this.#clearDoubt()
    this.#monitor.neutral(backend, reason)
    return this.#answered(backend, answer, false)
  }

  #answered(backend: Backend, answer: Answer | undefined, ok: boolean): Outcome | undefined {
    if (answer === undefined) return undefined
    return { kind: 'answer', backend: backend.name, answer, ok, attempts: this.#attempts }
  }

  #clearDoubt(): void {
    if (this.#doubt !== undefined) this.#monitor.neutral(this.#doubt.backend, this.#doubt.reason)
    this.#doubt = undefined
  }

  #note(backend: Backend, reason: string, cause: FailedAttempt['cause'] = 'failure'): void {
    this.#attempts.push({ backend: backend.name, reason, cause })
  }
}
