/** A simulated machine: slots, first come first served inside, jitter, cold starts, changes of speed, deaths. */
import type { SimulatedClock } from './clock.ts'

/** A kind of request. */
export interface Kind {
  readonly isText: boolean
  /** As `clip/visual`. */
  readonly work: string
  /** How long it takes by the time of one image. */
  readonly factor: number
}

export const IMAGE: Kind = { isText: false, work: 'clip/visual', factor: 1 }
export const TEXT: Kind = { isText: true, work: 'clip/textual', factor: 0.5 }
/** What else Immich asks for; both take a real machine longer than the search vector of an image. */
export const FACES: Kind = { isText: false, work: 'facial-recognition/detection+recognition', factor: 2 }
export const OCR: Kind = { isText: false, work: 'ocr/detection+recognition', factor: 6 }

export interface MachineOptions {
  readonly name: string
  /** Requests that it works on at a time. */
  readonly slots: number
  /** Milliseconds of one image. */
  readonly imageMs: number
  /** Milliseconds that loading its models takes after a start. */
  readonly coldMs?: number
  /** Share by which times vary at random, each way. */
  readonly jitter?: number
  readonly startsCold?: boolean
}

interface Job {
  readonly kind: Kind
  readonly done: (ok: boolean) => void
}

export class Machine {
  readonly options: MachineOptions
  isAlive = true
  /** By how much longer everything takes now. */
  slowness = 1
  /** Predictions inside, at work or queued, and the most there ever were. */
  inside = 0
  mostInside = 0
  readonly #clock: SimulatedClock
  readonly #random: () => number
  readonly #queue: Job[] = []
  #working = 0
  /** Counts deaths: what began in an earlier life never ends well. */
  #life = 0
  #isCold: boolean
  #readyAt = 0

  constructor(options: MachineOptions, clock: SimulatedClock, random: () => number) {
    this.options = options
    this.#clock = clock
    this.#random = random
    this.#isCold = options.startsCold ?? false
  }

  /** Images a second at most. */
  get perSecond(): number {
    return this.isAlive ? (1_000 * this.options.slots) / (this.options.imageMs * this.slowness) : 0
  }

  receive(kind: Kind, done: (ok: boolean) => void): void {
    if (!this.isAlive) {
      done(false)
      return
    }
    this.inside++
    this.mostInside = Math.max(this.mostInside, this.inside)
    this.#queue.push({ kind, done })
    this.#work()
  }

  die(): void {
    this.isAlive = false
    this.#life++
    this.#working = 0
    this.inside = 0
    const queued = this.#queue.splice(0)
    for (const job of queued) job.done(false)
  }

  comeBack(): void {
    this.isAlive = true
    this.#isCold = true
  }

  #work(): void {
    const { slots, imageMs, coldMs = 0, jitter = 0 } = this.options
    while (this.#working < slots) {
      const job = this.#queue.shift()
      if (job === undefined) return
      if (this.#isCold) {
        this.#isCold = false
        this.#readyAt = this.#clock.now + coldMs
      }
      this.#working++
      const factor = 1 + (this.#random() * 2 - 1) * jitter
      const ms = imageMs * this.slowness * factor * job.kind.factor
      const life = this.#life
      const begin = Math.max(this.#clock.now, this.#readyAt)
      this.#clock.at(begin + ms, () => {
        if (life !== this.#life) {
          job.done(false)
          return
        }
        this.#working--
        this.inside--
        this.#work()
        job.done(true)
      })
    }
  }
}
