import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { HealthMonitor } from '../../../src-main/backends/monitor.ts'
import { PING_HEALTHY_MS } from '../../../src-main/http/limits.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { ApiDescription } from '../../support/openapi.ts'
import { checkAll, gpu, nas, proxy, search, searchInFlight, usePair } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'
import { turnsUntil } from '../../support/turns.ts'

usePair({ engineSockets: [] })
afterEach(() => void vi.useRealTimers())

const json = async (name: string): Promise<unknown> => (await proxy.get(name)).json()

describe('/ping', () => {
  test('pong when the default backend and every route have a healthy backend', async () => {
    await proxy.configure(configOf([gpu, nas], { taskRouting: { ocr: 'nas' } }))
    const answer = await proxy.get('/ping')
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'pong',
    ])
  })

  test('asks every backend now: one that just died is noticed', async () => {
    await proxy.configure(configOf([gpu, nas], { taskRouting: { ocr: 'nas' } }))
    await nas.kill()
    const answer = await proxy.get('/ping')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({
      error: 'No healthy backend for task "ocr" (nas: connection refused)',
    })
    expect(answer.statusText).toBe('No healthy backend for task "ocr" (nas: connection refused)')
    await nas.start()
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('503 names what is missing: no backends, the default, a type’s route', async () => {
    expect(await json('/ping')).toEqual({ error: expect.stringContaining('No backends') as string })
    await proxy.configure(configOf([gpu, nas], { modelTypeRouting: { textual: 'nas' } }))
    gpu.pingFault = { kind: 'status', status: 500 }
    nas.pingFault = { kind: 'status', status: 302 }
    // The first bad answer decides; the reasons of all are known once all have answered.
    await checkAll()
    const { error } = (await json('/ping')) as { error: string }
    expect(error).toContain('No healthy backend for the default backend (gpu: /ping answered 500)')
    expect(error).toContain('No healthy backend for type "textual" (nas: /ping answered 302, a redirect;')
  })

  test('a pool is served while one of it is healthy; a fallback route while a tier below it is', async () => {
    await proxy.configure(configOf([gpu, nas], { defaultBackend: ['gpu', 'nas'] }))
    await nas.kill()
    expect((await proxy.get('/ping')).status).toBe(200)
    const routing = { taskRouting: { clip: 'nas' } }
    await proxy.configure(configOf([gpu, nas], { ...routing, taskRoutingPolicy: { clip: 'fallback' } }))
    expect((await proxy.get('/ping')).status).toBe(200)
    await proxy.configure(configOf([gpu, nas], routing))
    expect((await proxy.get('/ping')).status).toBe(503)
  })

  test('a backend that hangs costs 0.8 s at most, and calls at the same time share one round', async () => {
    await proxy.configure(configOf([gpu, nas]))
    gpu.pingFault = { kind: 'hang' }
    const before = gpu.pings
    // The time of the proxy: it passes when the test says so.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const checks = vi.spyOn(HealthMonitor.prototype, 'check')
    const asked = Array.from({ length: 20 }, () => proxy.get('/ping'))
    await turnsUntil(() => gpu.pings === before + 1 && checks.mock.calls.length >= 20 * 2)
    checks.mockRestore()
    vi.advanceTimersByTime(PING_HEALTHY_MS)
    const answers = await Promise.all(asked)
    // Healthy before, late once: not yet unhealthy.
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(gpu.pings - before).toBe(1)
  })

  test('is pong while images of a route wait for its backend; text says what they wait for', async () => {
    await proxy.configure(configOf([gpu], { defaultPolicy: 'wait' }))
    await gpu.kill()
    await checkAll()
    expect((await proxy.get('/ping')).status).toBe(200)
    expect(await json('/api/status')).toMatchObject({
      overall: 'waiting',
      problems: ['Images for the default backend wait (gpu: connection refused)'],
    })
  })
})

