/**
 * Learns the number of requests that run on a backend at once from the times of its answers.
 *
 * A machine that works on S requests at a time answers in its base time T as long as no more than S are there; beyond,
 * they queue inside it, and n of them take T·n/S (Little's law: the throughput stays at S/T). So the queue inside is
 * n − n·T/R, R being the time that answers take now. TCP Vegas and Netflix's concurrency-limits steer by this figure, and
 * so does this: the limit moves until about one request queues inside, which makes it S + 1. Fewer would leave the
 * machine idle between an answer and the next request; more would let a search query stand behind images.
 *
 * The figure depends on T. The smallest time ever seen is too low by the jitter; a long mean of all times grows with the
 * queue that it should reveal; both are wrong after the speed of the machine changed. Therefore T is the mean of the
 * answers during which at most half of the limit was in flight, and now and then a probe lowers the limit to a half for
 * some answers. Half is always low enough: where half the limit still queues, the queue of the whole limit
 * is seen to be larger than one, and the limit falls until half of it does not queue. Before the limit falls a probe
 * always measures T anew, so that a machine that only became slower does not lose its slots.
 */
import { addTo, BaseTimes, type Sum } from './base-times.ts'
import {
  ANSWERS_PER_SLOT,
  BASE_ANSWERS_PER_SLOT,
  GROWTH,
  KNOWN_SHARE,
  LAST_SLOT_USED,
  MAX_SLOTS,
  MIN_ANSWERS,
  MIN_PROBE_ANSWERS,
  MIN_SLOTS,
  NEGLIGIBLE_QUEUE_MS,
  OVERLOAD_FACTOR,
  PROBE_ANSWERS_PER_SLOT,
  PROBE_EVERY_ANSWERS,
  PROBE_EVERY_MOST_MS,
  PROBE_EVERY_MS,
  PROBE_PATIENCE,
  PROBE_PATIENCE_MS,
  PROOF_LASTS_MS,
  QUEUE_TOLERANCE,
  REMEMBERED_ANSWERS,
  SLOTS_AT_START,
  SPEED_CHANGE,
} from './limits.ts'

/** A request in flight, as {@link ConcurrencyLimit.begin} gave it out. */
export interface Sample {
  readonly startedAt: number
  /** The most that were in flight during it. */
  most: number
  /** The window it was begun in. */
  readonly window: number
}

/** Times over which one limit is judged. */
interface Window {
  id: number
  readonly startedAt: number
  /** In flight × milliseconds. */
  area: number
  count: number
  readonly sums: Map<string, Sum>
}

/** What was learned of a backend's slots. */
export interface LearnedSlots {
  readonly limit: number
  /** The machine's own slots as they were last seen; absent until a queue was. */
  readonly seenSlots?: number
}

/** Learns the limit of one backend. Times are milliseconds on any clock that does not go back. */
export class ConcurrencyLimit {
  #limit: number
  /** A queue was seen at this limit: the machine works on one request less at a time. */
  #isProven = false
  #provenAt: number
  /** A queue was seen at any limit: the limit is about right. */
  #hasQueued: boolean
  /** The most slots that were in use without a queue. */
  #seenSlots: number
  readonly #base = new BaseTimes()
  readonly #running = new Set<Sample>()
  #window: Window
  #areaAt: number
  #isProbing = false
  /** The last probe ended right before this window. */
  #isFresh = false
  #probedAt: number
  /** The last answer, or the begin of the probe since then. */
  #answeredAt: number
  #probeEveryMs = PROBE_EVERY_MS
  /** Times taken by base times, at the last judgement of this limit. */
  #lastRatio: number | undefined
  /** The kind of work that took most of the time in the last window. */
  #mainWork: string | undefined
  /** The number of requests of the slowest kind that one slot answers in {@link NEGLIGIBLE_QUEUE_MS}; 0 without a base time. */
  #negligible = 0

  /** @param learned what was learned before */
  constructor(now: number, learned: LearnedSlots = { limit: SLOTS_AT_START }) {
    this.#limit = Math.min(MAX_SLOTS, Math.max(MIN_SLOTS, Math.round(learned.limit)))
    this.#seenSlots = learned.seenSlots ?? this.#limit
    this.#hasQueued = learned.seenSlots !== undefined
    this.#isProven = this.#seenSlots === this.#limit - 1
    this.#provenAt = now
    this.#probedAt = now
    this.#answeredAt = now
    this.#areaAt = now
    this.#window = this.#newWindow(now, 0)
  }

