/**
 * A game starts in the middle of an import: what runs ends, Immich's queue waits, the GPU's memory is free, and after the
 * game the import goes on. The clocks of pauses, containers and the guard run 50 times as fast.
 */
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Sightings } from '../../../src-main/courtesy/probes/look.ts'
import { fastClock } from '../../support/fast-clock.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'
import { SimulatedBackend } from '../../support/simulated-backend.ts'
import { SimulatedEngine } from '../../support/simulated-engine.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

const FACTOR = 50
const PHOTOS = 120
/** As Immich's smart search has by default. */
const CONCURRENCY = 2
const CONTAINER = 'immich_machine_learning'
const NOTHING: Sightings = {
  game: false,
  programs: [],
  onBattery: false,
  idleSeconds: Infinity,
  problems: {},
}

useFolder()

let backend: SimulatedBackend
let engine: SimulatedEngine
let proxy: TestProxy
let immich: SimulatedImmich
let pings: NodeJS.Timeout
let isGameRunning: boolean
/** What happened, in order. */
let log: string[]

async function begin(guard: 'on' | 'off', stopAfterMinutes = 10): Promise<void> {
  await immich.ping()
  pings = setInterval(() => void immich.ping(), 30_000 / FACTOR)
  const more = guard === 'on' ? { immich: { url: immich.url, apiKey: ADMIN_KEY, guard } } : {}
  const gpu = {
    name: 'gpu',
    url: backend.url,
    yield: { games: true },
    manage: { container: CONTAINER, stopAfterMinutes },
  }
  await proxy.configure({ ...configOf([gpu], { hold: { graceSeconds: 0 }, ...more }), backends: [gpu] })
}

beforeEach(async () => {
  isGameRunning = false
  log = []
  backend = await new SimulatedBackend().start()
  await backend.stop()
  engine = await new SimulatedEngine(path.join(folder, 'engine.sock')).start()
  engine.containers.push({
    name: CONTAINER,
    image: 'ghcr.io/immich-app/immich-machine-learning:release-cuda',
    state: 'exited',
    up: () => backend.start(),
    down: () => {
      log.push(`stopped with ${backend.active} at work`)
      return backend.stop()
    },
  })
  proxy = await startProxy({
    engineSockets: [engine.socket],
    courtesyClock: fastClock(FACTOR),
    immichClock: fastClock(FACTOR),
    look: () => {
      log.push(isGameRunning ? 'look: game' : 'look: none')
      return Promise.resolve({ ...NOTHING, game: isGameRunning })
    },
  })
  proxy.service.courtesy.on('change', (name) => {
    log.push(proxy.service.courtesy.of(name) === undefined ? 'resumed' : 'paused')
  })
  immich = await startImmich({ mlUrls: [proxy.url], concurrency: CONCURRENCY })
})
afterEach(async () => {
  clearInterval(pings)
  await immich.close()
  await proxy.stop()
  await engine.stop()
  await backend.stop()
  expect(engine.refused).toEqual([])
})

const done = () => immich.tally('smartSearch').done
const container = () => engine.containers[0]?.state

describe.each(['on', 'off'] as const)('with the queue guard %s', (guard) => {
  test('0 lost', async () => {
    await begin(guard)
    // Nothing runs before the first photo, and nothing is looked for.
    expect([container(), log]).toEqual(['exited', []])
    backend.durationMs = 5
    await immich.upload(PHOTOS, ['smartSearch'])
    await expect.poll(done, { interval: 5 }).toBeGreaterThan(PHOTOS / 4)
    backend.durationMs = 60
    isGameRunning = true
    await expect.poll(container).toBe('exited')
    const before = done()
    expect(before).toBeLessThan(PHOTOS)
    // What ran has ended before: `stopped with 0`. How soon is a matter of the steps, which wait for nothing else: see the
    // unit tests of container-state.ts.
    const [paused, stopped] = [log.indexOf('paused'), log.indexOf('stopped with 0 at work')]
    expect(stopped).toBeGreaterThan(paused)
    // A second look had found it.
    expect(log.slice(0, paused).filter((what) => what === 'look: game').length).toBeGreaterThanOrEqual(2)
    if (guard === 'on') await expect.poll(() => immich.queues.smartSearch.isPaused()).toBe(true)
    // For two minutes of the game nothing starts the container.
    const looksBefore = log.length
    await expect.poll(() => log.length, { interval: 50 }).toBeGreaterThan(looksBefore + 12)
    expect([container(), engine.count('/start'), done()]).toEqual(['exited', 1, before])
    const health = (await (await proxy.get('/api/health')).json()) as Record<string, unknown>
    expect(health['gpu']).toMatchObject({ status: 'unhealthy', error: 'paused (game running)' })
    backend.durationMs = 5
    isGameRunning = false
    await expect.poll(done, { timeout: 30_000 }).toBe(PHOTOS)
    const resumed = log.lastIndexOf('resumed')
    const gone = log.indexOf('look: none', stopped)
    // 18 looks on a machine with nothing else to do.
    expect(log.slice(gone, resumed).filter((what) => what === 'look: none').length).toBeGreaterThanOrEqual(9)
    expect(engine.count('/start')).toBe(2)
    // The guard has Immich look for what was at work when it paused, and finds some of it once more.
    const { twice } = immich.tally('smartSearch')
    expect(twice).toBeLessThanOrEqual(guard === 'on' ? CONCURRENCY : 0)
    expect(immich.lost).toBe(0)
    expect(proxy.service.immich.status().losses.clip.count).toBe(0)
    expect(immich.violations).toEqual([])
  })
})

test('without work the container is stopped, and nobody looks any more', async () => {
  await begin('on', 6)
  await immich.upload(4, ['smartSearch'])
  await expect.poll(done).toBe(4)
  await expect.poll(container, { timeout: 30_000 }).toBe('exited')
  const looks = log.length
  expect(log.at(-1)).toBe('stopped with 0 at work')
  expect(await immich.queues.smartSearch.isPaused()).toBe(false)
  await new Promise((resolve) => setTimeout(resolve, 120_000 / FACTOR))
  expect(log.length).toBe(looks)
  // The guard leaves the queue alone: the next photo starts it.
  expect(await immich.queues.smartSearch.isPaused()).toBe(false)
  await immich.upload(1, ['smartSearch'])
  await expect.poll(done).toBe(5)
})
