/** The slots of the backends, and the queue for them: the scheduler with a clock and timers. */
import type { HealthStatus } from '../../src-shared/api.ts'
import type { Backend } from '../backends/backend.ts'
import type { BackendUse } from '../backends/health-state.ts'
import type { Cancellation } from '../platform/cancellation.ts'
import type { StateEntry, StateKey } from '../settings/state-file.ts'
import type { BackendLoad, End, Learned, Running } from './schedule/backend-load.ts'
import { BackendLoads } from './schedule/backend-loads.ts'
import { LOOK_AGAIN_MS } from './schedule/limits.ts'
import { Scheduler, type Ask, type Granted } from './schedule/scheduler.ts'
import { waitFor, type WaitEnd } from './queue.ts'

/** What a wait ends with: a slot, `none` when no backend is left to be tried, or why it ended without a slot. */
export type SlotWait =
  | Granted
  | 'aborted'
  /** None of these backends had a free slot for `waitedMs` milliseconds. */
  | { readonly kind: 'timeout'; readonly names: readonly string[]; readonly waitedMs: number }

export interface WaitOptions {
  /** How long it may wait for backends, milliseconds. */
  readonly patienceMs: (names: readonly string[]) => number
  /** When it ends at the latest, on the monotonic clock, milliseconds. */
  readonly deadline: number
  readonly cancellation: Cancellation
}

/** Owns the slots of the backends and the queue for them. Each slot that was taken is to be released by {@link end}. */
export class BackendSlots {
  readonly #scheduler = new Scheduler()
  readonly #loads: BackendLoads
  #lookAgain: NodeJS.Timeout | undefined
  /** Backends that are reserved for one prediction: the prediction, or how it is given its slot once it is alone. */
  readonly #reserved = new Map<BackendLoad, Running | (() => void)>()

  readonly #onEnd: () => void
  /** Slots that were released since the start. */
  ended = 0

  /**
   * @param remembered what was learned of a backend before a restart
   * @param onEnd called when a slot was released
   */
  constructor(remembered?: (key: StateKey) => Learned | undefined, onEnd: () => void = () => undefined) {
    this.#loads = new BackendLoads(remembered)
    this.#onEnd = onEnd
  }

  /** How many requests wait for a slot. */
  get waiting(): number {
    return this.#scheduler.waiting
  }

  /** Whether anything runs on a backend or waits for one. */
  get isBusy(): boolean {
    return this.#scheduler.waiting > 0 || this.#loads.isBusy
  }

  loadOf(backend: Backend): BackendLoad {
    return this.#loads.of(backend)
  }

  /** The load of a backend as it is shown. */
  useOf(backend: Backend): BackendUse {
    const { slots, inFlight, answerMs } = this.#loads.of(backend)
    return { slots, inFlight, answerMs, waiting: this.#scheduler.waitingFor(backend.name) }
  }

  /** What was learned of the backends in force. */
  learned(): StateEntry<Learned>[] {
    return this.#loads.learned()
  }

  /**
   * Takes a slot at once: `none` when no backend is left to be tried, undefined when all are full: then {@link wait}.
   */
  take(ask: Ask): Granted | undefined {
    return this.#scheduler.take(ask, performance.now())
  }

  /** Waits for a slot, after {@link take} found none. */
  wait(ask: Ask, { patienceMs, deadline, cancellation }: WaitOptions): Promise<SlotWait> {
    this.#lookAgain ??= setInterval(() => this.#look(), LOOK_AGAIN_MS)
    return new Promise((resolve) => {
      const since = performance.now()
      let timer: NodeJS.Timeout | undefined
      const end = (value: SlotWait): void => {
        clearTimeout(timer)
        cancellation.forget(onAbort)
        resolve(value)
      }
      const onAbort = (): void => {
        this.#scheduler.leave(waiter)
        end('aborted')
      }
      const onTimeout = (): void => {
        this.#scheduler.leave(waiter)
        end({ kind: 'timeout', names: waiter.names, waitedMs: performance.now() - since })
      }
      const limit = (names: readonly string[]): void => {
        clearTimeout(timer)
        const until = names.length === 0 ? deadline : Math.min(since + patienceMs(names), deadline)
        timer = setTimeout(onTimeout, Math.max(0, until - performance.now()))
      }
      const waiter = this.#scheduler.wait(ask, since, end, limit)
      if (timer === undefined) limit(waiter.names)
      cancellation.listen(onAbort)
    })
  }

  /** Releases a slot, which goes to the first waiter for it. */
  end(running: Running, how: End): void {
    const { load } = running
    this.ended++
    const reserved = this.#reserved.get(load)
    if (reserved === running) this.#endReserved(load)
    this.#scheduler.end(running, how, performance.now())
    if (typeof reserved === 'function' && load.inFlight === 0) reserved()
    this.#onEnd()
  }

  /**
   * Takes a slot once nothing else runs on the backend. No other request gets one until this slot is released.
   * One prediction at a time may ask for it.
   * @param work its kind
   * @param timeoutMs milliseconds
   */
  alone(
    backend: Backend,
    work: string,
    timeoutMs: number,
    cancellation: Cancellation,
  ): Promise<Running | WaitEnd> {
    const load = this.#loads.of(backend)
    load.isReserved = true
    const take = (): Running => {
      const running = load.begin({ work, isText: false, route: '' }, performance.now())
      this.#reserved.set(load, running)
      return running
    }
    if (load.inFlight === 0) return Promise.resolve(take())
    return waitFor<Running>(
      (grant) => {
        this.#reserved.set(load, () => grant(take()))
        return () => {
          this.#endReserved(load)
          this.rechoose()
        }
      },
      timeoutMs,
      cancellation,
    )
  }

  #endReserved(load: BackendLoad): void {
    this.#reserved.delete(load)
    load.isReserved = false
  }

  /** Takes over the backends of a configuration. */
  apply(backends: Iterable<Backend>): void {
    this.#loads.apply(backends)
    this.rechoose()
  }

  /** Takes in the health of a backend. */
  noteHealth(backend: Backend, status: HealthStatus): void {
    this.#loads.of(backend).noteHealth(status)
    this.rechoose()
  }

  /** Repeats the choice for the whole queue, after a change that it depends on. Waiters keep their positions. */
  rechoose(): void {
    this.#scheduler.serve(performance.now())
  }

  #look(): void {
    this.rechoose()
    if (this.#scheduler.waiting > 0) return
    clearInterval(this.#lookAgain)
    this.#lookAgain = undefined
  }
}
