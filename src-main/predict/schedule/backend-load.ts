/** The owner of one backend's slots: the requests that run there, their limit, and how long they are expected to take. */
import type { HealthStatus } from '../../../src-shared/api.ts'
import type { Speed } from '../../../src-shared/routing/by-speed.ts'
import type { CandidateStatus, Member } from '../../../src-shared/routing/share.ts'
import { ConcurrencyLimit, type LearnedSlots, type Sample } from '../slots/concurrency-limit.ts'
import { SlowStart } from '../slots/slow-start.ts'
import { MODELS_KEPT_MS } from './limits.ts'
import { WorkSpeeds, type LearnedSpeeds } from './work-speeds.ts'

/** A request on a backend. */
export interface Running {
  readonly load: BackendLoad
  /** Its kind, as `clip/visual`. */
  readonly work: string
  readonly isText: boolean
  /** The key of the route's first tier. */
  readonly route: string
  readonly sentAt: number
  /** The model was expected to be loaded for it. */
  readonly wasCold: boolean
  readonly expectedMs: number
  readonly sample: Sample
  /** When the machine began to work on it, estimated from its own slots; undefined while it queues inside the machine. */
  begunAt: number | undefined
}

/** How a request on a backend ended. */
export type End =
  | 'success'
  /** The backend failed, or the cause is not known. */
  | 'failure'
  /** 429 or 503: it has too much to do. */
  | 'overload'
  /** For a reason that tells nothing about the backend: the client hung up, or another backend was quicker. */
  | 'cancelled'

/** What was learned of a backend. */
export interface Learned {
  readonly slots: LearnedSlots
  readonly speeds: LearnedSpeeds
}

/** Requests in the proxy's queue that are expected to be sent to a backend before the one in question. */
export interface Waiting {
  readonly count: number
  readonly images: number
  readonly ms: number
}

const NOBODY: Waiting = { count: 0, images: 0, ms: 0 }

/** Slots, load and speed of one backend. Times are milliseconds on one clock that does not go back. */
export class BackendLoad {
  /** Texts that got a slot since the last image. */
  textsInRow = 0
  /** One request is to run alone on the backend: no other gets a slot. */
  isReserved = false
  #setLimit: number | undefined
  readonly #learned: ConcurrencyLimit
  readonly #slowStart = new SlowStart()
  readonly #speeds: WorkSpeeds
  /** In the order in which they were sent. */
  readonly #running: Running[] = []
  #usedAt: number
  #isAway = false
  #images = 0
  /** Since when images have taken all of its own slots; pauses shorter than an answer do not interrupt it. */
  #busyFrom: number | undefined
  #idleFrom: number | undefined

  /**
   * @param setLimit `maxConcurrent` where it is a number; else the limit is learned
   * @param learned what was learned before a restart
   */
  constructor(now: number, setLimit?: number, learned?: Learned) {
    this.#setLimit = setLimit
    this.#learned = new ConcurrencyLimit(now, learned?.slots)
    this.#speeds = new WorkSpeeds(learned?.speeds)
    this.#usedAt = now
  }

  get inFlight(): number {
    return this.#running.length
  }

  /** The limit as shown to the user: the number that was set, else the learned one. */
  get slots(): number {
    return this.#setLimit ?? this.#learned.limit
  }

  /** Milliseconds of an answer by kind of work, its model loaded and its time in the queue of the machine not counted. */
  get answerMs(): Record<string, number> {
    return this.#speeds.steady()
  }

