/** A guard with Immich's API in memory and a clock that the test advances, new for each test of a file. */
import { afterEach, beforeEach } from 'vitest'
import { QueueGuard } from '../../src-main/immich/guard.ts'
import type { Facts } from '../../src-main/immich/guard-decide.ts'
import type { StoredGuard } from '../../src-main/immich/guard-types.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import type { GuardedQueue } from '../../src-shared/immich.ts'
import { FakeImmichApi } from './fake-immich-api.ts'
import { ManualClock, settle } from './manual-clock.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND

export class GuardWorld {
  api = new FakeImmichApi()
  readonly clock: ManualClock
  guard: QueueGuard
  /** What is written down. */
  stored: StoredGuard | undefined
  saveFails = false
  /** Lost images of smart search. */
  pending = 0
  lastLossAt: number | undefined
  imageAt: number | undefined
  pollMs: number | undefined
  urlsProblem: string | undefined
  /** What was told of catch-ups, as "smartSearch began". */
  readonly catchUps: string[] = []

  constructor(clock = new ManualClock()) {
    this.clock = clock
    this.guard = this.#create()
  }

  readonly facts = (): Facts => ({
    pending: (queue) => (queue === 'smartSearch' ? this.pending : 0),
    lastLossAt: () => this.lastLossAt,
    lastImageAt: () => this.imageAt,
    pollMs: this.pollMs,
    urlsProblem: (urls) => (urls.length === 1 ? this.urlsProblem : 'not one URL'),
  })

  away(queue: GuardedQueue = 'smartSearch'): void {
    this.guard.served(queue, false)
  }

  back(queue: GuardedQueue = 'smartSearch'): void {
    this.guard.served(queue, true)
  }

  isPaused(queue = 'smartSearch'): boolean {
    return this.api.queue(queue).isPaused
  }

  /** Makes the guard of a next process from what this one has stored. */
  async restart(mode: 'off' | 'observe' | 'on' = 'on'): Promise<void> {
    await this.guard.stop()
    this.guard = this.#create()
    this.guard.set(mode, true)
    await settle()
  }

  /** The backend is away for so long that the queue is paused. @throws {Error} where it is not */
  async pauseWhileAway(): Promise<void> {
    this.away()
    await this.clock.advance(15 * SECOND)
    if (!this.isPaused()) throw new Error('it was not paused')
  }

  #create(): QueueGuard {
    return new QueueGuard({
      api: this.api,
      clock: this.clock,
      log: silentLogger(),
      stored: this.stored,
      save: (next) => {
        if (this.saveFails) throw new Error('the disk is full')
        // As from a file.
        this.stored = next === undefined ? undefined : (JSON.parse(JSON.stringify(next)) as StoredGuard)
      },
      facts: this.facts,
      onChange: () => undefined,
      onRead: () => undefined,
      onCatchUp: (queue, what) => {
        this.catchUps.push(`${queue} ${what}`)
        // As `Losses` does: no loss is to be found while a catch-up runs.
        this.pending = 0
      },
    })
  }
}

export let world: GuardWorld

/** Has a guard that is on before each test of a file, and ended after it. */
export function useGuard(): void {
  beforeEach(async () => {
    world = new GuardWorld()
    world.guard.set('on', true)
    await settle()
  })
  afterEach(() => world.guard.stop())
}
