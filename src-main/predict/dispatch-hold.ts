/** The wait of one dispatch that no backend can answer: which backends it wakes and waits for, and for how long. */
import type { BackendAvailability } from '../backends/availability.ts'
import type { Backend } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { MODEL_BROKEN_REASON } from '../backends/reasons.ts'
import { ClientGone } from '../platform/cancellation.ts'
import { DEFAULT_GRACE_SECONDS } from '../../src-shared/limits.ts'
import { isAsked } from '../../src-shared/routing/overall.ts'
import { isWaitedFor, type Tier } from '../../src-shared/routing/tiers.ts'
import type { DispatchToSend } from './candidate-finder.ts'
import type { RequestContext } from './context.ts'
import type { Hold, HoldEnd } from './hold.ts'
import { planHold, type HoldFacts, type HoldPlan, type HoldPlanLimits } from './hold-plan.ts'
import { HOLD_LOOK_MS } from './limits.ts'
import type { Progress } from './progress.ts'

export interface DispatchHoldParts {
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly hold: Hold
  readonly holdLimits: HoldPlanLimits
}

/** How it ended: a backend is back; there is none; another configuration is in force; the program ends. */
export type DispatchHoldEnd = 'back' | 'none' | 'replan' | 'stopped'

export class DispatchHold {
  readonly #parts: DispatchHoldParts
  readonly #wanted: DispatchToSend
  readonly #progress: Progress
  #heldMs = 0
  /** The part of the wait that is in no attempt's record yet. */
  #untoldMs = 0
  #wasEarly = false

  constructor(parts: DispatchHoldParts, wanted: DispatchToSend, progress: Progress) {
    this.#parts = parts
    this.#wanted = wanted
    this.#progress = progress
  }

  /** The wait since the last call, milliseconds. */
  takeHeldMs(): number {
    const ms = this.#untoldMs
    this.#untoldMs = 0
    return ms
  }

  /** Early headers were requested, so an attempt has the whole time of a request again. */
  get wasEarly(): boolean {
    return this.#wasEarly
  }

  /**
   * To be called when no candidate is left. Wakes what sleeps, and waits where that makes sense.
   * @throws {AppError} HOLD_FULL (503) where too many wait
   * @throws {ClientGone} where the client went away
   */
  async untilBack(context: RequestContext): Promise<DispatchHoldEnd> {
    const backends = this.#backends(context)
    this.#noteHeldBack(backends)
    if (!this.#progress.isDown) return 'none'
    const now = performance.now()
    const since = context.holdPermit.since(now)
    this.#need(backends)
    if (!isAhead(this.#plan(context, backends, since), context, now)) return 'none'
    context.holdPermit.enter()
    try {
      // A request that waits uses no permit and no buffer of the pool.
      context.permit.whenEmpty(() => context.memory.leavePool?.())
      const end = await context.permit.releaseDuring(this.#wait(context, backends, since))
      if (end === 'none') this.#noteAnew(backends)
      return end
    } finally {
      context.holdPermit.leave()
      const ms = performance.now() - now
      this.#heldMs += ms
      this.#untoldMs += ms
    }
  }

  async #wait(
    context: RequestContext,
    backends: readonly Backend[],
    since: number,
  ): Promise<DispatchHoldEnd> {
    const { cancellation, givenUp } = context
    const isReady = (backend: Backend): boolean => this.#isReady(backend)
    for (;;) {
      const now = performance.now()
      const plan = this.#plan(context, backends, since)
      if (!isAhead(plan, context, now)) return 'none'
      if (plan.isEarly) this.#beginEarly(context)
      const waitMs = Math.min(endOf(plan, context) - now, HOLD_LOOK_MS)
      const end = await this.#parts.hold.wait({ backends, isReady, since }, waitMs, cancellation, givenUp)
      const told = endToTell(end)
      if (told !== undefined) return told
      this.#need(backends)
    }
  }

  #beginEarly({ early }: RequestContext): void {
    this.#wasEarly = true
    early?.arm()
  }

  #backends({ snapshot }: RequestContext): Backend[] {
    const names = new Set(this.#wanted.tiers.flatMap(({ pool }: Tier) => pool))
    return [...names].flatMap((name) => snapshot.get(name) ?? [])
  }

  #isBroken(backend: Backend): boolean {
    return this.#parts.monitor.isBrokenFor(backend, this.#wanted.models)
  }

  #isReady(backend: Backend): boolean {
    return this.#parts.availability.isReady(backend, this.#wanted.isText) && !this.#isBroken(backend)
  }

