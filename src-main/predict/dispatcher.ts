/**
 * Brings one dispatch to a backend that answers it: finds a candidate, sends, judges, fails over to the next.
 * docs/design/dispatch-and-failover.md has the contracts and the fault behind each rule.
 */
import type { Backend } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { untriedCount } from '../../src-shared/routing/choose.ts'
import type { Dispatch } from '../../src-shared/routing/plan.ts'
import type { Recorder } from '../traffic/recorder.ts'
import { entryName } from '../wire/entries.ts'
import type { OutgoingBody } from '../wire/body-types.ts'
import { sendAttempt, type Attempt } from './attempt.ts'
import type { BackendSlots } from './backend-slots.ts'
import { CandidateFinder } from './candidate-finder.ts'
import type { RequestContext } from './context.ts'
import { Progress, type Outcome } from './progress.ts'

export interface DispatcherOptions {
  readonly monitor: HealthMonitor
  readonly slots: BackendSlots
  readonly recorder: Recorder
}

/**
 * How long an attempt may take, milliseconds: while another candidate is left, half of the remaining time is kept for it.
 * @param configuredMs the backend's own `timeoutMs`
 */
export function attemptTimeoutMs(
  remainingMs: number,
  isAnotherLeft: boolean,
  configuredMs: number = Infinity,
): number {
  const available = Math.max(1, remainingMs)
  return Math.min(isAnotherLeft ? available / 2 : available, configuredMs)
}

/** The backends that the tiers of a dispatch name and that are not there. */
function unusableNames({ tiers }: Dispatch, { snapshot }: RequestContext): string[] {
  const names = new Set(tiers.flatMap(({ pool }) => pool))
  return [...names].filter((name) => snapshot.get(name) === undefined)
}

/** Sends dispatches to backends. */
export class Dispatcher {
  readonly #monitor: HealthMonitor
  readonly #slots: BackendSlots
  readonly #recorder: Recorder
  readonly #candidates: CandidateFinder

  constructor({ monitor, slots, recorder }: DispatcherOptions) {
    this.#monitor = monitor
    this.#slots = slots
    this.#recorder = recorder
    this.#candidates = new CandidateFinder({ monitor, slots })
  }

  /** Tries the candidates of a dispatch until one answers, none is left, the time is over or the client went away. */
  async run(dispatch: Dispatch, body: OutgoingBody, context: RequestContext): Promise<Outcome> {
    const progress = new Progress(this.#monitor)
    for (;;) {
      const waitedFrom = performance.now()
      const backend = await this.#candidates.next(dispatch.tiers, progress, context)
      if (backend === 'aborted') return progress.abort()
      if (backend === 'none') {
        progress.noteUnusable(unusableNames(dispatch, context))
        return progress.giveUp()
      }
      try {
        progress.tried.add(backend.name)
        const waitMs = performance.now() - waitedFrom
        const attempt = await this.#attempt(backend, dispatch, body, context, progress, waitMs)
        const outcome = progress.conclude(attempt)
        if (outcome !== undefined) return outcome
      } finally {
        // After the verdict is known: whoever waits for a slot must not be given one on a backend that has just failed.
        this.#slots.release(backend)
      }
    }
  }

  #attempt(
    backend: Backend,
    dispatch: Dispatch,
    body: OutgoingBody,
    context: RequestContext,
    progress: Progress,
    waitMs: number,
  ): Promise<Attempt> {
    const exists = (name: string): boolean => context.snapshot.get(name) !== undefined
    const isAnotherLeft = untriedCount(dispatch.tiers, progress.tried, exists) > 0
    return sendAttempt(this.#recorder, {
      backend,
      body,
      headers: context.headers,
      cancellation: context.cancellation,
      timeoutMs: attemptTimeoutMs(
        context.deadline - performance.now(),
        isAnotherLeft,
        backend.config.timeoutMs,
      ),
      tasks: () => dispatch.entries.map(entryName),
      traceId: context.traceId,
      waitMs,
    })
  }
}
