/** Whatever happens, and in whatever order: what the guard must never do, and what it must do in the end. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ImmichError } from '../../../src-main/immich/errors.ts'
import { CATCH_UP_INTERVAL_MS, QUEUES_ACT_FRESH_MS } from '../../../src-main/immich/limits.ts'
import { GUARDED_QUEUES, type GuardedQueue } from '../../../src-shared/immich.ts'
import { GuardWorld, MINUTE, SECOND } from '../../support/guard-world.ts'
import { settle } from '../../support/manual-clock.ts'

type Step =
  | { do: 'advance'; ms: number }
  | { do: 'served'; queue: GuardedQueue; served: boolean }
  | {
      do: 'admin-pauses' | 'admin-resumes' | 'jobs-begin' | 'jobs-end' | 'empty' | 'images'
      queue: GuardedQueue
    }
  | { do: 'lose'; count: number }
  /** A backend goes, images are lost, and it comes back for long enough. */
  | { do: 'outage'; ms: number; active: number }
  | { do: 'fault'; fault: 'none' | 'refused' | 'lost-answers' | 'no-start' }
  | { do: 'urls'; count: number }
  | { do: 'mode'; mode: 'observe' | 'on' }
  | { do: 'restart' | 'suspend' | 'wake' }

// Mostly one queue: more happens to it in one run.
const queue = fc.constantFrom<GuardedQueue>('smartSearch', 'smartSearch', 'smartSearch', ...GUARDED_QUEUES)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.integer({ min: 1, max: 40 * SECOND }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.integer({ min: MINUTE, max: 90 * MINUTE }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('served' as const), queue, served: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('admin-pauses', 'admin-resumes', 'jobs-begin', 'jobs-end', 'empty', 'images'),
      queue,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('outage' as const),
      ms: fc.integer({ min: SECOND, max: 40 * SECOND }),
      active: fc.integer({ min: 0, max: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom('none', 'refused', 'lost-answers', 'no-start'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('urls' as const), count: fc.integer({ min: 0, max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mode' as const), mode: fc.constantFrom('observe', 'on') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('restart', 'suspend', 'wake') }) },
)

const FAULTS = {
  none: () => undefined,
  refused: () => new ImmichError('IMMICH_UNREACHABLE', 'refused'),
  'lost-answers': (call: string) =>
    / /.test(call) ? new ImmichError('IMMICH_TIMEOUT', 'lost', { mayHaveActed: true }) : undefined,
  'no-start': (call: string) =>
    call.startsWith('start') ? new ImmichError('IMMICH_PERMISSION_MISSING', 'job.create') : undefined,
} as const

const RUNS = 200

/** One run, in which each change that the guard makes is judged at once. */
class Run {
  readonly world = new GuardWorld()
  readonly violations: unknown[] = []
  /** Who paused a queue that is paused. */
  readonly #pausedBy = new Map<string, 'us' | 'admin'>()
  readonly #startedAt = new Map<string, number>()
  /** When the guard read the queues last. */
  #readAt = -Infinity

  constructor() {
    const { api, clock } = this.world
    const queues = api.queues.bind(api)
    api.queues = () => {
      this.#readAt = clock.wall()
      return queues()
    }
    const setPaused = api.setPaused.bind(api)
    const startMissing = api.startMissing.bind(api)
    api.setPaused = (name, isPaused) => {
      this.#judge(() => (isPaused ? this.#judgePause(name) : this.#judgeResume(name)))
      return setPaused(name, isPaused)
    }
    api.startMissing = (name) => {
      this.#judge(() => this.#judgeStart(name))
      return startMissing(name)
    }
  }

  /** The guard would take what a judge throws for an error of Immich. */
  #judge(judge: () => void): void {
    try {
      judge()
    } catch (error) {
      this.violations.push(error)
    }
  }

  #judgePause(name: string): void {
    const { stored, guard, clock } = this.world
    const known = name as GuardedQueue
    expect(this.#pausedBy.get(name), 'an admin’s pause is not made ours').not.toBe('admin')
    expect(stored?.queues[known].pause, 'it is written down before').toBeDefined()
    expect(guard.state.mode).toBe('on')
    const { leftAloneUntil = 0 } = guard.state.queues[known]
    expect(leftAloneUntil, 'an admin’s resume is respected').toBeLessThanOrEqual(clock.wall())
    if (this.world.api.fail('pause x')?.code !== 'IMMICH_UNREACHABLE') this.#pausedBy.set(name, 'us')
  }

  #judgeResume(name: string): void {
    expect(this.#pausedBy.get(name), 'an admin’s pause is not ended').not.toBe('admin')
    if (this.world.api.fail('resume x')?.code !== 'IMMICH_UNREACHABLE') this.#pausedBy.delete(name)
  }

  #judgeStart(name: string): void {
    if (name === 'duplicateDetection') return
    const { api, clock } = this.world
    expect(api.queue(name), 'only a queue that stands still').toMatchObject({ isPaused: true, active: 0 })
    const now = clock.wall()
    expect(now - (this.#startedAt.get(name) ?? -Infinity)).toBeGreaterThanOrEqual(CATCH_UP_INTERVAL_MS)
    if (api.fail('start x') === undefined || api.fail('start x')?.mayHaveActed === true)
      this.#startedAt.set(name, now)
  }

  /** Whether the guard may act on what it has read, so that nothing changes in Immich unseen. */
  #isActing(): boolean {
    return this.world.clock.wall() - this.#readAt < QUEUES_ACT_FRESH_MS
  }

  async take(step: Step): Promise<void> {
    const { world } = this
    const { api, clock, guard } = world
    switch (step.do) {
      case 'advance':
        await clock.advance(step.ms)
        break
      case 'served':
        guard.served(step.queue, step.served)
        break
      case 'admin-pauses':
        // Between our pause and our next look nobody can tell a queue that was resumed and paused again from ours.
        if (api.queue(step.queue).isPaused || guard.paused.includes(step.queue) || this.#isActing()) break
        api.queue(step.queue).isPaused = true
        this.#pausedBy.set(step.queue, 'admin')
        break
      case 'admin-resumes':
        if (this.#isActing()) break
        api.queue(step.queue).isPaused = false
        this.#pausedBy.delete(step.queue)
        break
      case 'jobs-begin':
        if (this.#isActing()) break
        api.queue(step.queue).active = 2
        break
      case 'jobs-end':
        api.queue(step.queue).active = 0
        break
      case 'empty':
        Object.assign(api.queue(step.queue), { active: 0, waiting: 0 })
        break
      case 'images':
        world.imageAt = clock.wall()
        guard.look()
        break
      case 'lose':
        world.pending += step.count
        world.lastLossAt = clock.wall()
        guard.look()
        break
      case 'outage':
        world.away()
        await clock.advance(step.ms)
        world.pending++
        world.lastLossAt = clock.wall()
        api.queue('smartSearch').active = step.active
        world.back()
        await clock.advance(15 * SECOND)
        break
      case 'fault':
        api.fail = FAULTS[step.fault]
        break
      case 'urls':
        api.urls = Array.from({ length: step.count }, (_, index) => `http://proxy-${index}:3004`)
        break
      case 'mode':
        guard.set(step.mode, true)
        break
      case 'restart':
        await world.restart(guard.state.mode)
        break
      case 'suspend':
        await guard.suspend('suspend')
        break
      case 'wake':
        guard.woke()
        break
    }
    await settle()
  }

  /** All is well again for long enough. */
  async recover(): Promise<void> {
    const { world } = this
    const { api, clock } = world
    api.fail = FAULTS.none
    api.urls = ['http://proxy:3004']
    await world.restart('on')
    for (const name of GUARDED_QUEUES) {
      Object.assign(api.queue(name), { active: 0, waiting: 0 })
      world.guard.served(name, true)
    }
    await clock.advance(10 * MINUTE)
  }

  pausedByUs(): string[] {
    return [...this.#pausedBy]
      .filter(([name, who]) => who === 'us' && this.world.isPaused(name))
      .map(([name]) => name)
  }

  async end(): Promise<void> {
    await this.world.guard.stop()
  }
}

test('it breaks no promise, and in the end nothing stays paused by us', async () => {
  const counts = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const run = new Run()
      try {
        run.world.guard.set('on', true)
        for (const one of steps) await run.take(one)
        await run.recover()
        if (run.violations.length > 0) throw run.violations[0]
        for (const change of run.world.api.changes) {
          const [kind = ''] = change.split(' ')
          counts.set(kind, (counts.get(kind) ?? 0) + 1)
        }
        expect(run.pausedByUs()).toEqual([])
        expect(run.world.guard.paused).toEqual([])
      } finally {
        await run.end()
      }
    }),
    { numRuns: RUNS },
  )
  // A property over runs in which nothing happens says nothing.
  for (const kind of ['pause', 'resume', 'start']) expect(counts.get(kind), kind).toBeGreaterThan(RUNS)
}, 120_000)