describe('/api/config', () => {
  test('gives the configuration and saves it', async () => {
    expect(await json('/api/config')).toEqual({
      defaultBackend: '',
      backends: [],
      taskRouting: {},
      modelTypeRouting: {},
      taskRoutingPolicy: {},
      modelTypeRoutingPolicy: {},
    })
    const saved = await proxy.post(
      '/api/config',
      configOf([gpu], { taskRouting: { facial_recognition: 'gpu' } }),
    )
    expect([saved.status, await saved.json()]).toEqual([200, { message: 'Configuration saved successfully' }])
    expect(await json('/api/config')).toMatchObject({
      defaultBackend: 'gpu',
      backends: [{ name: 'gpu', url: gpu.url }],
      taskRouting: { facial_recognition: 'gpu' },
    })
  })

  test.each([
    [{ backends: [] }, 'backends'],
    [{ defaultBackend: 'x' }, 'defaultBackend "x"'],
    [{ taskRouting: { ocr: 5 } }, 'taskRouting.ocr must be'],
    [{ backends: [{ name: 'gpu', url: 'nas:3003' }] }, 'backends[0].url "nas:3003"'],
    [{ modelTypeRoutingPolicy: { textual: 'x' } }, 'modelTypeRoutingPolicy.textual'],
  ])('refuses %j by field and value, and nothing has changed', async (change, message) => {
    await proxy.configure(configOf([gpu, nas]))
    const before: unknown = await json('/api/config')
    const answer = await proxy.post('/api/config', configOf([gpu, nas], change))
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({
      error: expect.stringContaining(message) as string,
      problems: expect.any(Array) as unknown[],
    })
    expect(await json('/api/config')).toEqual(before)
  })

  test('a body that is no JSON, none at all, or too large', async () => {
    const post = (body: string, type = 'application/json') =>
      fetch(new URL('/api/config', proxy.url), { method: 'POST', headers: { 'content-type': type }, body })
    expect((await post('{"a":')).status).toBe(400)
    expect((await post('')).status).toBe(400)
    expect((await post(JSON.stringify({ x: 'y'.repeat(1_100_000) }))).status).toBe(413)
    for (const value of ['null', '5', '"text"', '[]']) expect((await post(value)).status).toBe(400)
  })

  test('a save on an older revision is refused with 412, one without a revision works', async () => {
    await proxy.configure(configOf([gpu]))
    const etag = (await proxy.get('/api/config')).headers.get('etag') ?? ''
    const save = (revision: string, config: object) =>
      proxy.post('/api/config', config, { 'if-match': revision })
    const first = await save(etag, configOf([gpu, nas]))
    expect(first.status).toBe(200)
    expect(first.headers.get('etag')).not.toBe(etag)
    const second = await save(etag, configOf([nas]))
    expect([second.status, await second.json()]).toEqual([
      412,
      { error: expect.stringContaining('changed elsewhere') as string },
    ])
    expect(await json('/api/config')).toMatchObject({ defaultBackend: 'gpu' })
    expect((await save(first.headers.get('etag') ?? '', configOf([nas]))).status).toBe(200)
    expect((await proxy.post('/api/config', configOf([gpu]))).status).toBe(200)
  })
})

describe('/api/health', () => {
  test('has exactly status, lastCheck and error for every backend', async () => {
    await nas.kill()
    const seconds = () => Math.floor(Date.now() / 1000)
    const before = seconds()
    await proxy.configure(configOf([gpu, nas]))
    const health = (await json('/api/health')) as Record<string, { lastCheck: number }>
    expect(health).toEqual({
      gpu: { status: 'healthy', lastCheck: expect.any(Number) as number, error: '' },
      nas: { status: 'unhealthy', lastCheck: expect.any(Number) as number, error: 'connection refused' },
    })
    const lastCheck = health['gpu']?.lastCheck ?? 0
    expect(before <= lastCheck && lastCheck <= seconds(), 'a time of this check, in seconds').toBe(true)
  })

  test('follows answers: an error makes it unhealthy with the reason, and it is asked again by itself', async () => {
    await proxy.configure(configOf([gpu]))
    gpu.predictFault = [{ kind: 'status', status: 503 }]
    const changes: string[] = []
    proxy.service.monitor.on('change', (name, status) => changes.push(`${name} ${status}`))
    await search()
    expect(await json('/api/health')).toMatchObject({ gpu: { status: 'unhealthy', error: 'answered 503' } })
    await expect.poll(() => changes).toEqual(['gpu unhealthy', 'gpu healthy'])
  })

  test('a ping that is late while a prediction runs changes nothing: busy is not dead', async () => {
    await proxy.configure(configOf([gpu]))
    gpu.pingFault = { kind: 'hang' }
    const { running, release } = await searchInFlight()
    // One late ping is forgiven to an idle backend as well; two are not.
    await checkAll()
    await checkAll()
    expect(await json('/api/health')).toMatchObject({ gpu: { status: 'healthy' } })
    gpu.pingFault = undefined
    release()
    expect((await running).status).toBe(200)
  })

  test('/api/backends has the history, the counts and the time of an answer', async () => {
    await proxy.configure(configOf([gpu]))
    await predict(proxy.url, JOBS.searchText, 'x')
    gpu.predictFault = [{ kind: 'status', status: 400 }]
    await predict(proxy.url, JOBS.searchText, 'x')
    const { gpu: state } = (await json('/api/backends')) as Record<string, Record<string, unknown>>
    expect(state).toMatchObject({ requests: 2, failures: 1, inFlight: 0, waiting: 0, benchedUntil: null })
    expect(state?.['lastError']).toEqual({ at: expect.any(Number) as number, text: 'answered 400' })
    expect(state?.['p50Ms']).toEqual(expect.any(Number))
    expect((state?.['history'] as unknown[]).length).toBeGreaterThanOrEqual(1)
  })
})

