/** The guard before real queues: BullMQ on Redis, as behind Immich. The guard's clock runs 50 times as fast. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { delay } from '../../../src-main/platform/clock.ts'
import { Immich } from '../../../src-main/immich/immich.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { BullQueue } from '../../support/bull-queue.ts'
import { fastClock } from '../../support/fast-clock.ts'
import { GuardedFront } from '../../support/guarded-front.ts'
import { redisProblem, startRedis, type TestRedis } from '../../support/redis.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

/** Fifty times as fast as the real one. */
const clock = fastClock(50)
const PHOTOS = 200

const problem = redisProblem()
if (problem !== undefined) console.warn(`The guard is not tested before real queues: ${problem}`)

describe.skipIf(problem !== undefined)('BullMQ', () => {
  let redis: TestRedis
  let folder: string
  let immich: Immich
  let front: GuardedFront
  let server: SimulatedImmich
  let round = 0

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  async function start(concurrency: number): Promise<void> {
    round++
    server = await startImmich({
      mlUrls: [front.url],
      concurrency,
      queueOf: (name, count) => new BullQueue(`${name}-${round}`, count, redis.port),
    })
    await immich.apply({ url: server.url, apiKey: ADMIN_KEY, guard: 'on' })
  }

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'immich-bullmq-'))
    immich = new Immich({ folder, log: silentLogger(), clock })
    front = await new GuardedFront(immich).start()
  })
  afterEach(async () => {
    await immich.stop()
    await server.close()
    await front.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** All photos are uploaded, and the backend is away for a minute of the guard's time in the middle. */
  async function importWithAnOutage(): Promise<void> {
    await server.upload(PHOTOS)
    await expect.poll(() => server.tally('smartSearch').done).toBeGreaterThan(PHOTOS / 4)
    front.durationMs = 30
    front.setServed(false)
    await expect.poll(() => server.queues.smartSearch.isPaused()).toBe(true)
    await delay(clock, 60_000)
    front.durationMs = 2
    front.setServed(true)
    await expect.poll(() => server.tally('smartSearch').done).toBe(PHOTOS)
    await expect.poll(() => immich.status().losses.clip.count).toBe(0)
  }

  test('a lost photo leaves no trace in the queue', async () => {
    await start(2)
    front.setServed(false)
    await server.queues.smartSearch.pause()
    await server.upload(3)
    await immich.apply(undefined)
    await server.queues.smartSearch.resume()
    await expect.poll(() => server.lost).toBe(3)
    await expect
      .poll(() => server.queues.smartSearch.counts())
      .toMatchObject({ active: 0, failed: 0, completed: 0 })
  })

  test(`${PHOTOS} photos, one at a time: all are done, none twice`, async () => {
    await start(1)
    await importWithAnOutage()
    expect(server.lost).toBeGreaterThan(0)
    expect(server.tally('smartSearch')).toEqual({ done: PHOTOS, twice: 0 })
    expect(server.violations).toEqual([])
  })

  test(`${PHOTOS} photos, two at a time: all are done; the one beside Missing may be done again`, async () => {
    await start(2)
    await importWithAnOutage()
    expect(server.lost).toBeGreaterThan(0)
    expect(server.tally('smartSearch').done).toBe(PHOTOS)
    expect(server.tally('smartSearch').twice).toBeLessThanOrEqual(1)
    expect(server.violations).toEqual([])
  })
})
