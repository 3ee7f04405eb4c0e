/**
 * The requests that wait for a backend to come back. Immich does not repeat a job that failed, so without the wait a
 * restart or the sleep of the only backend would lose all images that come meanwhile.
 */
import type { BackendAvailability } from '../backends/availability.ts'
import type { Backend } from '../backends/backend.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import { HOLD_PING_FOR_MS, HOLD_PING_MS } from './limits.ts'
import { waitFor } from './queue.ts'

/** The backends that a request waits for. */
export interface HoldWish {
  /** Those that may answer it. */
  readonly backends: readonly Backend[]
  /** Whether one of them can answer it now. */
  readonly isReady: (backend: Backend) => boolean
  /** When the request first found no backend, on the monotonic clock, milliseconds. */
  readonly since: number
}

/**
 * How a wait ended. `changed`: the availability of a backend changed, and none is ready. `replan`: another
 * configuration is in force. `given-up`: another part of the same prediction has failed for good. `stopped`: the
 * program ends.
 */
export type HoldEnd = 'back' | 'changed' | 'replan' | 'given-up' | 'stopped' | 'timeout' | 'aborted'
type Grant = Exclude<HoldEnd, 'timeout' | 'aborted'>

interface Held extends HoldWish {
  readonly grant: (how: Grant) => void
}

/** Owns the requests that wait for a backend to come back. */
export class Hold {
  readonly #monitor: HealthMonitor
  readonly #availability: BackendAvailability
  readonly #held = new Set<Held>()
  #pings: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(monitor: HealthMonitor, availability: BackendAvailability) {
    this.#monitor = monitor
    this.#availability = availability
    availability.on('change', (name) => this.#changed(name))
    // Repeated on a timer too, since some changes have no event, such as the end of a bench.
    availability.on('update', () => this.#release())
  }

  /** The number of requests that wait. */
  get size(): number {
    return this.#held.size
  }

  /** The number of requests that wait for a pause to end: a backend that could answer them is paused. */
  get waitingForPause(): number {
    const isPaused = ({ name }: Backend): boolean =>
      this.#availability.standingOf(name)?.availability === 'paused'
    let count = 0
    for (const { backends } of this.#held) if (backends.some(isPaused)) count++
    return count
  }

  /** The number of requests that wait for this backend, alone or among others. */
  waitingFor(backend: Backend): number {
    let count = 0
    for (const { backends } of this.#held) if (backends.includes(backend)) count++
    return count
  }

  /**
   * Waits until one of the backends can answer, or the wait has to be planned again. During a wait the backends are
   * pinged every {@link HOLD_PING_MS}.
   * @param timeoutMs milliseconds
   * @param givenUp cancelled where the answer cannot be used any more
   */
  async wait(
    wish: HoldWish,
    timeoutMs: number,
    cancellation: Cancellation,
    givenUp: Cancellation,
  ): Promise<HoldEnd> {
    if (this.#isStopped) return 'stopped'
    if (givenUp.cancelled) return 'given-up'
    if (wish.backends.some(wish.isReady)) return 'back'
    let onGivenUp = (): void => undefined
    const end = await waitFor<Grant>(
      (grant) => {
        const held = { ...wish, grant }
        this.#held.add(held)
        this.#pings ??= setInterval(() => this.#ping(), HOLD_PING_MS)
        onGivenUp = (): void => this.#end(held, 'given-up')
        givenUp.listen(onGivenUp)
        return () => this.#remove(held)
      },
      timeoutMs,
      cancellation,
    )
    givenUp.forget(onGivenUp)
    return end
  }

  /** To be called when another configuration is in force: all waits end with `replan`. */
  replan(): void {
    for (const held of [...this.#held]) this.#end(held, 'replan')
  }

  /** Ends all waits, and those to come: the program ends. */
  stop(): void {
    this.#isStopped = true
    for (const held of [...this.#held]) this.#end(held, 'stopped')
  }

  #changed(name: string): void {
    for (const held of [...this.#held]) {
      const backend = held.backends.find((one) => one.name === name)
      if (backend !== undefined) this.#end(held, held.isReady(backend) ? 'back' : 'changed')
    }
  }

  #release(): void {
    for (const held of [...this.#held]) if (held.backends.some(held.isReady)) this.#end(held, 'back')
  }

  #end(held: Held, how: Grant): void {
    this.#remove(held)
    held.grant(how)
  }

  #remove(held: Held): void {
    this.#held.delete(held)
    if (this.#held.size > 0) return
    clearInterval(this.#pings)
    this.#pings = undefined
  }

  #ping(): void {
    const now = performance.now()
    const recent = [...this.#held].filter(({ since }) => now - since < HOLD_PING_FOR_MS)
    for (const backend of new Set(recent.flatMap(({ backends }) => backends)))
      void this.#monitor.check(backend)
  }
}