  /** What outlasts a restart, as plain data. */
  learned(): Learned {
    return { slots: this.#learned.learned(), speeds: this.#speeds.learned() }
  }

  setLimit(limit: number | undefined): void {
    this.#setLimit = limit
  }

  /** The number of requests that may run now. */
  limit(now: number): number {
    if (this.isReserved) return 0
    if (this.#running.length === 0 && now - this.#usedAt >= MODELS_KEPT_MS) this.#slowStart.restart()
    return Math.min(this.#setLimit ?? this.#learned.allowed(now), this.#slowStart.allowed)
  }

  /** What the choice of a backend reads of this one. */
  member(status: CandidateStatus, now: number): Member {
    const limit = this.limit(now)
    return {
      status,
      inFlight: this.#running.length,
      limit,
      isLimitSet: this.#setLimit !== undefined && limit === this.#setLimit,
      isReturning: this.#slowStart.isReturning,
    }
  }

  /**
   * The expected times of a request of a kind of work, milliseconds.
   * @param waiting the requests in the queue that are expected to be sent here before it
   */
  speed(work: string, now: number, waiting: Waiting = NOBODY): Speed {
    const ownSlots = this.#ownSlots(now)
    const steadyMs = this.#speeds.steadyMs(work)
    let firstDoneMs = Infinity
    let queuedMs = waiting.ms
    this.#running.forEach(({ sentAt, begunAt, expectedMs }, index) => {
      if (index >= ownSlots) {
        queuedMs += expectedMs
        return
      }
      const since = now - (begunAt ?? sentAt)
      // A request at more than twice its expected time is expected to take as long again beyond that.
      firstDoneMs = Math.min(firstDoneMs, Math.max(expectedMs - since, since - 2 * expectedMs, 0))
    })
    return {
      serviceMs: this.#expectedMs(work, now),
      steadyMs,
      ownSlots,
      ahead: this.#running.length + waiting.count,
      imagesAhead: this.#images + waiting.images,
      firstDoneMs: firstDoneMs === Infinity ? 0 : firstDoneMs,
      queuedMs,
      busyMs: this.#busyMs(now, ownSlots, steadyMs),
      isTried: this.#speeds.isTried(work),
      passedOverMs: this.#speeds.passedOverMs(work),
    }
  }

  /** A request is sent to the backend. To be closed by {@link end}. */
  begin({ work, isText, route }: Pick<Running, 'work' | 'isText' | 'route'>, now: number): Running {
    if (!isText) this.#noteIdle(work, now)
    this.textsInRow = isText ? this.textsInRow + 1 : 0
    const ownSlots = this.#ownSlots(now)
    const running: Running = {
      load: this,
      work,
      isText,
      route,
      sentAt: now,
      wasCold: this.#speeds.mayLoad(work, now),
      expectedMs: this.#expectedMs(work, now),
      sample: this.#learned.begin(now),
      begunAt: this.#running.length < this.#seenSlots ? now : undefined,
    }
    this.#running.push(running)
    this.#speeds.use(work)
    this.#usedAt = now
    if (!isText) this.#images++
    if (this.#images >= ownSlots) this.#busyFrom ??= now
    return running
  }

  /** A request that this backend could have taken went to another one, where it is expected to take `ms`. */
  passOver(work: string, ms: number): void {
    this.#speeds.passOver(work, ms)
  }

  /** A request that was sent to the backend has ended. A second call for it does nothing. */
  end(running: Running, how: End, now: number): void {
    const at = this.#running.indexOf(running)
    if (at === -1) return
    this.#running.splice(at, 1)
    this.#usedAt = now
    if (!running.isText) this.#images--
    this.#learn(running, how, now)
    this.#running.forEach((other, index) => {
      if (index < this.#seenSlots) other.begunAt ??= now
    })
    if (this.#images < this.#ownSlots(now)) this.#idleFrom ??= now
  }

  /** The health of the backend changed. */
  noteHealth(status: HealthStatus): void {
    if (status === 'unhealthy') this.#isAway = true
    else if (status === 'healthy' && this.#isAway) this.cameBack()
  }

  /** The backend is healthy again after it was not: it has to load its models. */
  cameBack(): void {
    this.#isAway = false
    this.#slowStart.restart()
    this.#speeds.cool()
    this.#busyFrom = undefined
    this.#idleFrom = undefined
  }

  #ownSlots(now: number): number {
    return Math.max(1, Math.min(this.#setLimit ?? this.#learned.ownSlots, this.limit(now)))
  }

  get #seenSlots(): number {
    return this.#setLimit ?? this.#learned.seenSlots
  }

  /** No loading is expected where another request is loading the same model now. */
  #expectedMs(work: string, now: number): number {
    const isLoading = this.#running.some((running) => running.wasCold && running.work === work)
    const isCold = !isLoading && this.#speeds.isCold(work, now)
    return isCold ? this.#speeds.coldMs(work) : this.#speeds.steadyMs(work)
  }

  #learn(running: Running, how: End, now: number): void {
    const { work, sample, sentAt, begunAt } = running
    if (how !== 'success') {
      if (how === 'overload') this.#learned.overload(now, sample)
      else this.#learned.forget(now, sample)
      if (how === 'failure' && this.#slowStart.isReturning) this.#slowStart.restart()
      return
    }
    const tookMs = now - sentAt
    if (running.wasCold && this.#speeds.wasLoaded(work, tookMs)) {
      this.#learned.forget(now, sample)
      this.#speeds.addCold(work, tookMs, now)
    } else {
      this.#learned.succeed(now, sample, work)
      this.#speeds.addSteady(work, begunAt === undefined ? undefined : now - begunAt, now)
    }
    this.#slowStart.succeed(this.#setLimit ?? this.#learned.limit)
  }

  #busyMs(now: number, ownSlots: number, steadyMs: number): number {
    if (this.#busyFrom === undefined) return 0
    const isIdle = this.#images < ownSlots
    if (isIdle && this.#idleFrom !== undefined && now - this.#idleFrom > steadyMs) return 0
    return now - this.#busyFrom
  }

  /** An image begins: the busy time ends where the backend idled for longer than an image takes. */
  #noteIdle(work: string, now: number): void {
    if (this.#idleFrom !== undefined && now - this.#idleFrom > this.#speeds.steadyMs(work))
      this.#busyFrom = undefined
    this.#idleFrom = undefined
  }
}
