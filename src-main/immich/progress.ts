/**
 * The progress of Immich's queues: Immich's own counts, and how many images were done here per minute. Every method is
 * given the time.
 */
import {
  GUARDED_TASKS,
  guardedTask,
  QUEUE_OF_TASK,
  type GuardedTask,
  type Progress,
} from '../../src-shared/immich.ts'
import type { Queues } from './answers.ts'
import {
  AT_WORK_MS,
  ETA_AFTER_MS,
  LOOK_MS,
  POLL_AT_WORK_MS,
  POLL_LOOKED_AT_MS,
  RATE_STEP_MS,
  RATE_WINDOW_MS,
} from './limits.ts'

const STEPS = RATE_WINDOW_MS / RATE_STEP_MS
const MINUTE_MS = 60_000

/** Images done per minute, as an average over {@link RATE_WINDOW_MS}, in steps of {@link RATE_STEP_MS}. */
export class Rate {
  /** How many in each step, by the step's number modulo {@link STEPS}. */
  readonly #counts = new Uint32Array(STEPS)
  /** The number of the newest step. */
  #step = -Infinity
  /** When the first image of the window was done; the average begins there. */
  #firstAt = 0

  add(now: number): void {
    this.#forgetOld(now)
    if (this.#sum() === 0) this.#firstAt = now
    const index = this.#step % STEPS
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** Milliseconds of data: from the first image in the window on. */
  spanMs(now: number): number {
    this.#forgetOld(now)
    return this.#sum() === 0 ? 0 : Math.min(RATE_WINDOW_MS, now - this.#firstAt)
  }

  perMinute(now: number): number {
    const spanMs = this.spanMs(now)
    // A rate over the first moments is too uncertain.
    return spanMs === 0 ? 0 : (this.#sum() / Math.max(spanMs, RATE_STEP_MS)) * MINUTE_MS
  }

  #sum(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  #forgetOld(now: number): void {
    const step = Math.floor(now / RATE_STEP_MS)
    if (step <= this.#step) return
    const first = Math.max(this.#step + 1, step - STEPS + 1)
    for (let old = first; old <= step; old++) this.#counts[old % STEPS] = 0
    this.#step = step
  }
}

/**
 * Owns Immich's last counts and the rates of images done here. Tells the guard how often to ask Immich for its counts.
 */
export class ProgressKeeper {
  readonly #rates = new Map(GUARDED_TASKS.map((task) => [task, new Rate()]))
  #queues: Queues | undefined
  #lookedAt = -Infinity
  #workedAt = -Infinity

  /**
   * An image was answered with success.
   * @param task of its request, in either spelling
   * @param now milliseconds of a clock that never goes back, as everywhere here
   */
  succeeded(task: string, now: number): void {
    const known = guardedTask(task)
    if (known === undefined) return
    this.#rates.get(known)?.add(now)
    this.#workedAt = now
  }

  /** Takes in that an image came, whether it is answered or not. */
  worked(now: number): void {
    this.#workedAt = now
  }

  /** A page, or the tray's tooltip, shows the progress. */
  looked(now: number): void {
    this.#lookedAt = now
  }

  /** Takes in Immich's last counts; undefined where there is none to ask. */
  read(queues: Queues | undefined): void {
    this.#queues = queues
  }

  /** How often Immich is to be asked for its counts, milliseconds; undefined for not at all. */
  pollMs(now: number): number | undefined {
    if (now - this.#lookedAt < LOOK_MS) return POLL_LOOKED_AT_MS
    return now - this.#workedAt < AT_WORK_MS ? POLL_AT_WORK_MS : undefined
  }

  progress(now: number): Progress {
    const of = (task: GuardedTask): Progress[GuardedTask] => this.#of(task, now)
    return { clip: of('clip'), 'facial-recognition': of('facial-recognition'), ocr: of('ocr') }
  }

  #of(task: GuardedTask, now: number): Progress[GuardedTask] {
    const rate = this.#rates.get(task)
    const ratePerMinute = rate?.perMinute(now) ?? 0
    const queue = this.#queues?.get(QUEUE_OF_TASK[task])
    const remaining = queue?.remaining ?? null
    const isForetold =
      remaining !== null &&
      remaining > 0 &&
      queue?.isPaused === false &&
      ratePerMinute > 0 &&
      (rate?.spanMs(now) ?? 0) >= ETA_AFTER_MS
    return {
      remaining,
      ratePerMinute: Math.round(ratePerMinute * 10) / 10,
      etaSeconds: isForetold ? Math.round((remaining / ratePerMinute) * 60) : null,
    }
  }
}
