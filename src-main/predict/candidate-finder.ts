/** Finds the backend for the next attempt of a dispatch, and waits where all that could take it are full. */
import type { BackendAvailability } from '../backends/availability.ts'
import type { Backend, Snapshot } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { choose, type Candidate, type Choice } from '../../src-shared/routing/choose.ts'
import type { Tier } from '../../src-shared/routing/tiers.ts'
import type { BackendSlots, SlotWait } from './backend-slots.ts'
import type { RequestContext } from './context.ts'
import { IMAGE_WAIT_MS, TEXT_WAIT_MS } from './limits.ts'
import type { Progress } from './progress.ts'
import type { QueuePosition } from './queue.ts'

export interface CandidateFinderOptions {
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly slots: BackendSlots
}

/** What a backend is looked for. */
export interface DispatchToSend {
  readonly tiers: readonly Tier[]
  readonly tasks: readonly string[]
  /** All entries of the request are text queries. */
  readonly isText: boolean
  /** Its models, as `clip/visual/ViT-B-32__openai`; asked where a backend could not load one. */
  readonly models: () => readonly string[]
}

/** Asks the pure choice, takes the slot of the chosen backend, and waits where the choice says so. */
export class CandidateFinder {
  readonly #monitor: HealthMonitor
  readonly #availability: BackendAvailability
  readonly #slots: BackendSlots
  /** Where the round robin of each tier stands, by the tier's key. */
  readonly #roundRobin = new Map<string, number>()

  constructor({ monitor, availability, slots }: CandidateFinderOptions) {
    this.#monitor = monitor
    this.#availability = availability
    this.#slots = slots
  }

  /**
   * Finds the next candidate and takes a slot on it, which the caller releases.
   * @param dispatch what is to be answered, and by whom it may be
   * @param progress what was tried already; told of a wait in vain
   * @throws {AppError} BUSY (503) where the prediction waited for its place in flight in vain
   * @throws {ClientGone} where the client went away during that
   * @returns `none` where no candidate or no time is left, `aborted` where the client went away
   */
  async next(
    dispatch: DispatchToSend,
    progress: Progress,
    context: RequestContext,
  ): Promise<Backend | 'none' | 'aborted'> {
    const { snapshot, cancellation, deadline } = context
    /** Since when it waits for the same backends: a change of health makes the choice anew, but the wait no longer. */
    let waitedFrom: number | undefined
    while (performance.now() < deadline) {
      if (cancellation.cancelled) return 'aborted'
      const choice = this.#choose(dispatch, progress, snapshot)
      if (choice.kind === 'none') return 'none'
      if (choice.kind === 'backend') return this.#take(choice, snapshot) ?? 'none'
      const backends = choice.names.flatMap((name) => snapshot.get(name) ?? [])
      const now = performance.now()
      waitedFrom ??= now
      const waitMs = Math.min(waitedFrom + longestWaitMs(backends, context.position), deadline) - now
      const end = await this.#wait(backends, waitMs, context)
      if (end === 'timeout') {
        progress.noteNoSlot(backends, performance.now() - waitedFrom)
        waitedFrom = undefined
      } else if (end !== 'changed') {
        return end
      }
    }
    return 'none'
  }

  /** Takes a slot on a candidate that is healthy and answers its pings, at once; undefined where there is none. */
  another(dispatch: DispatchToSend, progress: Progress, { snapshot }: RequestContext): Backend | undefined {
    const choice = this.#choose(dispatch, progress, snapshot, true)
    return choice.kind === 'backend' ? this.#take(choice, snapshot) : undefined
  }

  /** Whether there is a candidate that is healthy and answers its pings, with a free slot or without. */
  hasAnother(dispatch: DispatchToSend, progress: Progress, { snapshot }: RequestContext): boolean {
    return this.#choose(dispatch, progress, snapshot, true).kind !== 'none'
  }

  /** Waits for a slot, outside: what waits holds no place in flight. */
  async #wait(
    backends: readonly Backend[],
    waitMs: number,
    { position, place, cancellation }: RequestContext,
  ): Promise<SlotWait> {
    const waiting = this.#slots.wait(backends, position, waitMs, cancellation)
    try {
      return await place.outside(waiting)
    } catch (error) {
      // It was granted a slot but no place in flight.
      const end = await waiting
      if (typeof end === 'object') this.#slots.release(end)
      throw error
    }
  }

  #choose(wanted: DispatchToSend, progress: Progress, snapshot: Snapshot, isHealthyOnly = false): Choice {
    return choose({
      tiers: wanted.tiers,
      tried: progress.tried,
      candidate: (name) => {
        const candidate = this.#candidate(snapshot, name, wanted)
        return isHealthyOnly && candidate?.status !== 'healthy' ? undefined : candidate
      },
      position: (key) => this.#roundRobin.get(key) ?? 0,
    })
  }

  #candidate(
    snapshot: Snapshot,
    name: string,
    { tasks, isText, models }: DispatchToSend,
  ): Candidate | undefined {
    const backend = snapshot.get(name)
    if (backend === undefined || !this.#availability.mayBeAsked(backend, isText)) return undefined
    // To ask again for a model that it could not load would keep it broken.
    if (this.#monitor.isBrokenFor(backend, models)) return undefined
    // Benched for a task, or paused and kept for searches, it counts as unhealthy: it is tried only where no other is left.
    const isLast = this.#monitor.isBenchedFor(backend, tasks) || this.#availability.isReserved(backend)
    const health = isLast ? 'unhealthy' : this.#monitor.statusOf(backend)
    const status = health !== 'unhealthy' && this.#monitor.isLate(backend) ? 'late' : health
    return { status, hasFreeSlot: backend.hasFreeSlot }
  }

  #take(
    { name, tier, position }: Extract<Choice, { kind: 'backend' }>,
    snapshot: Snapshot,
  ): Backend | undefined {
    this.#roundRobin.set(tier.key, position)
    const backend = snapshot.get(name)
    if (backend !== undefined) this.#slots.take(backend)
    return backend
  }
}

/** The longest wait that any of the backends allows, milliseconds. */
function longestWaitMs(backends: readonly Backend[], { isText }: QueuePosition): number {
  const usualMs = isText ? TEXT_WAIT_MS : IMAGE_WAIT_MS
  return Math.max(...backends.map(({ config }) => config.queueTimeoutMs ?? usualMs))
}
