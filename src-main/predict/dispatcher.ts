/** Brings one dispatch to a backend that answers it: chooses, waits for room, sends, fails over. */
import type { Backend, Snapshot } from '../backends/backend.ts'
import type { Answer } from '../backends/client.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { QUEUE_TIMEOUT_MS } from './limits.ts'
import { choose, untriedCount, type Choice } from '../../src-shared/routing/choose.ts'
import type { Dispatch } from '../../src-shared/routing/plan.ts'
import type { Recorder } from '../traffic/recorder.ts'
import { judgeAnswer, judgeError, type Verdict } from './attempt.ts'
import type { OutgoingBody } from '../wire/body-types.ts'
import { entryName } from '../wire/entries.ts'
import { Progress, type Outcome } from './progress.ts'
import { recordAttempt } from './record-attempt.ts'
import type { QueuePosition } from './queue.ts'
import type { BackendSlots } from './backend-slots.ts'

/** What all dispatches of one request share. */
export interface RequestContext {
  readonly snapshot: Snapshot
  /** On the monotonic clock, milliseconds. */
  readonly deadline: number
  readonly cancellation: Cancellation
  readonly position: QueuePosition
  /** Headers for the backend, names and values in turn, without those of the body. */
  readonly headers: readonly string[]
  /** The id of the incoming record, while debug mode is on. */
  readonly traceId: string | undefined
}

export interface DispatcherOptions {
  monitor: HealthMonitor
  room: BackendSlots
  recorder: Recorder
}

/** Sends dispatches to backends. */
export class Dispatcher {
  readonly #monitor: HealthMonitor
  readonly #room: BackendSlots
  readonly #recorder: Recorder
  /** Where the round robin of each tier stands. */
  readonly #positions = new Map<string, number>()

  constructor(options: DispatcherOptions) {
    this.#monitor = options.monitor
    this.#room = options.room
    this.#recorder = options.recorder
  }

  /** Tries the candidates of a dispatch until one answers, none is left or the time is over. */
  async run(dispatch: Dispatch, body: OutgoingBody, context: RequestContext): Promise<Outcome> {
    const progress = new Progress(this.#monitor)
    for (;;) {
      const waitedFrom = performance.now()
      const place =
        this.#takeFree(dispatch, progress, context) ?? (await this.#place(dispatch, progress, context))
      if (place === 'aborted') return progress.abort()
      if (place === undefined) return progress.giveUp()
      const outcome = await this.#tryOn(
        place,
        dispatch,
        body,
        context,
        progress,
        performance.now() - waitedFrom,
      )
      if (outcome !== undefined) return outcome
    }
  }

  #choose(dispatch: Dispatch, progress: Progress, snapshot: Snapshot): Choice {
    return choose({
      tiers: dispatch.tiers,
      tried: progress.tried,
      candidate: (name) => this.#candidate(snapshot, name),
      position: (key) => this.#positions.get(key) ?? 0,
    })
  }

  /** The next candidate with a place taken on it, where one has room: nearly always, and then nothing is awaited. */
  #takeFree(dispatch: Dispatch, progress: Progress, context: RequestContext): Backend | undefined {
    const { snapshot, cancellation, deadline } = context
    if (cancellation.cancelled || performance.now() >= deadline) return undefined
    const choice = this.#choose(dispatch, progress, snapshot)
    return choice.kind === 'backend' ? this.#take(choice, snapshot) : undefined
  }

  #take(
    { name, tier, position }: Extract<Choice, { kind: 'backend' }>,
    snapshot: Snapshot,
  ): Backend | undefined {
    this.#positions.set(tier.key, position)
    const backend = snapshot.get(name)
    if (backend !== undefined) this.#room.take(backend)
    return backend
  }

  /** The same with waiting for room; undefined when none is left. */
  async #place(
    dispatch: Dispatch,
    progress: Progress,
    context: RequestContext,
  ): Promise<Backend | 'aborted' | undefined> {
    const { snapshot, cancellation } = context
    /** Changes of health make the choice anew, but the wait no longer. */
    let waitedFrom: number | undefined
    while (performance.now() < context.deadline) {
      if (cancellation.cancelled) return 'aborted'
      const choice = this.#choose(dispatch, progress, snapshot)
      if (choice.kind === 'none') return undefined
      if (choice.kind === 'backend') return this.#take(choice, snapshot)
      const backends = choice.names.flatMap((name) => snapshot.get(name) ?? [])
      const longest = Math.max(...backends.map(({ config }) => config.queueTimeoutMs ?? QUEUE_TIMEOUT_MS))
      const now = performance.now()
      waitedFrom ??= now
      const waitMs = Math.min(waitedFrom + longest, context.deadline) - now
      const place = await this.#room.wait(backends, context.position, waitMs, cancellation)
      if (place === 'aborted') return 'aborted'
      if (place === 'timeout') {
        progress.noteBusy(backends, performance.now() - waitedFrom)
        waitedFrom = undefined
      } else if (place !== 'changed') {
        return place
      }
    }
    return undefined
  }

  #candidate(
    snapshot: Snapshot,
    name: string,
  ): { status: 'healthy' | 'unhealthy' | 'unknown'; hasFreeSlot: boolean } | undefined {
    const backend = snapshot.get(name)
    if (backend === undefined) return undefined
    return { status: this.#monitor.statusOf(backend), hasFreeSlot: backend.hasFreeSlot }
  }

  /** One attempt; undefined when the next candidate is to be tried. */
  async #tryOn(
    backend: Backend,
    dispatch: Dispatch,
    body: OutgoingBody,
    context: RequestContext,
    progress: Progress,
    waitMs: number,
  ): Promise<Outcome | undefined> {
    progress.tried.add(backend.name)
    const started = performance.now()
    try {
      const record = this.#recorder.enabled
        ? recordAttempt(this.#recorder, backend, body, dispatch.entries.map(entryName), context, waitMs)
        : undefined
      let answer: Answer | undefined
      let verdict: Verdict
      try {
        answer = await this.#send(backend, dispatch, body, context, progress)
        verdict = judgeAnswer(answer)
      } catch (error) {
        verdict = judgeError(error)
      }
      record?.(answer, verdict)
      return progress.conclude({ backend, answer, verdict, durationMs: performance.now() - started })
    } finally {
      // After its failure is known: whoever waits for a place must not be given one on a backend that just failed.
      this.#room.release(backend)
    }
  }

  #send(
    backend: Backend,
    dispatch: Dispatch,
    body: OutgoingBody,
    context: RequestContext,
    progress: Progress,
  ): Promise<Answer> {
    const remaining = Math.max(1, context.deadline - performance.now())
    const others = untriedCount(
      dispatch.tiers,
      progress.tried,
      (name) => context.snapshot.get(name) !== undefined,
    )
    // While somebody else is left to be tried, half of the time is left for them.
    const share = others > 0 ? remaining / 2 : remaining
    return backend.client.send({
      method: 'POST',
      path: '/predict',
      headers: ['content-type', body.contentType, ...context.headers],
      chunks: body.chunks,
      length: body.length,
      timeoutMs: Math.min(share, backend.config.timeoutMs ?? Infinity),
      cancellation: context.cancellation,
    })
  }
}