test('a backend is tested before it is saved', async () => {
  const check = async (body: object): Promise<unknown> =>
    (await proxy.post('/api/backends/test', body)).json()
  expect(await check({ url: gpu.url })).toEqual({
    ok: true,
    statusCode: 200,
    durationMs: expect.any(Number) as number,
    error: '',
    self: false,
  })
  expect(await check({ url: proxy.url })).toMatchObject({ ok: false, statusCode: 508, self: true })
  await nas.kill()
  expect(await check({ url: nas.url })).toMatchObject({
    ok: false,
    statusCode: 0,
    error: 'connection refused',
  })
  expect((await proxy.post('/api/backends/test', { url: 'x' })).status).toBe(400)
  expect((await proxy.post('/api/backends/test', null)).status).toBe(400)
})

test('/api/status', async () => {
  expect(await json('/api/status')).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    uptimeSeconds: expect.any(Number) as number,
    addresses: [proxy.url],
    configFile: path.join(proxy.folder, 'config.json'),
    overall: 'idle',
    problems: [expect.stringContaining('No backends') as string],
    warnings: expect.any(Array) as string[],
    commandLine: { host: '127.0.0.1', port: Number(new URL(proxy.url).port) },
    desktop: false,
    lastAsked: null,
    container: false,
  })
  await proxy.configure(configOf([gpu, nas]))
  expect(await json('/api/status')).toMatchObject({ overall: 'healthy', problems: [] })
  await nas.kill()
  await proxy.service.monitor.checkAll()
  // A backend that no route names is missed by nobody.
  expect(await json('/api/status')).toMatchObject({ overall: 'healthy', problems: [] })
  await proxy.configure({ ...configOf([gpu, nas]), taskRouting: { ocr: ['gpu', 'nas'] } })
  expect(await json('/api/status')).toMatchObject({ overall: 'degraded', problems: [] })
  await gpu.kill()
  await proxy.service.monitor.checkAll()
  expect(await json('/api/status')).toMatchObject({
    overall: 'down',
    problems: expect.arrayContaining([expect.stringContaining('gpu')]) as string[],
  })
})

test('unknown paths: 404 as JSON; the pages link each other', async () => {
  const answer = await proxy.get('/api/nope')
  expect([answer.status, await answer.json()]).toEqual([404, { error: 'There is no GET /api/nope' }])
  expect((await proxy.get('/nope')).status).toBe(404)
  const home = await proxy.get('/')
  const page = await home.text()
  expect(home.headers.get('content-type')).toContain('text/html')
  expect(page).toContain('href="/config"')
  expect(page).toContain('href="/debug"')
})

