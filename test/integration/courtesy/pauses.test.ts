/** Pauses by hand and by rules, through the whole proxy. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { BackendState } from '../../../src-shared/api.ts'
import type { Needs, Sightings } from '../../../src-main/courtesy/probes/look.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { errorOf, gpu, nas, pool, proxy, search, start, state, usePair } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { startProxy } from '../../support/proxy.ts'

const photo = readPhoto()
const NOTHING: Sightings = {
  game: false,
  programs: [],
  onBattery: false,
  idleSeconds: Infinity,
  problems: {},
}

usePair()

let sightings: Sightings
let looks: Needs[]
/** What a look waits for. */
let seeing: Promise<void>

beforeEach(async () => {
  sightings = NOTHING
  looks = []
  seeing = Promise.resolve()
  await start({
    engineSockets: [],
    look: (needs) => {
      looks.push(needs)
      return seeing.then(() => sightings)
    },
  })
})

const image = () => predict(proxy.url, JOBS.searchImage, photo)
const pause = (name: string, body: unknown) => proxy.post(`/api/backends/${name}/pause`, body)
const resume = (name: string) => proxy.post(`/api/backends/${name}/resume`, {})
const one = (fields: object = {}, more: object = {}) =>
  proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url, ...fields }], ...more })

/** The end of a pause today, if today has so much left; else some other day, which is told otherwise. */
const later = (ms: number) => new Date(Date.now() + ms)
const hourAndMinute = (date: Date) =>
  `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`

