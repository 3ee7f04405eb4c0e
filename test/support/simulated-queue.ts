/** One of Immich's job queues in memory, with the semantics of the real one (BullMQ 5, `job.repository.ts`). */

export type Job = { readonly kind: 'photo'; readonly id: string } | { readonly kind: 'missing' }

export interface JobCounts {
  active: number
  waiting: number
  paused: number
  delayed: number
  completed: number
  failed: number
}

/** What the simulated Immich needs of a queue; BullMQ behind the real one. */
export interface JobQueue {
  /** Puts jobs at the end, also while it is paused. Nothing is de-duplicated. */
  add(jobs: readonly Job[]): Promise<void>
  /** Pauses or resumes at once; active jobs go on. The state outlives this process. */
  pause(): Promise<void>
  resume(): Promise<void>
  isPaused(): Promise<boolean>
  counts(): Promise<JobCounts>
  /** Lets the workers begin. */
  work(handle: (job: Job) => Promise<void>): Promise<void>
  /** Ends the workers without waiting for their jobs: each of these runs once more at the next start. */
  stop(): Promise<void>
  /** Ends it for good. */
  close(): Promise<void>
}

interface Entry {
  readonly job: Job
  /** How often it was begun and not ended; at the second time it is given up. */
  stalled: number
}

export class MemoryQueue implements JobQueue {
  readonly #concurrency: number
  #waiting: Entry[] = []
  readonly #active = new Set<Entry>()
  #paused = false
  #handle: ((job: Job) => Promise<void>) | undefined

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  add(jobs: readonly Job[]): Promise<void> {
    this.#waiting.push(...jobs.map((job) => ({ job, stalled: 0 })))
    this.#next()
    return Promise.resolve()
  }

  pause(): Promise<void> {
    this.#paused = true
    return Promise.resolve()
  }

  resume(): Promise<void> {
    this.#paused = false
    this.#next()
    return Promise.resolve()
  }

  isPaused(): Promise<boolean> {
    return Promise.resolve(this.#paused)
  }

  counts(): Promise<JobCounts> {
    const left = this.#waiting.length
    return Promise.resolve({
      active: this.#active.size,
      // While a queue is paused its waiting jobs count as paused.
      waiting: this.#paused ? 0 : left,
      paused: this.#paused ? left : 0,
      delayed: 0,
      completed: 0,
      // A job whose prediction failed counts nowhere: the error is swallowed.
      failed: 0,
    })
  }

  work(handle: (job: Job) => Promise<void>): Promise<void> {
    this.#handle = handle
    this.#next()
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#handle = undefined
    const again = [...this.#active].filter((entry) => ++entry.stalled <= 1)
    this.#active.clear()
    this.#waiting = [...again, ...this.#waiting]
    return Promise.resolve()
  }

  close(): Promise<void> {
    return this.stop()
  }

  #next(): void {
    while (this.#handle !== undefined && !this.#paused && this.#active.size < this.#concurrency) {
      const entry = this.#waiting.shift()
      if (entry === undefined) return
      this.#active.add(entry)
      void this.#handle(entry.job).finally(() => {
        // A job that began before a restart is not in the list any more.
        if (this.#active.delete(entry)) this.#next()
      })
    }
  }
}
