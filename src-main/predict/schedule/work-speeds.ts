/** The times that a backend takes for each kind of work, with its model loaded and with the loading. */
import { COLD_START_LEAST_MS, COLD_START_MS, MODELS_KEPT_MS, SPEED_WEIGHT } from './limits.ts'
import { dropLeastRecent } from '../slots/base-times.ts'
import { MAX_WORKS } from '../slots/limits.ts'

interface WorkSpeed {
  /** Moving average of the time of an answer, its time in the queue of the machine not counted. */
  steadyMs: number | undefined
  answers: number
  coldMs: number | undefined
  /** The last answer since the backend came back. */
  answeredAt: number | undefined
  isTried: boolean
  passedOverMs: number
  /** The number of its last use; see {@link dropLeastRecent}. */
  used: number
}

/** Milliseconds by kind of work. */
export type LearnedSpeeds = Readonly<
  Record<string, { readonly steadyMs?: number | undefined; readonly coldMs?: number | undefined }>
>

function isRecent(answeredAt: number | undefined, now: number): boolean {
  return answeredAt !== undefined && now - answeredAt < MODELS_KEPT_MS
}

/** The times of one backend, milliseconds, for the {@link MAX_WORKS} kinds of work that were used last. */
export class WorkSpeeds {
  readonly #speeds = new Map<string, WorkSpeed>()
  #uses = 0
  /** The last answer of any kind since it came back. */
  #answeredAt: number | undefined

  constructor(learned: LearnedSpeeds = {}) {
    for (const [work, { steadyMs, coldMs }] of Object.entries(learned).slice(0, MAX_WORKS)) {
      Object.assign(this.#speed(work), { steadyMs, coldMs, isTried: true })
    }
  }

  /** What outlasts a restart: the kinds of work that were measured. */
  learned(): LearnedSpeeds {
    const known = [...this.#speeds].filter(([, { steadyMs, coldMs }]) => (steadyMs ?? coldMs) !== undefined)
    return Object.fromEntries(known.map(([work, { steadyMs, coldMs }]) => [work, { steadyMs, coldMs }]))
  }

  /** Milliseconds of an answer with its model loaded, by kind of work. */
  steady(): Record<string, number> {
    const known = [...this.#speeds].flatMap(([work, { steadyMs }]) =>
      steadyMs === undefined ? [] : [[work, Math.round(steadyMs * 10) / 10] as const],
    )
    return Object.fromEntries(known)
  }

  /** Whether the next answer may include the loading of its model, whose time is averaged apart. */
  mayLoad(work: string, now: number): boolean {
    return !isRecent(this.#speeds.get(work)?.answeredAt, now)
  }

  /**
   * Whether the next answer is expected to include the loading of its model: the backend has answered nothing for
   * {@link MODELS_KEPT_MS}, or not this kind of work, whose loading was measured before.
   */
  isCold(work: string, now: number): boolean {
    if (!this.mayLoad(work, now)) return false
    return !isRecent(this.#answeredAt, now) || this.#speeds.get(work)?.coldMs !== undefined
  }

  /**
   * The time of an answer with its model loaded. Before one was measured: the time with the loading, else the mean of the
   * other kinds of work, so that the faster of two backends gets the first text too.
   */
  steadyMs(work: string): number {
    const speed = this.#speeds.get(work)
    return speed?.steadyMs ?? speed?.coldMs ?? this.#meanMs ?? COLD_START_MS
  }

  get #meanMs(): number | undefined {
    let [sum, count] = [0, 0]
    for (const { steadyMs } of this.#speeds.values()) {
      if (steadyMs === undefined) continue
      sum += steadyMs
      count++
    }
    return count === 0 ? undefined : sum / count
  }

  /** Time of an answer whose model must be loaded first. */
  coldMs(work: string): number {
    const speed = this.#speeds.get(work)
    return Math.max(speed?.coldMs ?? COLD_START_MS, speed?.steadyMs ?? 0)
  }

  /** Whether the backend ever got a request of a kind. */
  isTried(work: string): boolean {
    return this.#speeds.get(work)?.isTried ?? false
  }

  /** The expected time of the requests of a kind that other backends got since this one had one, summed up. */
  passedOverMs(work: string): number {
    return this.#speeds.get(work)?.passedOverMs ?? 0
  }

  /** Another backend got a request of a kind, which is expected to take `ms` there. */
  passOver(work: string, ms: number): void {
    this.#speed(work).passedOverMs += ms
  }

  /** The backend gets a request of a kind. */
  use(work: string): void {
    const speed = this.#speed(work)
    speed.isTried = true
    speed.passedOverMs = 0
  }

  /** The backend was away, so its models are no longer loaded. */
  cool(): void {
    this.#answeredAt = undefined
    for (const speed of this.#speeds.values()) speed.answeredAt = undefined
  }

  /**
   * Averages an answer with its model loaded.
   * @param serviceMs its time without the queue inside the machine; undefined where that is not known
   */
  addSteady(work: string, serviceMs: number | undefined, now: number): void {
    const speed = this.#speed(work)
    speed.answeredAt = now
    this.#answeredAt = now
    if (serviceMs === undefined) return
    speed.answers++
    const weight = Math.max(SPEED_WEIGHT, 1 / speed.answers)
    speed.steadyMs = (speed.steadyMs ?? 0) * (1 - weight) + serviceMs * weight
  }

  /** Stores the time of an answer that included the loading of its model. */
  addCold(work: string, tookMs: number, now: number): void {
    const speed = this.#speed(work)
    speed.answeredAt = now
    this.#answeredAt = now
    speed.coldMs = tookMs
  }

  /**
   * Whether an answer after {@link mayLoad} included the loading of its model. After a rest of 300 s it did. After a start
   * of the proxy or of the backend the model may have been loaded already, so that the time decides.
   */
  wasLoaded(work: string, tookMs: number): boolean {
    const speed = this.#speeds.get(work)
    if (speed?.answeredAt !== undefined) return true
    return tookMs >= Math.max(COLD_START_LEAST_MS, 2 * (speed?.steadyMs ?? 0))
  }

  #speed(work: string): WorkSpeed {
    let speed = this.#speeds.get(work)
    if (speed === undefined) {
      if (this.#speeds.size >= MAX_WORKS) dropLeastRecent(this.#speeds)
      speed = {
        steadyMs: undefined,
        answers: 0,
        coldMs: undefined,
        answeredAt: undefined,
        isTried: false,
        passedOverMs: 0,
        used: 0,
      }
      this.#speeds.set(work, speed)
    }
    speed.used = ++this.#uses
    return speed
  }
}
