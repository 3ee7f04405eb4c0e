/** One dispatch: finds a candidate, sends, judges, fails over to the next. */
import type { Backend, Snapshot } from '../backends/backend.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { Cancellation, ClientGone } from '../platform/cancellation.ts'
import type { Dispatch } from '../../src-shared/routing/plan.ts'
import type { HistoryFeed } from '../history/feed.ts'
import { untriedCount } from '../../src-shared/routing/tiers.ts'
import type { Recorder } from '../traffic/recorder.ts'
import { entryName, modelName } from '../wire/entries.ts'
import type { OutgoingBody } from '../wire/body-types.ts'
import type { AnswerForms } from './answer-forms.ts'
import { sendAttempt, type Attempt, type AttemptRequest } from './attempt.ts'
import type { BackendSlots } from './backend-slots.ts'
import type { CandidateFinder, DispatchToSend, Taken } from './candidate-finder.ts'
import type { RequestContext } from './context.ts'
import { DispatchHold } from './dispatch-hold.ts'
import type { Hold } from './hold.ts'
import type { HoldPlanLimits } from './hold-plan.ts'
import { STILL_LISTENS_MS } from './limits.ts'
import { Progress, type Outcome } from './progress.ts'
import type { End } from './schedule/backend-load.ts'
import type { Alone, Suspects } from './suspects.ts'
import { isOverload, type Verdict } from './verdict.ts'
import type { WorkKinds } from './work-kind.ts'

/** What all dispatches share. */
export interface DispatchParts {
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly slots: BackendSlots
  readonly recorder: Recorder
  readonly history: HistoryFeed
  readonly forms: AnswerForms
  readonly candidates: CandidateFinder
  readonly hold: Hold
  readonly holdLimits: HoldPlanLimits
  readonly suspects: Suspects
  /** The attempts that run now. */
  readonly running: Set<RunningAttempt>
  readonly workKinds: WorkKinds
  readonly textHedgeMs: number
  /** Wakes backends that the route prefers to the one that gets the request. */
  readonly wakePreferred: (asked: Backend, wanted: DispatchToSend, snapshot: Snapshot) => void
}

/** An attempt that was sent. */
export interface RunningAttempt {
  readonly backend: Backend
  /** Ends the attempt where there is another healthy candidate, which is tried next. */
  move(): void
}

interface Sent {
  readonly taken: Taken
  readonly attempt: Promise<Attempt>
  /** Ends the attempt because another one has answered. */
  readonly cancel: () => void
}

/** One attempt while it runs. */
interface Sending extends Pick<AttemptRequest, 'cancellation' | 'waitMs'> {
  readonly ended: () => Verdict | undefined
  /** Called when it has settled. */
  readonly onEnd: () => void
}

/** The verdicts on attempts that were ended by us. */
const GONE: Verdict = {
  kind: 'failed',
  reason: 'gone in the middle of the prediction',
  timedOut: false,
  lost: true,
}
const SUPERSEDED: Verdict = { kind: 'aborted', reason: 'another backend answered first' }

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

/** How an attempt ended, for the slots. */
function endOf({ answer, verdict }: Attempt): End {
  if (verdict.kind === 'success') return 'success'
  if (verdict.kind === 'aborted') return 'cancelled'
  return answer !== undefined && isOverload(answer) ? 'overload' : 'failure'
}

/** The backends that the tiers of a dispatch name and that do not exist. */
function unusableNames({ tiers }: Dispatch, { snapshot }: RequestContext): string[] {
  const names = new Set(tiers.flatMap(({ pool }) => pool))
  return [...names].filter((name) => snapshot.get(name) === undefined)
}

/** One run of a dispatch. */
export class DispatchRun {
  readonly #parts: DispatchParts
  readonly #dispatch: Dispatch
  readonly #body: OutgoingBody
  #context: RequestContext
  readonly #wanted: DispatchToSend
  readonly #progress: Progress
  readonly #hold: DispatchHold
  #wokenInBackground = false

