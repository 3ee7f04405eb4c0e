/** Managed containers through the whole proxy: who may start and set them, and what their requests see. */
import http from 'node:http'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { JOBS, predict } from '../../support/immich-client.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { gate } from '../../support/gate.ts'
import { readPhoto } from '../../support/photo.ts'
import { startProxy, type TestProxy } from '../../support/proxy.ts'
import { SimulatedBackend } from '../../support/simulated-backend.ts'
import { SimulatedEngine } from '../../support/simulated-engine.ts'

const NAME = 'immich_machine_learning'
const IMAGE = 'ghcr.io/immich-app/immich-machine-learning:release-cuda'
const photo = readPhoto()

useFolder()

let backend: SimulatedBackend
let engine: SimulatedEngine
let proxy: TestProxy

const managed = (manage: object | null = { container: NAME }, fields: object = {}) => ({
  defaultBackend: 'gpu',
  backends: [{ name: 'gpu', url: backend.url, manage, ...fields }],
  hold: { graceSeconds: 0 },
})
const state = () => proxy.service.availability.states()['gpu']
const container = () => engine.containers[0]?.state

beforeEach(async () => {
  backend = await new SimulatedBackend().start()
  await backend.stop()
  engine = await new SimulatedEngine(path.join(folder, 'engine.sock')).start()
  engine.containers.push({
    name: NAME,
    image: IMAGE,
    state: 'exited',
    up: () => backend.start(),
    down: () => backend.stop(),
  })
  proxy = await startProxy({ engineSockets: [engine.socket] })
})
afterEach(async () => {
  await proxy.stop()
  await engine.stop()
  await backend.stop()
  expect(engine.refused).toEqual([])
})

describe('a stopped container', () => {
  beforeEach(async () => {
    await proxy.configure(managed())
    await expect.poll(() => state()?.availability).toBe('stopped')
  })

  test.each([
    ['an image', () => predict(proxy.url, JOBS.searchImage, photo)],
    ['a text', () => predict(proxy.url, JOBS.searchText, 'a beach')],
  ])('is started by %s, which waits for it', async (_what, ask) => {
    expect((await ask()).status).toBe(200)
    expect(container()).toBe('running')
    expect(state()).toMatchObject({ availability: 'serving', container: { state: 'healthy', image: IMAGE } })
  })

  test('ten photos at once start it once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => predict(proxy.url, JOBS.searchImage, photo)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(engine.count('/start')).toBe(1)
  })

  test('is started and stopped by hand', async () => {
    expect((await proxy.post('/api/backends/gpu/start', {})).status).toBe(200)
    await expect.poll(() => state()?.container?.state).toBe('healthy')
    expect((await proxy.post('/api/backends/gpu/stop', {})).status).toBe(200)
    await expect.poll(container).toBe('exited')
    await expect.poll(() => state()?.availability).toBe('stopped')
  })

  test('nothing starts it while it is paused', async () => {
    await proxy.post('/api/backends/gpu/pause', { until: null })
    const start = await proxy.post('/api/backends/gpu/start', {})
    expect([start.status, await start.text()]).toEqual([409, expect.stringContaining('gpu is paused')])
    const text = await predict(proxy.url, JOBS.searchText, 'x')
    expect([text.status, text.statusText]).toEqual([503, expect.stringContaining('gpu: paused')])
    const waiting = predict(proxy.url, JOBS.searchImage, photo)
    await expect.poll(() => state()?.held).toBe(1)
    expect(engine.count('/start')).toBe(0)
    await proxy.post('/api/backends/gpu/resume', {})
    expect((await waiting).status).toBe(200)
    expect(engine.count('/start')).toBe(1)
  })

  test('a pause that overtakes its start is told to the text that waits', async () => {
    const starting = gate()
    const [ml] = engine.containers
    Object.assign(ml ?? {}, { up: () => starting.promise.then(() => backend.start()) })
    const text = predict(proxy.url, JOBS.searchText, 'x')
    await expect.poll(() => state()?.availability).toBe('starting')
    await proxy.post('/api/backends/gpu/pause', { until: null })
    expect((await text).statusText).toContain('gpu: paused')
    starting.resolve()
    await expect.poll(() => state()?.container?.state).toBe('stopped')
  })

  test('a start that fails is told with the engine’s own words', async () => {
    engine.startProblem = 'could not select device driver "nvidia"'
    const text = await predict(proxy.url, JOBS.searchText, 'x')
    expect([text.status, await text.text()]).toEqual([503, expect.stringContaining('device driver')])
    await expect.poll(() => state()?.container?.problem).toContain('could not select device driver')
    expect(state()?.reason).toMatch(/^its container is stopped; .*could not select device driver/)
  })
})

