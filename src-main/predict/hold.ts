/**
 * Holds images while every backend that may answer them is down, until one of these comes back: Immich does not repeat a
 * job that failed, and a restart of the only backend would lose all that comes meanwhile.
 */
import type { Backend } from '../backends/backend.ts'
import type { BackendAvailability } from '../backends/availability.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { HOLD_PING_MS } from './limits.ts'
import { waitFor } from './queue.ts'

interface Held {
  readonly backends: readonly Backend[]
  readonly grant: (how: 'back' | 'given-up') => void
}

/** How a hold ended. `given-up`: another part of the same prediction has failed for good. */
export type HoldEnd = 'back' | 'given-up' | 'timeout' | 'aborted'

/** Owns the images that wait for a backend to come back. */
export class Hold {
  readonly #monitor: HealthMonitor
  readonly #availability: BackendAvailability
  readonly #held = new Set<Held>()
  #pings: NodeJS.Timeout | undefined

  constructor(monitor: HealthMonitor, availability: BackendAvailability) {
    this.#monitor = monitor
    this.#availability = availability
    availability.on('change', () => this.#release())
  }

  /** How many wait. */
  get size(): number {
    return this.#held.size
  }

  /**
   * Waits until one of the backends is healthy; while somebody waits, they are pinged every {@link HOLD_PING_MS}.
   * @param timeoutMs milliseconds
   * @param givenUp is cancelled where the answer is of no use any more
   */
  async wait(
    backends: readonly Backend[],
    timeoutMs: number,
    cancellation: Cancellation,
    givenUp: Cancellation,
  ): Promise<HoldEnd> {
    if (givenUp.cancelled) return 'given-up'
    if (this.#isBack(backends)) return 'back'
    let onGivenUp = (): void => undefined
    const end = await waitFor<'back' | 'given-up'>(
      (grant) => {
        const held = { backends, grant }
        this.#held.add(held)
        this.#pings ??= setInterval(() => this.#ping(), HOLD_PING_MS)
        onGivenUp = (): void => {
          this.#remove(held)
          grant('given-up')
        }
        givenUp.listen(onGivenUp)
        return () => this.#remove(held)
      },
      timeoutMs,
      cancellation,
    )
    givenUp.forget(onGivenUp)
    return end
  }

  #isBack(backends: readonly Backend[]): boolean {
    return backends.some((backend) => this.#availability.isReady(backend, false))
  }

  #release(): void {
    for (const held of [...this.#held]) {
      if (!this.#isBack(held.backends)) continue
      this.#remove(held)
      held.grant('back')
    }
  }

  #remove(held: Held): void {
    this.#held.delete(held)
    if (this.#held.size > 0) return
    clearInterval(this.#pings)
    this.#pings = undefined
  }

  #ping(): void {
    const backends = new Set([...this.#held].flatMap((held) => held.backends))
    for (const backend of backends) void this.#monitor.check(backend)
  }
}
