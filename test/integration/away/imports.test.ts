/**
 * An import with an outage in the middle, through the whole proxy, before queues as they really are: BullMQ on Redis. The
 * guard's clock runs 50 times as fast, so that its minute is 1.2 s.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ServiceOptions } from '../../../src-main/app/service-options.ts'
import { BullQueue } from '../../support/bull-queue.ts'
import { fastClock } from '../../support/fast-clock.ts'
import { checkAll, gpu, proxy, start, usePair } from '../../support/pair.ts'
import { configOf } from '../../support/proxy.ts'
import { redisProblem, startRedis, type TestRedis } from '../../support/redis.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

const FACTOR = 50
const PHOTOS = 200
const OUTAGE_MS = 60_000 / FACTOR
/** 270 s. */
const HOLD_MS = 270_000 / FACTOR

const problem = redisProblem()
if (problem !== undefined) console.warn(`Imports are not tested before real queues: ${problem}`)

interface Plan {
  readonly what: string
  readonly concurrency: number
  readonly limits: NonNullable<ServiceOptions['limits']>
  readonly config: (immich: SimulatedImmich) => Record<string, unknown>
  /** Immich's queue is paused meanwhile. */
  readonly isPaused: boolean
}

const PLANS: readonly Plan[] = [
  {
    what: 'the queue guard',
    concurrency: 1,
    limits: {},
    config: ({ url }) => ({
      immich: { url, apiKey: ADMIN_KEY, guard: 'on' },
      hold: { graceSeconds: 0 },
    }),
    isPaused: true,
  },
  {
    what: 'hold alone',
    concurrency: 2,
    limits: { holdMs: HOLD_MS },
    config: () => ({ defaultPolicy: 'wait', hold: { graceSeconds: 0 } }),
    isPaused: false,
  },
  {
    what: 'hold beyond',
    concurrency: 2,
    // The headers are sent long before the backend is back.
    limits: { holdMs: OUTAGE_MS / 4, earlyByteMs: 50 },
    config: () => ({ defaultPolicy: 'wait', hold: { graceSeconds: 0, beyondMinutes: 10 } }),
    isPaused: false,
  },
]

describe.skipIf(problem !== undefined)(
  `${PHOTOS} photos, the backend away for a minute in the middle`,
  () => {
    usePair()
    let redis: TestRedis
    let immich: SimulatedImmich
    let pings: NodeJS.Timeout

    beforeAll(async () => {
      redis = await startRedis()
    })
    afterAll(() => redis.stop())
    afterEach(async () => {
      clearInterval(pings)
      await immich.close()
    })

    test.each(PLANS)(
      '$what: all are done, none twice',
      async ({ what, concurrency, limits, config, isPaused }) => {
        await start({ immichClock: fastClock(FACTOR), limits })
        const prefix = what.replaceAll(' ', '-')
        immich = await startImmich({
          mlUrls: [proxy.url],
          concurrency,
          queueOf: (name, count) => new BullQueue(`${prefix}-${name}`, count, redis.port),
        })
        await immich.ping()
        pings = setInterval(() => void immich.ping(), 30_000 / FACTOR)
        await proxy.configure(configOf([gpu], config(immich)))
        gpu.durationMs = 5
        await immich.upload(PHOTOS)
        const done = () => immich.tally('smartSearch').done
        await expect.poll(done, { interval: 5 }).toBeGreaterThan(PHOTOS / 4)
        await gpu.kill()
        await checkAll()
        expect(done()).toBeLessThan(PHOTOS)
        await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS))
        expect(await immich.queues.smartSearch.isPaused()).toBe(isPaused)
        await gpu.start()
        await checkAll()
        await expect.poll(done, { timeout: 30_000 }).toBe(PHOTOS)
        expect(immich.tally('smartSearch')).toEqual({ done: PHOTOS, twice: 0 })
        // The guard may lose what runs when the backend goes, and has it found again.
        if (!isPaused) expect(immich.lost).toBe(0)
        await expect.poll(() => proxy.service.immich.status().losses.clip.count).toBe(0)
        expect(immich.violations).toEqual([])
      },
    )
  },
)