test('others serve while it starts, and an image that prefers it has it started', async () => {
  const nas = await new SimulatedBackend({ name: 'nas' }).start()
  try {
    await proxy.configure({
      ...managed(),
      defaultBackend: 'nas',
      taskRouting: { clip: 'gpu' },
      taskRoutingPolicy: { clip: 'fallback' },
      backends: [...managed().backends, { name: 'nas', url: nas.url }],
    })
    await expect.poll(() => state()?.availability).toBe('stopped')
    expect((await predict(proxy.url, JOBS.searchImage, photo)).status).toBe(200)
    expect(nas.seen).toHaveLength(1)
    await expect.poll(() => state()?.availability).toBe('serving')
    expect((await predict(proxy.url, JOBS.searchImage, photo)).status).toBe(200)
    expect(backend.seen).toHaveLength(1)
  } finally {
    await nas.stop()
  }
})

test('a model that cannot be loaded is mended by a restart', async () => {
  await proxy.configure(managed())
  expect((await predict(proxy.url, JOBS.searchImage, photo)).status).toBe(200)
  backend.predictFault = [
    {
      kind: 'status',
      status: 500,
      body: JSON.stringify({ detail: 'Failed to load model ViT-B-32__openai' }),
    },
  ]
  expect((await predict(proxy.url, JOBS.searchImage, photo)).status).toBe(200)
  expect(engine.count('restart?t=10')).toBe(1)
})

test('the containers that may be managed are offered, and why there are none', async () => {
  const none = () => Promise.resolve()
  engine.containers.push({ name: 'postgres', image: 'postgres:16', state: 'running', up: none, down: none })
  expect(await (await proxy.get('/api/containers')).json()).toEqual({
    containers: [{ name: NAME, image: IMAGE, state: 'exited' }],
    problem: '',
  })
  await engine.stop()
  expect(await (await proxy.get('/api/containers')).json()).toEqual({
    containers: [],
    problem: expect.stringContaining('No container engine answers') as string,
  })
})

describe('who may', () => {
  /** A call with any headers, which `fetch` does not send. */
  async function call(
    method: string,
    where: string,
    body: object | undefined,
    headers: object,
  ): Promise<number> {
    const request = http.request(new URL(where, proxy.url), {
      method,
      headers: { 'content-type': 'application/json', ...headers },
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    return response.statusCode ?? 0
  }

  const OUTSIDE = [
    ['another Host', { host: '192.168.1.5:3004' }],
    ['Forwarded', { forwarded: 'for=192.168.1.9' }],
    ['X-Forwarded-For', { 'x-forwarded-for': '192.168.1.9' }],
  ] as const

  test.each(OUTSIDE)('not a call of loopback with %s', async (_what, headers) => {
    await proxy.configure(managed())
    expect(await call('POST', '/api/backends/gpu/start', {}, headers)).toBe(403)
    expect(await call('POST', '/api/backends/gpu/stop', {}, headers)).toBe(403)
    expect(await call('GET', '/api/containers', undefined, headers)).toBe(403)
    expect(engine.count('/start')).toBe(0)
    const other = managed({ container: 'postgres' })
    expect(await call('POST', '/api/config', other, headers)).toBe(403)
    expect(await call('POST', '/api/config', managed(null), headers)).toBe(403)
    expect(proxy.service.store.config.backends[0]?.manage).toEqual({ container: NAME })
  })

  test('but it may pause, and save what leaves it as it is', async () => {
    await proxy.configure(managed())
    const headers = OUTSIDE[0][1]
    expect(await call('POST', '/api/backends/gpu/pause', { until: null }, headers)).toBe(200)
    expect(await call('POST', '/api/backends/gpu/resume', {}, headers)).toBe(200)
    expect(
      await call('POST', '/api/config', managed({ container: NAME }, { timeoutMs: 5_000 }), headers),
    ).toBe(200)
    const without = { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: backend.url }] }
    expect(await call('POST', '/api/config', without, headers)).toBe(200)
    expect(proxy.service.store.config.backends[0]?.manage).toEqual({ container: NAME })
  })

  test('nobody sets a socket by a POST', async () => {
    await proxy.configure(managed())
    const answer = await proxy.post('/api/config', managed({ container: NAME, socket: '/tmp/x.sock' }))
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('backends[0].manage.socket can be set in config.json by hand alone')
  })

  test('calls of what is not there say so', async () => {
    await proxy.configure(managed(null))
    expect((await proxy.post('/api/backends/other/start', {})).status).toBe(404)
    const answer = await proxy.post('/api/backends/gpu/start', {})
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining('choose it on the page'),
    ])
  })
})
