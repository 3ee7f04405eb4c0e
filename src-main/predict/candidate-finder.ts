/** Finds the backend for the next attempt of a dispatch, and waits where all that could take it are full. */
import type { Backend, Snapshot } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { choose, type Candidate, type Choice } from '../../src-shared/routing/choose.ts'
import type { Tier } from '../../src-shared/routing/tiers.ts'
import type { BackendSlots } from './backend-slots.ts'
import type { RequestContext } from './context.ts'
import { QUEUE_TIMEOUT_MS } from './limits.ts'
import type { Progress } from './progress.ts'

export interface CandidateFinderOptions {
  readonly monitor: HealthMonitor
  readonly slots: BackendSlots
}

/** Asks the pure choice, takes the slot of the chosen backend, and waits where the choice says so. */
export class CandidateFinder {
  readonly #monitor: HealthMonitor
  readonly #slots: BackendSlots
  /** Where the round robin of each tier stands, by the tier's key. */
  readonly #roundRobin = new Map<string, number>()

  constructor({ monitor, slots }: CandidateFinderOptions) {
    this.#monitor = monitor
    this.#slots = slots
  }

  /**
   * Finds the next candidate and takes a slot on it, which the caller gives back.
   * @param progress what was tried already; told of a wait in vain
   * @returns `none` where no candidate or no time is left, `aborted` where the client went away
   */
  async next(
    tiers: readonly Tier[],
    progress: Progress,
    context: RequestContext,
  ): Promise<Backend | 'none' | 'aborted'> {
    const { snapshot, cancellation, deadline } = context
    /** Since when it waits for the same backends: a change of health makes the choice anew, but the wait no longer. */
    let waitedFrom: number | undefined
    while (performance.now() < deadline) {
      if (cancellation.cancelled) return 'aborted'
      const choice = this.#choose(tiers, progress, snapshot)
      if (choice.kind === 'none') return 'none'
      if (choice.kind === 'backend') return this.#take(choice, snapshot) ?? 'none'
      const backends = choice.names.flatMap((name) => snapshot.get(name) ?? [])
      const now = performance.now()
      waitedFrom ??= now
      const waitMs = Math.min(waitedFrom + longestWaitMs(backends), deadline) - now
      const end = await this.#slots.wait(backends, context.position, waitMs, cancellation)
      if (end === 'timeout') {
        progress.noteNoSlot(backends, performance.now() - waitedFrom)
        waitedFrom = undefined
      } else if (end !== 'changed') {
        return end
      }
    }
    return 'none'
  }

  #choose(tiers: readonly Tier[], progress: Progress, snapshot: Snapshot): Choice {
    return choose({
      tiers,
      tried: progress.tried,
      candidate: (name) => this.#candidate(snapshot, name),
      position: (key) => this.#roundRobin.get(key) ?? 0,
    })
  }

  #candidate(snapshot: Snapshot, name: string): Candidate | undefined {
    const backend = snapshot.get(name)
    if (backend === undefined) return undefined
    return { status: this.#monitor.statusOf(backend), hasFreeSlot: backend.hasFreeSlot }
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

/** As long as the most patient of them allows. */
function longestWaitMs(backends: readonly Backend[]): number {
  return Math.max(...backends.map(({ config }) => config.queueTimeoutMs ?? QUEUE_TIMEOUT_MS))
}