describe('a pause by hand', () => {
  test('new work goes to others, and comes back with the resume', async () => {
    await pool()
    expect(await (await pause('gpu', { until: null })).json()).toEqual({
      availability: 'paused',
      reason: 'paused',
      until: null,
    })
    for (let count = 0; count < 4; count++) expect((await image()).status).toBe(200)
    expect([gpu.seen.length, nas.seen.length]).toEqual([0, 4])
    expect(await (await resume('gpu')).json()).toMatchObject({ availability: 'serving' })
    for (let count = 0; count < 4; count++) expect((await image()).status).toBe(200)
    expect(gpu.seen.length).toBeGreaterThan(0)
  })

  test('what runs is finished', async () => {
    await one()
    gpu.durationMs = 300
    const running = image()
    await expect.poll(() => gpu.active).toBe(1)
    await pause('gpu', { until: null })
    expect((await running).status).toBe(200)
  })

  test('images wait, a text fails at once, and Immich is sent elsewhere', async () => {
    await one()
    const until = later(60 * 60_000)
    await pause('gpu', { until: until.toISOString() })
    const told = new RegExp(
      `^gpu: paused until (?:\\w{3} )?${hourAndMinute(new Date(Math.ceil(until.getTime() / 1000) * 1000))}`,
    )
    const text = await search()
    expect(text.status).toBe(503)
    expect(text.statusText).toMatch(told)
    const waiting = image()
    await expect.poll(() => state('gpu').held).toBe(1)
    const ping = await proxy.get('/ping')
    expect([ping.status, ping.statusText]).toEqual([503, expect.stringContaining('paused until')])
    expect(gpu.seen).toHaveLength(0)
    await resume('gpu')
    expect((await waiting).status).toBe(200)
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('what waits for its end does not keep the computer awake', async () => {
    await one()
    await pause('gpu', { until: null })
    const waiting = image()
    await expect.poll(() => state('gpu').held).toBe(1)
    expect(proxy.service.work).toMatchObject({ inFlight: 1, atWork: 0, ended: 0 })
    const held = gate()
    gpu.predictFault = { kind: 'held', until: held.promise }
    await resume('gpu')
    await expect.poll(() => gpu.active).toBe(1)
    expect(proxy.service.work).toMatchObject({ inFlight: 1, atWork: 1 })
    held.resolve()
    expect((await waiting).status).toBe(200)
    await expect.poll(() => proxy.service.work).toMatchObject({ atWork: 0, ended: 1 })
  })

  test('is told everywhere with its reason and end', async () => {
    await one()
    const until = later(60 * 60_000)
    await pause('gpu', { until: until.toISOString(), reason: 'game running' })
    const health = (await (await proxy.get('/api/health')).json()) as Record<string, BackendState>
    expect(health['gpu']).toEqual({
      status: 'unhealthy',
      lastCheck: expect.any(Number) as number,
      error: expect.stringMatching(/^paused until .*\d\d:\d\d \(game running\)$/) as string,
    })
    const backends = (await (await proxy.get('/api/backends')).json()) as Record<string, BackendState>
    expect(backends['gpu']).toMatchObject({
      status: 'healthy',
      availability: 'paused',
      until: Math.ceil(until.getTime() / 1000),
      pause: { by: 'hand', until: Math.ceil(until.getTime() / 1000), reason: 'game running' },
      container: null,
      courtesyProblems: [],
    })
    expect(proxy.service.status()).toMatchObject({ overall: 'paused' })
  })

  test('survives a restart, with its end', async () => {
    await one()
    const until = later(60 * 60_000)
    await pause('gpu', { until: until.toISOString() })
    await proxy.service.stop(0)
    const again = await startProxy({ userDataDir: proxy.folder, engineSockets: [] })
    try {
      expect(again.service.courtesy.of('gpu')).toMatchObject({ by: 'hand', until: until.getTime() })
      expect(again.service.availability.states()['gpu']).toMatchObject({ availability: 'paused' })
    } finally {
      await again.service.stop(0)
    }
  })

  test.each([
    [{ until: '2020-01-01T00:00:00Z' }, 'until is in the past'],
    [{}, '"until"'],
    [{ until: 'tomorrow' }, '"until"'],
    [{ until: 1_900_000_000 }, '"until"'],
    [{ until: null, reason: 7 }, '"reason"'],
    [{ until: null, reason: 'x'.repeat(101) }, 'reason must be a text of at most 100 characters'],
  ])('%j is refused', async (body, message) => {
    await one()
    const answer = await pause('gpu', body)
    expect(answer.status).toBe(400)
    expect(await errorOf(answer)).toContain(message)
    expect(state('gpu').pause).toBeNull()
  })

  test('a backend that is not there', async () => {
    await one()
    expect((await pause('other', { until: null })).status).toBe(404)
    expect((await resume('other')).status).toBe(404)
  })
})

describe('by rules', () => {
  test('a bad schedule is refused by the field', async () => {
    await one()
    const backends = [{ name: 'gpu', url: gpu.url, yield: { schedule: ['always'] } }]
    const answer = await proxy.post('/api/config', { defaultBackend: 'gpu', backends })
    expect(answer.status).toBe(400)
    expect(await errorOf(answer)).toContain(
      'backends[0].yield.schedule[0] must be like "Mon-Fri 17:00-23:00"',
    )
  })

  test('the first photo waits for a look, and a game that it finds pauses at once', async () => {
    await one({ yield: { games: true } })
    expect(looks).toEqual([])
    sightings = { ...NOTHING, game: true }
    const look = gate()
    seeing = look.promise
    const waiting = image()
    await expect.poll(() => looks.length).toBe(1)
    // A search does not wait for it, and by then the photo would have been sent.
    expect((await search()).status).toBe(200)
    expect(gpu.seen.map(({ text }) => text)).toEqual(['x'])
    look.resolve()
    await expect.poll(() => state('gpu').held).toBe(1)
    expect(looks).toHaveLength(1)
    expect(state('gpu')).toMatchObject({ availability: 'paused', reason: 'paused (game running)' })
    expect(gpu.seen).toHaveLength(1)
    await resume('gpu')
    expect((await waiting).status).toBe(200)
  })

  test('a rule’s pause that keeps searches is told everywhere as well', async () => {
    sightings = { ...NOTHING, game: true }
    await one({ yield: { games: true } })
    const waiting = image()
    await expect.poll(() => state('gpu').availability).toBe('paused')
    const health = (await (await proxy.get('/api/health')).json()) as Record<string, BackendState>
    expect(health['gpu']).toMatchObject({ status: 'unhealthy', error: 'paused (game running)' })
    const ping = await proxy.get('/ping')
    expect([ping.status, await errorOf(ping)]).toEqual([
      503,
      'Paused: the default backend (gpu: paused (game running))',
    ])
    expect((await search()).status).toBe(200)
    await resume('gpu')
    expect((await waiting).status).toBe(200)
  })

  test('searches that nobody else can take are answered during a rule’s pause', async () => {
    sightings = { ...NOTHING, game: true }
    const backends = [
      { name: 'gpu', url: gpu.url, yield: { games: true } },
      { name: 'nas', url: nas.url },
    ]
    await proxy.configure({ defaultBackend: ['gpu', 'nas'], backends })
    await image()
    expect(state('gpu').availability).toBe('paused')
    for (let count = 0; count < 4; count++) expect((await search()).status).toBe(200)
    // Only where nobody else can.
    expect(gpu.seen).toHaveLength(0)
    await nas.kill()
    await proxy.service.monitor.checkAll()
    const { requests } = state('nas')
    for (let count = 0; count < 4; count++) expect((await search()).status).toBe(200)
    expect(gpu.seen).toHaveLength(4)
    // A computer that is off would cost each of them 2 s.
    expect(state('nas').requests).toBe(requests)
  })

  test('and not with keepSearch off', async () => {
    sightings = { ...NOTHING, game: true }
    await one({ yield: { games: true, keepSearch: false } })
    void image().catch(() => undefined)
    await expect.poll(() => state('gpu').availability).toBe('paused')
    const text = await search()
    expect([text.status, text.statusText]).toEqual([503, expect.stringContaining('gpu: paused')])
    await resume('gpu')
  })

  test('without a rule that needs one, nobody looks', async () => {
    await one({ yield: { schedule: [] } })
    expect((await image()).status).toBe(200)
    expect(looks).toEqual([])
  })
})
