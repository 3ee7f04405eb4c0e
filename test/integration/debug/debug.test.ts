import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import type { BackendStates, DebugRecord, DebugUsage, Events } from '../../../src-shared/api.ts'
import { EventStream } from '../../support/events.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { urlOf } from '../../support/listening.ts'
import { gpu, nas, port, proxy, start, usePair, working } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'

const photo = readPhoto()
const splitConfig = () => configOf([gpu, nas], { taskRouting: { ocr: 'nas' } })
usePair({ debug: true }, splitConfig)

const records = async () => (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
const json = async (response: Promise<Response>): Promise<unknown> => (await response).json()

describe('debug mode', () => {
  test('status, toggle and max-records', async () => {
    expect(await json(proxy.get('/api/debug/status'))).toEqual({
      enabled: true,
      maxRecords: 100,
      recordCount: 0,
    })
    expect(await json(proxy.post('/api/debug/toggle', { enabled: false }))).toEqual({
      enabled: false,
      maxRecords: 100,
      recordCount: 0,
    })
    expect(await json(proxy.post('/api/debug/max-records', { maxRecords: 10_000 }))).toMatchObject({
      maxRecords: 10_000,
    })
    for (const maxRecords of [0, 10_001, 1.5, '5', null]) {
      expect((await proxy.post('/api/debug/max-records', { maxRecords })).status).toBe(400)
    }
    for (const body of [{}, { enabled: 1 }, [], null]) {
      expect((await proxy.post('/api/debug/toggle', body)).status).toBe(400)
    }
    expect(await json(proxy.get('/api/debug/status'))).toMatchObject({ enabled: false, maxRecords: 10_000 })
  })

  test('off: nothing is recorded, what was recorded stays', async () => {
    await proxy.get('/ping')
    await proxy.post('/api/debug/toggle', { enabled: false })
    await predict(proxy.url, JOBS.searchText, 'x')
    expect(await records()).toHaveLength(1)
  })

  test('a smaller maximum trims the oldest at once; DELETE clears', async () => {
    for (let index = 0; index < 5; index++) await proxy.get(`/unknown-${index}`)
    await proxy.post('/api/debug/max-records', { maxRecords: 2 })
    expect((await records()).map((record) => record.request.url)).toEqual(['/unknown-3', '/unknown-4'])
    const cleared = await fetch(new URL('/api/debug/records', proxy.url), { method: 'DELETE' })
    expect(await cleared.json()).toEqual({ message: 'Debug records cleared' })
    expect(await records()).toEqual([])
  })

  test('the body of an unknown request is described and kept, of a large one the size alone', async () => {
    const post = (body: string, contentType: string) =>
      fetch(`${proxy.url}/predictions`, { method: 'POST', body, headers: { 'content-type': contentType } })
    await post('{"clip":"a dog"}', 'application/json')
    await post('x'.repeat(100_000), 'text/plain')
    await expect
      .poll(async () => (await records()).map(({ request }) => request.body))
      .toMatchObject([
        { kind: 'json', size: 16, preview: '{"clip":"a dog"}' },
        { kind: 'text', size: 100_000, preview: '' },
      ])
    const [small, large] = await records()
    expect([small?.kept.request, large?.kept.request]).toEqual([true, false])
    const kept = await proxy.get(`/api/debug/records/${small?.id ?? ''}/request`)
    expect(await kept.text()).toBe('{"clip":"a dog"}')
  })

  test('pings, predictions and unknown requests are recorded; views, the API and our own pings are not', async () => {
    for (const path of [
      '/',
      '/config',
      '/debug',
      '/api/status',
      '/api/health',
      '/assets/x.js',
      '/favicon.ico',
    ]) {
      await proxy.get(path)
    }
    await proxy.service.monitor.checkAll()
    expect(await records()).toEqual([])
    await proxy.get('/ping')
    await proxy.get('/nope')
    await predict(proxy.url, JOBS.searchText, 'x')
    expect(
      (await records()).map(({ type, request, response }) => [type, request.url, response.statusCode]),
    ).toEqual([
      ['incoming', '/ping', 200],
      ['incoming', '/nope', 404],
      ['incoming', '/predict', 200],
      ['outgoing', `${gpu.url}/predict`, 200],
    ])
  })
})

describe('the records of a prediction', () => {
  test('hold what was asked and answered, in one trace', async () => {
    await predict(proxy.url, { ...JOBS.searchImage, ...JOBS.ocr }, photo)
    const [incoming, ...outgoing] = await records()
    expect(incoming).toMatchObject({
      type: 'incoming',
      traceId: incoming?.id,
      tasks: ['clip/visual', 'ocr/detection', 'ocr/recognition'],
      request: {
        method: 'POST',
        url: '/predict',
        body: {
          kind: 'multipart',
          truncated: true,
          parts: [
            { name: 'entries', preview: JSON.stringify({ ...JOBS.searchImage, ...JOBS.ocr }).slice(0, 256) },
            { name: 'image', filename: 'blob', contentType: 'application/octet-stream', size: photo.length },
          ],
        },
      },
      response: {
        statusCode: 200,
        body: { kind: 'json', preview: expect.stringMatching(/^\{"clip":/) as string },
      },
      kept: { request: true, response: true },
    })
    expect(new Date(incoming?.timestamp ?? '').toISOString()).toBe(incoming?.timestamp)
    expect(incoming?.durationMs).toBeGreaterThan(0)
    expect(incoming).not.toHaveProperty('pending')
    expect(outgoing.map(({ type, traceId, backend, tasks }) => ({ type, traceId, backend, tasks }))).toEqual([
      { type: 'outgoing', traceId: incoming?.id, backend: 'gpu', tasks: ['clip/visual'] },
      {
        type: 'outgoing',
        traceId: incoming?.id,
        backend: 'nas',
        tasks: ['ocr/detection', 'ocr/recognition'],
      },
    ])
    expect(outgoing[0]?.request.body.parts?.[0]?.preview).toBe(JSON.stringify(JOBS.searchImage))
  })

  test('failed attempts have their reason', async () => {
    gpu.predictFault = [{ kind: 'reset' }, { kind: 'reset' }]
    await predict(proxy.url, JOBS.searchImage, photo)
    const [incoming, outgoing] = await records()
    expect(outgoing).toMatchObject({ error: 'connection reset', response: { statusCode: 0 } })
    const error = expect.stringContaining('gpu: connection reset a second time') as string
    expect(incoming).toMatchObject({ error, response: { statusCode: 502 } })
  })

  test('secrets are never stored, of the client or of a backend', async () => {
    const backend = { name: 'gpu', url: gpu.url, headers: { 'X-Own-Token': 'own-secret' } }
    await proxy.configure({ defaultBackend: 'gpu', backends: [backend] })
    const headers = { authorization: 'Bearer s3cret', cookie: 'a=s3cret', 'x-api-key': 's3cret' }
    await predict(proxy.url, JOBS.searchText, 'x', { headers })
    await fetch(new URL('/ping', proxy.url), { headers })
    expect(gpu.seen.at(-1)?.headers['x-own-token']).toBe('own-secret')
    const text = JSON.stringify(await records()) + JSON.stringify(await json(proxy.get('/api/debug/har')))
    expect(text).not.toContain('s3cret')
    expect(text).not.toContain('own-secret')
    expect(text).toContain('x-own-token')
  })

  test('headers that a backend sends twice stand as one text', async () => {
    const twice = createServer((request, response) => {
      const types = ['content-type', 'application/json', 'content-type', 'text/plain']
      const headers = [...types, 'retry-after', '7', 'retry-after', '8']
      request.resume().once('end', () => response.writeHead(503, headers).end('{}'))
    })
    const url = await urlOf(twice)
    await proxy.configure({ defaultBackend: 'twice', backends: [{ name: 'twice', url }] })
    const answer = await predict(proxy.url, JOBS.searchText, 'x')
    twice.close()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7, 8'])
    for (const { response } of (await records()).slice(-2)) {
      const headers = { 'content-type': 'application/json, text/plain', 'retry-after': '7, 8' }
      expect(response.headers).toMatchObject(headers)
      expect(response.body.contentType).toBe(headers['content-type'])
    }
  })

  test('a client that hangs up is recorded as such', async () => {
    gpu.predictFault = { kind: 'hang' }
    const abort = new AbortController()
    const hanging = predict(proxy.url, JOBS.searchText, 'x', { signal: abort.signal })
    await working(gpu, 1)
    abort.abort()
    await expect(hanging).rejects.toThrow()
    await expect
      .poll(async () => (await records()).map((record) => record.error))
      .toEqual(['given up by the client', 'given up by the client'])
    expect(proxy.service.monitor.healthOf('gpu')?.status).toBe('healthy')
  })
})

describe('kept bodies', () => {
  test('an image is given as what its bytes say it is, and as nothing else', async () => {
    await predict(proxy.url, JOBS.searchImage, photo)
    const [incoming, outgoing] = await records()
    for (const record of [incoming, outgoing]) {
      const part = await proxy.get(`/api/debug/records/${record?.id ?? ''}/parts/1`)
      expect(part.status).toBe(200)
      expect(part.headers.get('content-type')).toBe('image/jpeg')
      expect(part.headers.get('x-content-type-options')).toBe('nosniff')
      expect(part.headers.get('content-security-policy')).toContain('sandbox')
      expect(part.headers.get('content-disposition')).toContain('filename=')
      expect(Buffer.from(await part.arrayBuffer()).equals(photo)).toBe(true)
    }
    const entries = await proxy.get(`/api/debug/records/${outgoing?.id ?? ''}/parts/0`)
    expect(entries.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await entries.json()).toEqual(JOBS.searchImage)
    const answer = await proxy.get(`/api/debug/records/${incoming?.id ?? ''}/response`)
    expect(await answer.json()).toMatchObject({ imageWidth: 1440 })
  })

  test.each(['/parts/2', '/parts/-1', '/parts/x', '/parts/1e0', '/parts/..%2f1'])(
    '%s: 404',
    async (suffix) => {
      await predict(proxy.url, JOBS.searchImage, photo)
      const [record] = await records()
      expect((await proxy.get(`/api/debug/records/${record?.id ?? ''}${suffix}`)).status).toBe(404)
    },
  )

  test('what the budget dropped is told and answered 404', async () => {
    await start({ debug: true, limits: { recordedBytes: 300_000 } })
    await proxy.configure(configOf([gpu]))
    await predict(proxy.url, JOBS.searchImage, photo)
    await predict(proxy.url, JOBS.searchImage, photo)
    const list = await records()
    expect(list.map((record) => record.kept.request)).toEqual([false, false, true, true])
    expect((await proxy.get(`/api/debug/records/${list[0]?.id ?? ''}/parts/1`)).status).toBe(404)
    const usage = (await json(proxy.get('/api/debug/usage'))) as DebugUsage
    expect(usage.keptBytes).toBeLessThanOrEqual(usage.keptBytesLimit)
    expect(usage).toMatchObject({ incoming: 2, outgoing: 2, errors: 0, keptBytesLimit: 300_000 })
  })

  test('a recorded prediction can be sent again, through the proxy or to one backend', async () => {
    await predict(proxy.url, JOBS.ocr, photo)
    const [record] = await records()
    const replay = (body: object) => json(proxy.post(`/api/debug/records/${record?.id ?? ''}/replay`, body))
    expect(await replay({})).toMatchObject({
      statusCode: 200,
      body: expect.stringContaining('read by nas') as string,
      recordId: expect.any(String) as string,
    })
    expect(await replay({ backend: 'gpu' })).toMatchObject({
      statusCode: 200,
      body: expect.stringContaining('read by gpu') as string,
    })
    expect(await replay({ backend: 'none' })).toEqual({ error: '"none" is not a configured backend' })
    expect(gpu.seen[0]?.image?.equals(photo)).toBe(true)
  })

  test('the HAR holds every finished exchange with its bodies', async () => {
    await predict(proxy.url, JOBS.searchImage, photo)
    const har = (await json(proxy.get('/api/debug/har'))) as {
      log: {
        entries: { request: { url: string; postData: { text: string } }; response: { status: number } }[]
      }
    }
    const [incoming] = har.log.entries
    expect(har.log.entries).toHaveLength(2)
    expect(incoming?.request.url).toBe(`${proxy.url}/predict`)
    expect(Buffer.from(incoming?.request.postData.text ?? '', 'base64').includes(photo)).toBe(true)
  })
})

describe('/api/events', () => {
  test('gives the current state first, then each change', async () => {
    await proxy.get('/ping')
    const stream = await EventStream.open(proxy.url)
    const first = await stream.next<Events['config']>('config')
    expect(first.config.defaultBackend).toBe('gpu')
    expect(await stream.next<BackendStates>('health')).toMatchObject({ gpu: { status: 'healthy' } })
    expect(await stream.next('status')).toMatchObject({ overall: 'healthy' })
    expect(await stream.next('debug')).toMatchObject({ enabled: true, recordCount: 1 })
    expect(await stream.next<DebugRecord>('record')).toMatchObject({ request: { url: '/ping' } })

    const seen = stream.events.length
    await proxy.post('/api/debug/toggle', { enabled: false })
    await stream.next<DebugUsage>('debug', (data) => !data.enabled, seen)
    await proxy.post('/api/debug/toggle', { enabled: true })
    await nas.kill()
    await proxy.get('/ping')
    await stream.next<BackendStates>('health', (data) => data['nas']?.status === 'unhealthy', seen)
    await predict(proxy.url, JOBS.searchText, 'x')
    await stream.next<DebugRecord>(
      'record',
      (record) => record.type === 'outgoing' && record.response.statusCode === 200,
      seen,
    )
    await proxy.configure(configOf([gpu]))
    const config = await stream.next<Events['config']>(
      'config',
      (data) => data.config.backends.length === 1,
      seen,
    )
    expect(config.revision).not.toBe(first.revision)
    stream.close()
  })

  test('of a client that goes away before it begins leaves nothing behind', async () => {
    const { auth, recorder } = proxy.service
    const asked = gate()
    const authenticate = auth.authenticate.bind(auth)
    const spy = vi.spyOn(auth, 'authenticate').mockImplementationOnce(async (credentials) => {
      await asked.promise
      return authenticate(credentials)
    })
    const client = connect(port(), '127.0.0.1')
    client.write('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await expect.poll(() => spy.mock.calls.length).toBe(1)
    client.resetAndDestroy()
    // By the time that it is answered, the reset was noticed as well.
    expect((await proxy.get('/healthz')).status).toBe(200)
    asked.resolve()
    expect((await proxy.get('/healthz')).status).toBe(200)
    expect(recorder.listenerCount('record')).toBe(0)
    spy.mockRestore()
  })

  test('ends when the service stops', async () => {
    const stream = await EventStream.open(proxy.url)
    await proxy.service.stop(2_000)
    await stream.ended
  })

  test('header values are masked in events too', async () => {
    const stream = await EventStream.open(proxy.url)
    const backend = { name: 'gpu', url: gpu.url, headers: { 'X-Own-Token': 'own-secret' } }
    await proxy.configure({ defaultBackend: 'gpu', backends: [backend] })
    await stream.next<Events['config']>('config', (data) => data.config.backends[0]?.headers !== undefined)
    expect(JSON.stringify(stream.events)).not.toContain('own-secret')
    stream.close()
  })
})