  constructor(parts: DispatchParts, dispatch: Dispatch, body: OutgoingBody, context: RequestContext) {
    this.#parts = parts
    this.#dispatch = dispatch
    this.#body = body
    this.#context = context
    const tasks = dispatch.entries.map(({ task }) => task)
    this.#wanted = {
      tiers: dispatch.tiers,
      tasks,
      isText: context.position.isText,
      models: () => dispatch.entries.map(modelName),
      work: parts.workKinds.of(dispatch.entries),
    }
    this.#progress = new Progress(parts.monitor, this.#wanted)
    this.#hold = new DispatchHold(parts, this.#wanted, this.#progress)
  }

  /** When it settles, all attempts have. */
  async run(): Promise<Outcome> {
    try {
      return await this.#tryAll()
    } catch (error) {
      const aborted = this.#progress.abort()
      if (error instanceof ClientGone) return aborted
      throw error
    }
  }

  async #tryAll(): Promise<Outcome> {
    const { candidates } = this.#parts
    for (;;) {
      const waitedFrom = performance.now()
      const next = candidates.next(this.#wanted, this.#progress, this.#context)
      const taken = next instanceof Promise ? await next : next
      if (taken === 'aborted') return this.#progress.abort()
      if (taken === 'none') {
        const ended = await this.#held()
        if (ended !== undefined) return ended
        continue
      }
      this.#wakePreferred(taken.backend)
      const outcome = await this.#try(taken, waitedFrom)
      if (outcome !== undefined) return outcome
    }
  }

  /**
   * Makes one attempt on a backend with a slot taken on it; for a text perhaps a second one at the same time.
   * @param waitedFrom when the wait for the slot began
   */
  async #try(taken: Taken, waitedFrom: number): Promise<Outcome | undefined> {
    const alone = this.#mustBeAlone() ? await this.#alone(taken) : undefined
    try {
      const waitMs = Math.max(0, performance.now() - waitedFrom)
      const sent = this.#send(alone?.taken ?? taken, waitMs)
      if (this.#mayHedge()) return await this.#concludeHedged(sent)
      return this.#conclude(sent, await sent.attempt)
    } finally {
      alone?.turn.release()
    }
  }

  /**
   * An image whose attempt was reset is tried again while nothing else runs on the backend, as it may end the worker.
   * Texts do not.
   */
  #mustBeAlone(): boolean {
    return !this.#context.position.isText && this.#progress.wasReset
  }

  #alone(taken: Taken): Promise<Alone | undefined> {
    return this.#parts.suspects.exchange(taken, this.#wanted.work, this.#context)
  }

  /** Waits for a backend where that makes sense. Returns the outcome, or undefined where one is back. */
  async #held(): Promise<Outcome | undefined> {
    switch (await this.#hold.untilBack(this.#context)) {
      case 'none':
        this.#progress.noteUnusable(unusableNames(this.#dispatch, this.#context))
        return this.#progress.giveUp()
      case 'stopped':
        return this.#progress.stop()
      case 'replan':
        return this.#progress.replan()
      case 'back':
        this.#progress.restart()
        if (this.#hold.wasEarly) this.#renew()
        return undefined
    }
  }

  /** Early headers extended the request beyond its time limit, so it has the time of a new one. */
  #renew(): void {
    const { limitMs, permit } = this.#context
    this.#context = { ...this.#context, deadline: performance.now() + limitMs }
    permit.renew()
  }

  /** Wakes, in the background, the backends that the route prefers to the one that gets the request. */
  #wakePreferred(asked: Backend): void {
    if (this.#wokenInBackground || this.#wanted.isText) return
    this.#wokenInBackground = true
    this.#parts.wakePreferred(asked, this.#wanted, this.#context.snapshot)
  }

  /** Sends a text that is not answered soon to a second backend; the first answer counts. */
  async #concludeHedged(first: Sent): Promise<Outcome | undefined> {
    const { candidates, textHedgeMs } = this.#parts
    const early = await settledWithin(first.attempt, textHedgeMs)
    const second =
      early === undefined ? candidates.another(this.#wanted, this.#progress, this.#context) : undefined
    if (second === undefined) return this.#conclude(first, early ?? (await first.attempt))
    const other = this.#send(second, 0)
    const answered = await this.#first([first, other])
    const [winner, loser] = answered.backend === second.backend ? [other, first] : [first, other]
    const outcome = this.#conclude(winner, answered)
    if (outcome === undefined) return this.#conclude(loser, await loser.attempt)
    loser.cancel()
    await loser.attempt
    this.#dismiss(loser)
    return outcome
  }

  /**
   * Whether it is a text, and its tiers name a backend that was not tried, whatever its health: where none is named,
   * nothing is timed.
   */
  #mayHedge(): boolean {
    const { snapshot, position } = this.#context
    return (
      position.isText &&
      untriedCount(this.#dispatch.tiers, this.#progress.tried, (name) => snapshot.get(name) !== undefined) > 0
    )
  }

  /** @throws what ended one of them where that is a defect of this program; the other has settled, too */
  async #first(both: readonly Sent[]): Promise<Attempt> {
    const attempts = both.map(({ attempt }) => attempt)
    try {
      return await Promise.race(attempts)
    } catch (defect) {
      for (const { cancel } of both) cancel()
      const settled = await Promise.allSettled(attempts)
      both.forEach((sent, index) => {
        if (settled[index]?.status === 'fulfilled') this.#dismiss(sent)
      })
      throw defect
    }
  }

  /**
   * Reports an attempt to the monitor, then releases its slot: a waiter must not be granted a slot of a backend that
   * has just failed.
   */
  #conclude({ taken: { running } }: Sent, attempt: Attempt): Outcome | undefined {
    const { backend, verdict, durationMs } = attempt
    try {
      if (verdict.kind !== 'aborted')
        this.#parts.history.attemptEnded({
          backend: backend.name,
          entries: this.#dispatch.entries,
          isText: this.#context.position.isText,
          isAnswered: verdict.kind === 'success',
          durationMs,
        })
      if (verdict.kind === 'success') this.#parts.forms.note(backend, verdict.form)
      return this.#progress.conclude(attempt)
    } finally {
      this.#parts.slots.end(running, endOf(attempt))
    }
  }

  /** An attempt that we cancelled tells nothing about its backend. */
  #dismiss({ taken: { backend, running } }: Sent): void {
    this.#parts.monitor.neutral(backend)
    this.#parts.slots.end(running, 'cancelled')
  }

  #send(taken: Taken, waitMs: number): Sent {
    const { backend } = taken
    const { candidates, running } = this.#parts
    const client = this.#context.cancellation
    const cancellation = new Cancellation()
    let ended: Verdict | undefined
    const end = (verdict?: Verdict): void => {
      ended ??= verdict
      cancellation.cancel()
    }
    const onClientGone = (): void => end()
    const entry: RunningAttempt = {
      backend,
      move: () => {
        if (candidates.hasAnother(this.#wanted, this.#progress, this.#context)) end(GONE)
      },
    }
    this.#progress.tried.add(backend.name)
    running.add(entry)
    client.listen(onClientGone)
    const attempt = this.#attempt(taken, {
      cancellation,
      waitMs,
      ended: () => ended,
      onEnd: () => {
        running.delete(entry)
        client.forget(onClientGone)
      },
    })
    return { taken, attempt, cancel: () => end(SUPERSEDED) }
  }

  /** The body, also where a hold has moved it. */
  #located(): OutgoingBody {
    const { chunks } = this.#body
    const located = this.#context.memory.located?.(chunks) ?? chunks
    return located === chunks ? this.#body : { ...this.#body, chunks: located }
  }

  async #attempt(
    { backend, running }: Taken,
    { cancellation, waitMs, ended, onEnd }: Sending,
  ): Promise<Attempt> {
    const { monitor, availability, recorder, slots } = this.#parts
    const { snapshot, headers, deadline, traceId } = this.#context
    const exists = (name: string): boolean => {
      const other = snapshot.get(name)
      return other !== undefined && availability.mayBeAsked(other, this.#context.position.isText)
    }
    const isAnotherLeft = untriedCount(this.#dispatch.tiers, this.#progress.tried, exists) > 0
    const { entries } = this.#dispatch
    const heldMs = this.#hold.takeHeldMs()
    const wasFirst = monitor.sent(backend, this.#wanted.tasks)
    try {
      const attempt = await sendAttempt(recorder, {
        backend,
        body: this.#located(),
        headers,
        cancellation,
        ended,
        timeoutMs: attemptTimeoutMs(deadline - performance.now(), isAnotherLeft, backend.config.timeoutMs),
        asked: entries,
        tasks: () => entries.map(entryName),
        traceId,
        waitMs,
        ...(heldMs === 0 ? {} : { heldMs }),
      })
      return this.#wanted.isText || !wasReset(attempt) ? attempt : await withServerState(attempt)
    } catch (error) {
      // A defect of this program: no verdict will conclude this attempt.
      slots.end(running, 'cancelled')
      throw error
    } finally {
      monitor.ended(backend, wasFirst)
      onEnd()
    }
  }
}

const wasReset = ({ verdict }: Attempt): boolean => verdict.kind === 'failed' && verdict.isReset === true

/** An attempt that was reset, with whether the whole server is gone. */
async function withServerState(attempt: Attempt): Promise<Attempt> {
  const { backend, verdict } = attempt
  if (verdict.kind !== 'failed') return attempt
  const isServerGone = !(await backend.client.accepts(STILL_LISTENS_MS))
  return { ...attempt, verdict: { ...verdict, isServerGone } }
}

/** The value of a promise, or undefined where it takes longer. */
async function settledWithin<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
