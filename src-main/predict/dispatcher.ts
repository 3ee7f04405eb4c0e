/**
 * Sends dispatches to backends, and repeats the attempts on a backend that is gone on another one.
 * docs/design/dispatch-and-failover.md has the contracts and the fault behind each rule.
 */
import type { Backend } from '../backends/backend.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { HistoryFeed } from '../history/feed.ts'
import type { Dispatch } from '../../src-shared/routing/plan.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { OutgoingBody } from '../wire/body-types.ts'
import type { AnswerForms } from './answer-forms.ts'
import type { BackendSlots } from './backend-slots.ts'
import { BackgroundWake, type BackgroundWakeOptions } from './background-wake.ts'
import { CandidateFinder } from './candidate-finder.ts'
import type { RequestContext } from './context.ts'
import { DispatchRun, type DispatchParts, type RunningAttempt } from './dispatch-run.ts'
import type { Hold } from './hold.ts'
import type { HoldPlanLimits } from './hold-plan.ts'
import { TEXT_HEDGE_MS } from './limits.ts'
import type { Outcome } from './progress.ts'
import { Suspects } from './suspects.ts'
import { WorkKinds } from './work-kind.ts'

export interface DispatcherOptions {
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly slots: BackendSlots
  readonly recorder: Recorder
  /** Receives how each attempt ended. */
  readonly history: HistoryFeed
  readonly forms: AnswerForms
  /** How long after it was sent a text is given to a second backend, milliseconds; {@link TEXT_HEDGE_MS} by default. */
  readonly textHedgeMs?: number | undefined
  /** The requests that wait for a backend to come back. */
  readonly hold: Hold
  readonly holdLimits?: HoldPlanLimits | undefined
  readonly remaining?: BackgroundWakeOptions['remaining']
}

/** Sends dispatches to backends. */
export class Dispatcher {
  readonly #parts: DispatchParts

  constructor({ textHedgeMs = TEXT_HEDGE_MS, holdLimits = {}, ...owners }: DispatcherOptions) {
    const { monitor, availability, slots, remaining } = owners
    const wake = new BackgroundWake({ availability, slots, remaining })
    this.#parts = {
      ...owners,
      textHedgeMs,
      candidates: new CandidateFinder({ monitor, availability, slots }),
      holdLimits,
      wakePreferred: (...args) => wake.look(...args),
      suspects: new Suspects(slots),
      running: new Set<RunningAttempt>(),
      workKinds: new WorkKinds(),
    }
    monitor.on('gone', (backend) => this.#move(backend))
  }

  /** The number of images that wait for a backend to come back. */
  get held(): number {
    return this.#parts.hold.size
  }

  /** Tries the candidates of a dispatch until one answers, none is left, the time is over or the client went away. */
  run(dispatch: Dispatch, body: OutgoingBody, context: RequestContext): Promise<Outcome> {
    return new DispatchRun(this.#parts, dispatch, body, context).run()
  }

  /** Ends the attempts on a backend that can be made on another one. */
  #move(gone: Backend): void {
    for (const attempt of this.#parts.running) if (attempt.backend === gone) attempt.move()
  }
}
