/** One of Immich's job queues as it really is: BullMQ on Redis, set up as in `job.repository.ts` of Immich. */
import { Queue, Worker } from 'bullmq'
import type { Job, JobCounts, JobQueue } from './simulated-queue.ts'

export class BullQueue implements JobQueue {
  readonly #name: string
  readonly #concurrency: number
  readonly #connection: { host: string; port: number; maxRetriesPerRequest: null }
  readonly #queue: Queue
  #worker: Worker | undefined

  constructor(name: string, concurrency: number, port: number) {
    this.#name = name
    this.#concurrency = concurrency
    this.#connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
    this.#queue = new Queue(name, {
      connection: this.#connection,
      prefix: 'immich_bull',
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: false },
    })
  }

  async add(jobs: readonly Job[]): Promise<void> {
    await this.#queue.addBulk(jobs.map((job) => ({ name: job.kind, data: job })))
  }

  pause(): Promise<void> {
    return this.#queue.pause()
  }

  resume(): Promise<void> {
    return this.#queue.resume()
  }

  isPaused(): Promise<boolean> {
    return this.#queue.isPaused()
  }

  async counts(): Promise<JobCounts> {
    const counts = await this.#queue.getJobCounts(
      'active',
      'waiting',
      'paused',
      'delayed',
      'completed',
      'failed',
    )
    const of = (state: string): number => counts[state] ?? 0
    return {
      active: of('active'),
      waiting: of('waiting'),
      paused: of('paused'),
      delayed: of('delayed'),
      completed: of('completed'),
      failed: of('failed'),
    }
  }

  async work(handle: (job: Job) => Promise<void>): Promise<void> {
    const worker = new Worker(this.#name, (job) => handle(job.data as Job), {
      connection: this.#connection,
      prefix: 'immich_bull',
      concurrency: this.#concurrency,
    })
    this.#worker = worker
    // An error of the connection; without a listener it would end the process.
    worker.on('error', (error) => console.error(error))
    await worker.waitUntilReady()
  }

  async stop(): Promise<void> {
    await this.#worker?.close(true)
    this.#worker = undefined
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#queue.close()
  }
}