  /** What was learned: the machine's own slots and one more, or as many as queue inside for a negligible time. */
  get limit(): number {
    return Math.max(this.#limit, this.#negligible)
  }

  /** How many may run now: the limit, or half of it during a probe. */
  allowed(now: number): number {
    // Requests that hang must not keep the limit at a half.
    if (this.#isProbing && now - this.#answeredAt > this.#patienceMs) this.#endProbe(now)
    return this.#isProbing ? this.#halfDepth : this.limit
  }

  /**
   * How many the machine works on at a time. Until a queue was seen it is taken to be the whole limit, so that the
   * last slot is used and shows whether it is one.
   */
  get ownSlots(): number {
    return this.#isProven ? Math.max(1, this.#limit - 1) : this.#limit
  }

  /**
   * The slots of the machine that were seen in use. The estimate of when it begins with a request is based on these: the
   * last slot of a growing limit may be none of its own, and a request that queues there would count as begun.
   */
  get seenSlots(): number {
    return Math.min(this.#limit, this.#seenSlots)
  }

  /** What outlasts a restart. */
  learned(): LearnedSlots {
    return { limit: this.#limit, ...(this.#hasQueued ? { seenSlots: this.#seenSlots } : {}) }
  }

  /** A request was sent. */
  begin(now: number): Sample {
    this.#advance(now)
    if (this.#isProven && now - this.#provenAt > PROOF_LASTS_MS) this.#isProven = false
    const sample = { startedAt: now, most: 0, window: this.#window.id }
    this.#running.add(sample)
    const { size } = this.#running
    for (const running of this.#running) running.most = Math.max(running.most, size)
    return sample
  }

  /**
   * A request was answered.
   * @param work its kind, as `clip/visual`
   */
  succeed(now: number, sample: Sample, work: string): void {
    const tookMs = now - sample.startedAt
    this.forget(now, sample)
    this.#answeredAt = now
    const isClean = sample.most <= this.#halfDepth
    if (isClean && !this.#isProbing) this.#base.add(work, tookMs, this.#memory)
    if (sample.window !== this.#window.id || (this.#isProbing && !isClean)) return
    this.#window.count++
    addTo(this.#window.sums, work, tookMs)
    if (this.#isProbing) this.#mayEndProbe(now)
    else if (this.#window.count >= Math.max(MIN_ANSWERS, ANSWERS_PER_SLOT * this.#limit)) this.#judge(now)
  }

  /** A request ended without a time to learn from: failed, cancelled, or answered after the loading of a model. */
  forget(now: number, sample: Sample): void {
    this.#advance(now)
    this.#running.delete(sample)
  }

  /** The backend said that it has too much to do (429, 503). */
  overload(now: number, sample: Sample): void {
    this.forget(now, sample)
    // The request was sent before the last reduction, so its overload is no reason for another one.
    if (sample.window !== this.#window.id) return
    this.#moveTo(now, Math.max(MIN_SLOTS, Math.floor(this.#limit * OVERLOAD_FACTOR)))
  }

  get #halfDepth(): number {
    return Math.max(1, Math.floor(this.#limit / 2))
  }

  get #memory(): number {
    return Math.max(REMEMBERED_ANSWERS, 2 * BASE_ANSWERS_PER_SLOT * this.#limit)
  }

  #newWindow(now: number, id: number): Window {
    return { id, startedAt: now, area: 0, count: 0, sums: new Map() }
  }

  #advance(now: number): void {
    this.#window.area += (now - this.#areaAt) * this.#running.size
    this.#areaAt = now
  }

  #beginWindow(now: number): void {
    this.#window = this.#newWindow(now, this.#window.id + 1)
  }

  #beginProbe(now: number): void {
    this.#isProbing = true
    this.#answeredAt = now
    this.#beginWindow(now)
  }

  #mayEndProbe(now: number): void {
    const { count, sums } = this.#window
    const least =
      Math.max(MIN_PROBE_ANSWERS, PROBE_ANSWERS_PER_SLOT * this.#halfDepth) * (this.#isCoarse ? 2 : 1)
    const ofMain = this.#mainWork === undefined ? count : (sums.get(this.#mainWork)?.count ?? 0)
    if (count < least || (ofMain < MIN_PROBE_ANSWERS && count < PROBE_PATIENCE * least)) return
    const hasChanged = this.#base.hasChanged(sums)
    // A change drops all known times, so it is confirmed by twice the answers.
    if (hasChanged && count < 2 * least) return
    this.#base.addProbe(sums, this.#memory)
    const meanMs = [...sums.values()].reduce((total, { ms }) => total + ms, 0) / count
    const soonestMs = Math.max(PROBE_EVERY_MS, PROBE_EVERY_ANSWERS * meanMs)
    this.#probeEveryMs = hasChanged
      ? soonestMs
      : Math.max(soonestMs, Math.min(PROBE_EVERY_MOST_MS, this.#probeEveryMs * 2))
    this.#endProbe(now)
    this.#isFresh = true
  }

  #endProbe(now: number): void {
    const { longestMs } = this.#base
    this.#negligible = longestMs === 0 ? 0 : Math.min(MAX_SLOTS, Math.floor(NEGLIGIBLE_QUEUE_MS / longestMs))
    this.#probedAt = now
    this.#isProbing = false
    this.#lastRatio = undefined
    this.#beginWindow(now)
  }

  get #patienceMs(): number {
    return Math.max(PROBE_PATIENCE_MS, PROBE_PATIENCE * this.#base.longestMs)
  }

  /** There are enough answers at this limit: keeps it, moves it, or begins a probe first. */
  #judge(now: number): void {
    const { area, startedAt, sums } = this.#window
    this.#mainWork = mainWork(sums)
    const { baseMs, tookMs, knownShare } = this.#base.compare(sums, MIN_PROBE_ANSWERS)
    const ratio = tookMs / baseMs
    if (!this.#isFresh && (knownShare < KNOWN_SHARE || this.#isStale(now, ratio))) {
      this.#beginProbe(now)
      return
    }
    if (baseMs === 0) {
      this.#isFresh = false
      this.#beginWindow(now)
      return
    }
    this.#lastRatio = ratio
    this.#steer(now, area / Math.max(1, now - startedAt), ratio)
  }

  /**
   * Moves the limit by what queued inside the machine.
   * @param inFlight the mean of the window
   * @param ratio times taken by base times
   */
  #steer(now: number, inFlight: number, ratio: number): void {
    const wasFresh = this.#isFresh
    this.#isFresh = false
    const atWork = inFlight / ratio
    const queue = inFlight - atWork
    // The queue would be 0 if the last slot is one of the machine's own, else as long as that slot was in use. So the limit
    // between the two cases lies at a share of that use.
    const used = inFlight - this.#limit + 1
    const isBinding = used > LAST_SLOT_USED
    if (isBinding && queue < used * (1 - QUEUE_TOLERANCE)) {
      if (this.#isProven && !wasFresh) this.#beginProbe(now)
      else this.#moveTo(now, this.#limit + this.#step)
    } else if (this.#limit > 2 && queue > QUEUE_TOLERANCE && atWork < this.#limit - 1 - QUEUE_TOLERANCE) {
      this.#prove(now)
      if (!wasFresh) this.#beginProbe(now)
      else this.#moveTo(now, Math.max(Math.min(this.#limit - 1, Math.round(atWork) + 1), this.#halfDepth, 2))
    } else {
      if (isBinding && !this.#isProven && this.#isCoarse) {
        this.#beginProbe(now)
        return
      }
      if (isBinding) this.#prove(now)
      this.#beginWindow(now)
    }
  }

  /** Whether the base time has too few answers to tell one request more or less at this limit. */
  get #isCoarse(): boolean {
    return this.#base.weightOf(this.#mainWork) < BASE_ANSWERS_PER_SLOT * this.#limit
  }

  /** The limit grows by a share of itself until a queue was seen; after that it is about right, and grows by one. */
  get #step(): number {
    return !this.#hasQueued ? Math.max(1, Math.floor(this.#limit * GROWTH)) : 1
  }

  #prove(now: number): void {
    this.#isProven = true
    this.#provenAt = now
    this.#hasQueued = true
    this.#seenSlots = Math.max(1, this.#limit - 1)
  }

  /** Whether the base times may no longer be true. */
  #isStale(now: number, ratio: number): boolean {
    // No answer can be quicker than its true base time.
    if (ratio < 1 / SPEED_CHANGE) return true
    const change = ratio / (this.#lastRatio ?? ratio)
    if (change > SPEED_CHANGE || change < 1 / SPEED_CHANGE) return true
    return now - this.#probedAt >= this.#probeEveryMs
  }

  #moveTo(now: number, limit: number): void {
    const next = Math.min(MAX_SLOTS, limit)
    // After growth it is not known whether the machine has the new slot.
    this.#isProven = next < this.#limit
    this.#seenSlots = this.#isProven ? Math.max(1, next - 1) : this.#limit
    this.#provenAt = now
    this.#limit = next
    // The limit had been right, so the move may be due to an outdated base time: the next window begins with a probe.
    if (this.#hasQueued) this.#probedAt = -Infinity
    this.#isProbing = false
    this.#isFresh = false
    this.#lastRatio = undefined
    this.#beginWindow(now)
  }
}

/** The kind of work that took most of the time. */
function mainWork(sums: ReadonlyMap<string, Sum>): string | undefined {
  return [...sums].reduce<[string, number] | undefined>(
    (most, [work, { ms }]) => (most === undefined || ms > most[1] ? [work, ms] : most),
    undefined,
  )?.[0]
}
