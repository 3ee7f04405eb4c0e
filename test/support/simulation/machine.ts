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
  /**
   * It works on all that it has at the same time, each the slower the more there is beyond its slots, as a GPU may that
   * several threads use; else the rest queues inside, first come first served.
   */
  readonly isShared?: boolean
}

interface Job {
  readonly done: (ok: boolean) => void
  /** Milliseconds of work that are left. */
  leftMs: number
}

export class Machine {
  readonly options: MachineOptions
  #slots: number
  isAlive = true
  /** By how much longer everything takes now. */
  slowness = 1
  /** The most predictions that were ever inside, at work or queued. */
  mostInside = 0
  readonly #clock: SimulatedClock
  readonly #random: () => number
  /** All that is inside, in the order of arrival. */
  readonly #jobs = new Set<Job>()
  readonly #working = new Set<Job>()
  #isCold: boolean
  /** When its models are loaded. */
  #readyAt = 0
  /** When the work of those that share it was last counted, and which plan of the next end is the latest. */
  #sharedAt = 0
  #plan = 0

  constructor(options: MachineOptions, clock: SimulatedClock, random: () => number) {
    this.options = options
    this.#slots = options.slots
    this.#clock = clock
    this.#random = random
    this.#isCold = options.startsCold ?? false
  }

  /** Images a second at most. */
  get perSecond(): number {
    return this.isAlive ? (1_000 * this.#slots) / (this.options.imageMs * this.slowness) : 0
  }

  /** From now on it works on so many at a time. */
  setSlots(slots: number): void {
    this.#slots = slots
  }

  receive(kind: Kind, done: (ok: boolean) => void): void {
    if (!this.isAlive) {
      done(false)
      return
    }
    const { imageMs, coldMs = 0, jitter = 0, isShared = false } = this.options
    if (isShared) this.#share()
    const factor = 1 + (this.#random() * 2 - 1) * jitter
    this.#jobs.add({ done, leftMs: imageMs * this.slowness * factor * kind.factor })
    this.mostInside = Math.max(this.mostInside, this.#jobs.size)
    if (this.#isCold) {
      this.#isCold = false
      this.#readyAt = this.#clock.now + coldMs
    }
    if (isShared) this.#planShared()
    else this.#work()
  }

  die(): void {
    this.isAlive = false
    const lost = [...this.#jobs]
    this.#jobs.clear()
    this.#working.clear()
    for (const job of lost) job.done(false)
  }

  comeBack(): void {
    this.isAlive = true
    this.#isCold = true
  }

  /** First come, first served, as many at a time as it has slots. */
  #work(): void {
    for (const job of this.#jobs) {
      if (this.#working.size >= this.#slots) return
      if (this.#working.has(job)) continue
      this.#working.add(job)
      this.#clock.at(Math.max(this.#clock.now, this.#readyAt) + job.leftMs, () => {
        // It died meanwhile.
        if (!this.#working.delete(job)) return
        this.#jobs.delete(job)
        this.#work()
        job.done(true)
      })
    }
  }

  get #sharedRate(): number {
    return Math.min(1, this.#slots / Math.max(1, this.#jobs.size))
  }

  /** Accounts for the work that was done on each since the last call. */
  #share(): void {
    const doneMs = Math.max(0, this.#clock.now - Math.max(this.#sharedAt, this.#readyAt)) * this.#sharedRate
    for (const job of this.#jobs) job.leftMs -= doneMs
    this.#sharedAt = this.#clock.now
  }

  #planShared(): void {
    const plan = ++this.#plan
    if (this.#jobs.size === 0) return
    const leastMs = Math.max(0, Math.min(...[...this.#jobs].map(({ leftMs }) => leftMs)))
    this.#clock.at(Math.max(this.#clock.now, this.#readyAt) + leastMs / this.#sharedRate, () => {
      if (plan !== this.#plan) return
      this.#share()
      const ended = [...this.#jobs].filter(({ leftMs }) => leftMs < 1e-6)
      for (const job of ended) this.#jobs.delete(job)
      this.#planShared()
      for (const job of ended) job.done(true)
    })
  }
}