  /** Adds the backends that no request was sent to to the failures, each with its reason. */
  #noteHeldBack(backends: readonly Backend[]): void {
    const { availability } = this.#parts
    for (const backend of backends) {
      if (this.#progress.tried.has(backend.name)) continue
      const standing = availability.standingOf(backend.name)
      if (!availability.mayBeAsked(backend, this.#wanted.isText)) {
        this.#progress.noteNotAsked(backend, standing?.reason ?? 'not asked')
      } else if (this.#isBroken(backend)) this.#progress.noteNotAsked(backend, MODEL_BROKEN_REASON)
    }
  }

  /** One that was to start may be paused meanwhile, or its start has failed: the reasons from before the wait are old. */
  #noteAnew(backends: readonly Backend[]): void {
    const isHeldBack = (backend: Backend): boolean =>
      !this.#parts.availability.mayBeAsked(backend, this.#wanted.isText) || this.#isBroken(backend)
    if (this.#progress.tried.size > 0 || !backends.every(isHeldBack)) return
    this.#progress.restart()
    this.#noteHeldBack(backends)
  }

  /** Wakes or starts the backends that could answer. */
  #need(backends: readonly Backend[]): void {
    for (const backend of backends)
      this.#parts.availability.need(backend, this.#wanted.isText ? 'text' : 'image')
  }

  #plan(context: RequestContext, backends: readonly Backend[], since: number): HoldPlan | undefined {
    const { snapshot, startedAt, early } = context
    const { graceSeconds = DEFAULT_GRACE_SECONDS, beyondMinutes = 0 } = snapshot.config.hold ?? {}
    const facts: HoldFacts = {
      isText: this.#wanted.isText,
      isWaitedFor: isWaitedFor(this.#wanted.tiers),
      isComing: backends.some((backend) => this.#isComing(backend)),
      isComingForText: backends.some((backend) => this.#isComingForText(backend)),
      isStarting: backends.some((backend) => this.#parts.availability.isStarting(backend)),
      graceSeconds,
      wasReset: this.#progress.wasReset,
      hasWaited: this.#heldMs > 0,
      beyondMinutes: early === undefined ? 0 : beyondMinutes,
    }
    return planHold(facts, { startedAt, heldFrom: since }, this.#parts.holdLimits)
  }

  #isComing(backend: Backend): boolean {
    const standing = this.#parts.availability.standingOf(backend.name)
    return (standing !== undefined && !isAsked(standing.availability)) || this.#isBroken(backend)
  }

  #isComingForText(backend: Backend): boolean {
    const { availability } = this.#parts
    const standing = availability.standingOf(backend.name)?.availability
    return standing === 'starting' || (standing === 'waking' && availability.wakesOn(backend, 'text'))
  }
}

/** When the wait ends. Only with early headers it may exceed the time limit of the request. */
function endOf(plan: HoldPlan, { deadline }: RequestContext): number {
  return plan.isEarly ? plan.until : Math.min(plan.until, deadline)
}

function isAhead(plan: HoldPlan | undefined, context: RequestContext, now: number): plan is HoldPlan {
  return plan !== undefined && endOf(plan, context) > now
}

/** Undefined where the wait has to be planned again. @throws {ClientGone} */
function endToTell(end: HoldEnd): DispatchHoldEnd | undefined {
  if (end === 'aborted') throw new ClientGone()
  if (end === 'back' || end === 'replan' || end === 'stopped') return end
  if (end === 'given-up') return 'none'
  return undefined
}