test('docs/openapi.yaml describes every call as the running server answers it', async () => {
  const api = new ApiDescription()
  const call = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(path, proxy.url).href
    const response = await fetch(url, { method, ...init })
    await api.check(method, url, response)
    return response
  }
  const post = (path: string, body: unknown) =>
    call('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  for (const path of ['/', '/overview', '/config', '/debug', '/ping', '/predict']) await call('GET', path)
  await call('PUT', '/ping')
  await post('/api/config', { backends: [] })
  await post('/api/config', configOf([gpu, nas], { taskRouting: { ocr: ['nas'] } }))
  await post('/api/debug/toggle', { enabled: true })
  await post('/api/debug/toggle', { enabled: 'yes' })
  await post('/api/debug/max-records', { maxRecords: 50 })
  await post('/api/debug/max-records', { maxRecords: 0 })
  await post('/api/backends/test', { url: gpu.url })
  await post('/api/backends/test', { url: '' })
  const tasks = ['clip', 'facial-recognition', 'ocr']
  const image = readPhoto().toString('base64')
  await call('GET', '/api/backends/try')
  await post('/api/backends/try', { backend: { url: gpu.url }, tasks, image, text: 'a dog' })
  await post('/api/backends/try', { backend: { url: gpu.url }, tasks })
  for (const path of ['/ping', '/healthz', '/readyz']) await call('GET', path)
  await api.check(
    'POST',
    `${proxy.url}/predict`,
    await predict(proxy.url, { ...JOBS.searchImage, ...JOBS.ocr }, readPhoto()),
  )
  await api.check('POST', `${proxy.url}/predict`, await predict(proxy.url, {}, 'x'))
  await api.check('POST', `${proxy.url}/predict`, await proxy.post('/predict', {}))
  nas.predictFault = [{ kind: 'reset' }, { kind: 'reset' }]
  await api.check('POST', `${proxy.url}/predict`, await predict(proxy.url, JOBS.ocr, readPhoto()))
  const records = (await (await call('GET', '/api/debug/records')).json()) as { id: string; type: string }[]
  const incoming =
    records.find((record) => record.type === 'incoming' && record.id !== records[0]?.id)?.id ?? ''
  for (const path of ['', '/parts/1', '/request', '/response'])
    await call('GET', `/api/debug/records/${incoming}${path}`)
  await post(`/api/debug/records/${incoming}/replay`, {})
  await post(`/api/debug/records/${incoming}/replay`, { backend: 'gpu' })
  await post(`/api/debug/records/none/replay`, {})
  for (const path of ['/api/status', '/api/config', '/api/health', '/api/backends', '/api/debug/status'])
    await call('GET', path)
  for (const path of ['/api/immich', '/api/progress']) await call('GET', path)
  for (const what of ['pause', 'resume', 'missing', 'seen']) await post(`/api/immich/${what}`, {})
  await post('/api/immich/missing', { tasks: ['none'] })
  for (const name of ['gpu', 'none']) {
    for (const what of ['wake', 'start', 'stop', 'resume']) await post(`/api/backends/${name}/${what}`, {})
    await post(`/api/backends/${name}/pause`, { until: null, reason: 'guests' })
  }
  await post('/api/backends/gpu/pause', { until: '2020-01-01T00:00:00Z' })
  for (const path of ['/api/backends', '/api/containers']) await call('GET', path)
  await post('/api/backends/gpu/resume', {})
  for (const path of ['/api/debug/usage', '/api/debug/har', '/api/debug/records/none'])
    await call('GET', path)
  for (const range of ['', '?range=1h', '?range=24h', '?range=1y']) await call('GET', `/api/history${range}`)
  await call('GET', '/metrics')
  await call('DELETE', '/api/debug/records')
  const abort = new AbortController()
  await call('GET', '/api/events', { signal: abort.signal })
  abort.abort()
  await post('/api/auth/password', { password: 'short' })
  const set = await post('/api/auth/password', { password: 'correct horse' })
  const cookie = set.headers.get('set-cookie')?.split(';')[0] ?? ''
  await call('GET', '/api/auth/status')
  await call('GET', '/api/config')
  await post('/api/auth/login', { password: 'wrong' })
  await post('/api/auth/login', { password: 'correct horse' })
  await call('POST', '/api/auth/logout', { headers: { cookie, origin: 'http://evil.example.com' } })
  await call('POST', '/api/auth/logout', { headers: { cookie } })
  expect(api.operations.filter((operation) => !api.called.has(operation))).toEqual([])
})

test.each(['/ml/predict', '//predict', '/predict/predict', '/'])(
  'POST %s: 404 with a reason phrase that names the path and /predict, as Immich’s log shows nothing else',
  async (path) => {
    const form = new FormData()
    form.append('entries', '{}')
    const answer = await fetch(`${proxy.url}${path}`, { method: 'POST', body: form })
    expect(answer.status).toBe(404)
    const sentence = `There is no POST ${path}, only /predict; check the machine-learning URL in Immich's settings`
    expect(answer.statusText).toBe(sentence)
    expect(((await answer.json()) as { error: string }).error).toBe(sentence)
  },
)

test('GET /ml/ping: 404 that names /ping; other unknown paths stay as they are', async () => {
  const answer = await proxy.get('/ml/ping')
  expect([answer.status, answer.statusText]).toEqual([
    404,
    "There is no GET /ml/ping, only /ping; check the machine-learning URL in Immich's settings",
  ])
  expect(await (await proxy.get('/ml/other')).json()).toEqual({ error: 'There is no GET /ml/other' })
})
