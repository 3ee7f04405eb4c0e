/** Finds the backend for the next attempt of a dispatch, and waits while all candidates are full. */
import type { BackendAvailability } from '../backends/availability.ts'
import type { Backend } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { CandidateStatus } from '../../src-shared/routing/share.ts'
import type { Tier } from '../../src-shared/routing/tiers.ts'
import type { BackendSlots, SlotWait } from './backend-slots.ts'
import type { RequestContext } from './context.ts'
import { IMAGE_WAIT_MS, TEXT_WAIT_MS } from './limits.ts'
import type { JudgedDispatch, Progress } from './progress.ts'
import type { QueuePosition } from './queue.ts'
import type { Running } from './schedule/backend-load.ts'
import type { Ask, Granted } from './schedule/scheduler.ts'

export interface CandidateFinderOptions {
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly slots: BackendSlots
}

/** The dispatch that needs a backend. */
export interface DispatchToSend extends JudgedDispatch {
  readonly tiers: readonly Tier[]
  /** Its kind, as `clip/visual`: times are kept for each. */
  readonly work: string
}

/** A backend with a slot that was taken on it, to be released by `BackendSlots.end`. */
export interface Taken {
  readonly backend: Backend
  readonly running: Running
}

/** What a search for a candidate ends with. */
export type Found = Taken | 'none' | 'aborted'

/** Takes slots from the scheduler, by the present health of the backends. */
export class CandidateFinder {
  readonly #monitor: HealthMonitor
  readonly #availability: BackendAvailability
  readonly #slots: BackendSlots

  constructor({ monitor, availability, slots }: CandidateFinderOptions) {
    this.#monitor = monitor
    this.#availability = availability
    this.#slots = slots
  }

  /**
   * Finds the next candidate and takes a slot on it, which the caller releases.
   * @param dispatch the dispatch, with the tiers of backends that may answer it
   * @param progress what was tried already; takes in waits that ended without a slot
   * @throws {AppError} BUSY (503) where no permit became free for the prediction after its wait for a slot
   * @throws {ClientGone} where the client went away during that
   * @returns at once where it need not wait: a slot, `none` where no candidate or no time is left, or `aborted` where
   *   the client went away
   */
  next(dispatch: DispatchToSend, progress: Progress, context: RequestContext): Found | Promise<Found> {
    const ask = this.#ask(dispatch, progress, context)
    return this.#now(ask, context) ?? this.#later(ask, progress, context)
  }

  /** Takes a slot where one is free; undefined where all candidates are full. */
  #now(ask: Ask, context: RequestContext): Found | undefined {
    if (performance.now() >= context.deadline) return 'none'
    if (context.cancellation.cancelled) return 'aborted'
    const end = this.#slots.take(ask)
    return typeof end === 'object' ? this.#taken(end, ask, context) : end
  }

  /** Waits for a slot: of all candidates, then of those that are left after a wait without one. */
  async #later(ask: Ask, progress: Progress, context: RequestContext): Promise<Found> {
    for (;;) {
      const end = await this.#wait(ask, context)
      if (end === 'none' || end === 'aborted') return end
      if ('load' in end) return this.#taken(end, ask, context)
      const backends = end.names.flatMap((name) => context.snapshot.get(name) ?? [])
      progress.noteNoSlot(backends, end.waitedMs)
      const found = this.#now(ask, context)
      if (found !== undefined) return found
    }
  }

  /** Takes a slot on a candidate that is healthy and answers its pings, at once; undefined where there is none. */
  another(dispatch: DispatchToSend, progress: Progress, context: RequestContext): Taken | undefined {
    // Round-robin, since a share that waits for the best backend would find none at once.
    const tiers = dispatch.tiers.map((tier) => ({ ...tier, share: 'round-robin' as const }))
    const ask = this.#ask({ ...dispatch, tiers }, progress, context, true)
    const taken: Granted | undefined = this.#slots.take(ask)
    return taken === undefined || taken === 'none' ? undefined : this.#taken(taken, ask, context)
  }

  /** Whether there is a candidate that is healthy and answers its pings, with a free slot or without. */
  hasAnother(dispatch: DispatchToSend, progress: Progress, context: RequestContext): boolean {
    const { candidate } = this.#ask(dispatch, progress, context, true)
    return dispatch.tiers.some(({ pool }) =>
      pool.some((name) => !progress.tried.has(name) && candidate(name) !== undefined),
    )
  }

  /** Waits for a slot. The prediction's permit is released meanwhile. */
  async #wait(ask: Ask, context: RequestContext): Promise<SlotWait> {
    const { snapshot, position, permit, cancellation, deadline } = context
    const patienceMs = (names: readonly string[]): number =>
      longestWaitMs(
        names.flatMap((name) => snapshot.get(name) ?? []),
        position,
      )
    const waiting = this.#slots.wait(ask, { patienceMs, deadline, cancellation })
    try {
      return await permit.releaseDuring(waiting)
    } catch (error) {
      // The wait ended with a slot, but the prediction got no permit: the slot is released.
      const end = await waiting
      if (typeof end === 'object' && 'load' in end) this.#slots.end(end, 'cancelled')
      throw error
    }
  }

  #ask(
    wanted: DispatchToSend,
    progress: Progress,
    { snapshot, position }: RequestContext,
    isHealthyOnly = false,
  ): Ask {
    return {
      tiers: wanted.tiers,
      tried: progress.tried,
      isText: position.isText,
      work: wanted.work,
      order: position.number,
      isToBeAlone: progress.wasReset && !position.isText,
      candidate: (name) => {
        const backend = snapshot.get(name)
        if (backend === undefined) return undefined
        const status = this.#statusOf(backend, wanted)
        if (status === undefined || (isHealthyOnly && status !== 'healthy')) return undefined
        return { load: this.#slots.loadOf(backend), status }
      },
    }
  }

  /** All that decides whether a backend may be chosen; undefined where no request may be sent to it now. */
  #statusOf(backend: Backend, { tasks, isText, models }: DispatchToSend): CandidateStatus | undefined {
    if (!this.#availability.mayBeAsked(backend, isText)) return undefined
    // Another request for a model that it could not load would keep it broken.
    if (this.#monitor.isBrokenFor(backend, models)) return undefined
    const health = this.#monitor.statusOf(backend)
    if (health === 'unhealthy') return this.#monitor.isLastResort(backend) ? 'failing' : health
    // Benched for a task, or paused and kept for searches.
    const isSpared = this.#monitor.isBenchedFor(backend, tasks) || this.#availability.isReserved(backend)
    if (isSpared) return 'spared'
    return this.#monitor.isLate(backend) ? 'late' : health
  }

  #taken(running: Running, { tiers }: Ask, { snapshot }: RequestContext): Taken {
    for (const { pool } of tiers) {
      for (const name of pool) {
        const backend = snapshot.get(name)
        if (backend !== undefined && this.#slots.loadOf(backend) === running.load) return { backend, running }
      }
    }
    throw new Error('A slot was given on a backend that was not asked for')
  }
}

/** The longest wait that any of the backends allows, milliseconds. */
function longestWaitMs(backends: readonly Backend[], { isText }: QueuePosition): number {
  const usualMs = isText ? TEXT_WAIT_MS : IMAGE_WAIT_MS
  return Math.max(...backends.map(({ config }) => config.queueTimeoutMs ?? usualMs))
}
