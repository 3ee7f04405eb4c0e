/** Immich's API in memory. It answers at once, and the test sets the state of its queues. */
import type { MachineLearning, QueueReading, Queues } from '../../src-main/immich/answers.ts'
import { ImmichError } from '../../src-main/immich/errors.ts'
import type { ImmichApi } from '../../src-main/immich/guard-options.ts'

interface FakeQueue {
  isPaused: boolean
  active: number
  waiting: number
  /** How often *Missing* was started. */
  started: number
}

export class FakeImmichApi implements ImmichApi {
  readonly queuesByName = new Map<string, FakeQueue>()
  urls: string[] = ['http://proxy:3004']
  ownPermissions: string[] | undefined = ['all']
  /** What was asked, as "pause smartSearch"; reads of queues as "read". */
  readonly calls: string[] = []
  /** Returns an error for a call, such as "pause", to make it fail. */
  fail: (call: string) => ImmichError | undefined = () => undefined
  /** Called after a change was made, before its answer. */
  onChange: (call: string) => void = () => undefined

  constructor(names = ['smartSearch', 'faceDetection', 'ocr', 'duplicateDetection']) {
    for (const name of names)
      this.queuesByName.set(name, { isPaused: false, active: 0, waiting: 0, started: 0 })
  }

  /** @throws {Error} where there is no such queue */
  queue(name: string): FakeQueue {
    const queue = this.queuesByName.get(name)
    if (queue === undefined) throw new Error(`no queue ${name}`)
    return queue
  }

  /** The changes that were asked for, without what was read. */
  get changes(): string[] {
    return this.calls.filter((call) => /^(pause|resume|start) /.test(call))
  }

  version(): Promise<string> {
    return this.#answer('version', () => '2.5.0')
  }

  permissions(): Promise<readonly string[] | undefined> {
    return this.#answer('permissions', () => this.ownPermissions)
  }

  machineLearning(): Promise<MachineLearning> {
    return this.#answer('urls', () => ({ urls: this.urls, models: {} }))
  }

  queues(): Promise<Queues> {
    return this.#answer(
      'read',
      () => new Map([...this.queuesByName].map(([name, queue]) => [name, reading(queue)])),
    )
  }

  setPaused(name: string, isPaused: boolean): Promise<QueueReading> {
    return this.#answer(`${isPaused ? 'pause' : 'resume'} ${name}`, () => {
      const queue = this.queue(name)
      queue.isPaused = isPaused
      return reading(queue)
    })
  }

  startMissing(name: string): Promise<void> {
    return this.#answer(`start ${name}`, () => {
      const queue = this.queue(name)
      if (queue.active > 0) throw new ImmichError('IMMICH_BUSY', 'at work', { status: 409 })
      queue.started++
      queue.waiting++
    })
  }

  async #answer<T>(call: string, work: () => T): Promise<T> {
    this.calls.push(call)
    await Promise.resolve()
    const error = this.fail(call)
    // A call whose answer is lost has been carried out.
    if (error?.mayHaveActed === true) work()
    if (error !== undefined) throw error
    const result = work()
    this.onChange(call)
    return result
  }
}

function reading({ isPaused, active, waiting }: FakeQueue): QueueReading {
  return { isPaused, active, remaining: active + waiting }
}
