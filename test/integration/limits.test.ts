import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServiceOptions } from '../../src-main/service.ts'
import { EventStream } from '../support/events.ts'
import { JOBS, predict } from '../support/immich-client.ts'
import { multipartBody } from '../support/multipart.ts'
import { readPhoto } from '../support/photo.ts'
import { configOf, startProxy, type TestProxy } from '../support/proxy.ts'
import { RawClient } from '../support/raw-client.ts'
import { startBackend, type SimulatedBackend } from '../support/simulated-backend.ts'

const photo = readPhoto()
let gpu: SimulatedBackend
let nas: SimulatedBackend
let proxy: TestProxy

beforeEach(async () => {
  gpu = await startBackend({ name: 'gpu' })
  nas = await startBackend({ name: 'nas' })
})

afterEach(async () => {
  await proxy.stop()
  await gpu.stop()
  await nas.stop()
})

/** A proxy with limits that a test can wait for. */
async function start(limits: ServiceOptions['limits'] = {}, config: object = configOf([gpu])): Promise<void> {
  proxy = await startProxy({ limits })
  await proxy.configure(config)
}

/** A promise to be settled from outside. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const search = (query: string) => predict(proxy.url, JOBS.searchText, query)
const port = () => Number(new URL(proxy.url).port)
const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error
/** Resolves once so many predictions are at work on a backend. */
const working = (backend: SimulatedBackend, count: number) => expect.poll(() => backend.active).toBe(count)

function limited(fields: Record<string, unknown>): object {
  return { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url, ...fields }] }
}

describe('maxConcurrent', () => {
  test('above it requests wait in order; a text query goes before images', async () => {
    await start({}, limited({ maxConcurrent: 1 }))
    const released = gate()
    gpu.predictFault = [{ kind: 'held', until: released.promise }]
    const first = predict(proxy.url, JOBS.searchImage, photo)
    await working(gpu, 1)
    const order: string[] = []
    const note = (name: string) => (answer: Response) => {
      order.push(name)
      return answer.status
    }
    const waiting = () => proxy.service.parts.monitor.states()['gpu']?.waiting
    const image1 = predict(proxy.url, JOBS.faces, photo).then(note('image 1'))
    await expect.poll(waiting).toBe(1)
    const image2 = predict(proxy.url, JOBS.ocr, photo).then(note('image 2'))
    await expect.poll(waiting).toBe(2)
    const text = search('quick').then(note('text'))
    await expect.poll(waiting).toBe(3)
    released.resolve()
    expect(await Promise.all([first.then((answer) => answer.status), image1, image2, text])).toEqual([
      200, 200, 200, 200,
    ])
    expect(order).toEqual(['text', 'image 1', 'image 2'])
    expect(gpu.mostActive).toBe(1)
  })

  test('in a pool another candidate that is free takes it', async () => {
    const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 1 }))
    await start({}, { defaultBackend: ['gpu', 'nas'], backends })
    gpu.durationMs = nas.durationMs = 100
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(search))
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect([gpu.seen.length, nas.seen.length]).toEqual([2, 2])
    expect([gpu.mostActive, nas.mostActive]).toEqual([1, 1])
  })

  test('who waits for a backend that dies goes on to another', async () => {
    const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 1 }))
    await start({}, { defaultBackend: ['gpu', 'nas'], backends })
    gpu.predictFault = { kind: 'hang' }
    nas.durationMs = 50
    const answers = Promise.all(['a', 'b', 'c', 'd'].map(search))
    await working(gpu, 1)
    await gpu.kill()
    expect((await answers).map((answer) => answer.status)).toEqual([200, 200, 200, 200])
  })

  test('after queueTimeoutMs a request that waits gets 503 with Retry-After', async () => {
    await start({}, limited({ maxConcurrent: 1, queueTimeoutMs: 100 }))
    gpu.predictFault = { kind: 'hang' }
    const abort = new AbortController()
    const hanging = predict(proxy.url, JOBS.searchText, 'a', { signal: abort.signal }).catch(() => undefined)
    await working(gpu, 1)
    const answer = await search('b')
    expect([answer.status, answer.headers.get('retry-after'), answer.statusText]).toEqual([
      503,
      '5',
      'gpu: no room within 0.1 s',
    ])
    abort.abort()
    await hanging
    expect(proxy.service.parts.monitor.healthOf('gpu')?.status).toBe('healthy')
  })

  /** clip goes to the gpu, and falls back to the nas. */
  const withFallback = (gpuFields: object, nasFields: object): object => ({
    defaultBackend: 'nas',
    backends: [
      { name: 'gpu', url: gpu.url, maxConcurrent: 1, ...gpuFields },
      { name: 'nas', url: nas.url, maxConcurrent: 1, ...nasFields },
    ],
    taskRouting: { clip: 'gpu' },
    taskRoutingPolicy: { clip: 'fallback' },
  })

  test('with fallback a free level below takes it; when that is full too, whichever is free first', async () => {
    await start({}, withFallback({ queueTimeoutMs: 200 }, {}))
    const [onGpu, onNas] = [gate(), gate()]
    gpu.predictFault = [{ kind: 'held', until: onGpu.promise }]
    nas.predictFault = [{ kind: 'held', until: onNas.promise }]
    const first = search('first')
    await working(gpu, 1)
    const second = search('second')
    await working(nas, 1)
    const third = search('third')
    await expect.poll(() => proxy.service.parts.monitor.states()['nas']?.waiting).toBe(1)
    onNas.resolve()
    expect((await third).status).toBe(200)
    expect(nas.seen.map((seen) => seen.text)).toEqual(['second', 'third'])
    onGpu.resolve()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
  })

  test('after a wait in vain the next candidates are waited for as long as they allow', async () => {
    await start({}, withFallback({ queueTimeoutMs: 100 }, {}))
    await nas.kill()
    await proxy.service.parts.monitor.checkAll()
    await nas.start()
    const [onGpu, onNas] = [gate(), gate()]
    gpu.predictFault = [{ kind: 'held', until: onGpu.promise }]
    nas.predictFault = [{ kind: 'held', until: onNas.promise }]
    nas.pingFault = { kind: 'status', status: 500 }
    const first = search('first')
    await working(gpu, 1)
    // The nas is known to be down: only after the wait for the gpu is it tried, and found full.
    const second = predict(proxy.url, JOBS.ocr, photo)
    await working(nas, 1)
    const third = search('third')
    await expect.poll(() => proxy.service.parts.monitor.states()['nas']?.waiting).toBe(1)
    onNas.resolve()
    expect((await third).status).toBe(200)
    onGpu.resolve()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
  })

  test('a place on a backend that has just failed is not given to who waits', async () => {
    const backends = [
      { name: 'gpu', url: gpu.url, maxConcurrent: 1, timeoutMs: 1_000 },
      { name: 'nas', url: nas.url, maxConcurrent: 1 },
    ]
    await start({}, { defaultBackend: ['gpu', 'nas'], backends })
    const onNas = gate()
    gpu.predictFault = { kind: 'hang' }
    nas.predictFault = [{ kind: 'held', until: onNas.promise }]
    gpu.pingFault = { kind: 'status', status: 500 }
    const answers = [search('a'), search('b')]
    await working(gpu, 1)
    await working(nas, 1)
    answers.push(search('c'))
    await expect.poll(() => proxy.service.parts.monitor.states()['gpu']?.waiting).toBe(1)
    // The hanging one is given up after a second, and waits for the nas as well.
    await expect.poll(() => proxy.service.parts.monitor.states()['nas']?.waiting).toBe(2)
    onNas.resolve()
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(gpu.seen).toHaveLength(1)
  })

  test('a client that hangs up while it waits takes no place', async () => {
    await start({}, limited({ maxConcurrent: 1 }))
    gpu.durationMs = 150
    const first = search('first')
    await working(gpu, 1)
    const abort = new AbortController()
    const gone = predict(proxy.url, JOBS.searchText, 'gone', { signal: abort.signal }).catch(() => 'gone')
    await expect.poll(() => proxy.service.parts.monitor.states()['gpu']?.waiting).toBe(1)
    abort.abort()
    expect(await gone).toBe('gone')
    expect((await first).status).toBe(200)
    expect((await search('last')).status).toBe(200)
    expect(gpu.seen.map((seen) => seen.text)).toEqual(['first', 'last'])
  })
})

test('a place that becomes free with more of them allowed, or with health, goes to who waits', async () => {
  await start({}, limited({ maxConcurrent: 1 }))
  const released = gate()
  gpu.predictFault = { kind: 'held', until: released.promise }
  const answers = Promise.all(['a', 'b', 'c'].map(search))
  await working(gpu, 1)
  await expect.poll(() => proxy.service.parts.monitor.states()['gpu']?.waiting).toBe(2)
  await proxy.configure(limited({ maxConcurrent: 3 }))
  await working(gpu, 3)
  released.resolve()
  expect((await answers).map((answer) => answer.status)).toEqual([200, 200, 200])
})

test('who waits for a full backend goes to one that comes back', async () => {
  const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 1 }))
  await nas.kill()
  await start({}, { defaultBackend: ['gpu', 'nas'], backends })
  const released = gate()
  gpu.predictFault = { kind: 'held', until: released.promise }
  const first = search('first')
  await working(gpu, 1)
  const second = search('second')
  await expect.poll(() => proxy.service.parts.monitor.states()['gpu']?.waiting).toBe(1)
  await nas.start()
  await proxy.service.parts.monitor.checkAll()
  expect((await second).status).toBe(200)
  expect(nas.seen.map((seen) => seen.text)).toEqual(['second'])
  released.resolve()
  expect((await first).status).toBe(200)
})

test('changes of health do not prolong the wait for room', async () => {
  await start(
    {},
    {
      defaultBackend: 'gpu',
      backends: [
        { name: 'gpu', url: gpu.url, maxConcurrent: 1, queueTimeoutMs: 600 },
        { name: 'nas', url: nas.url },
      ],
    },
  )
  gpu.predictFault = { kind: 'hang' }
  const abort = new AbortController()
  const hanging = predict(proxy.url, JOBS.searchText, 'a', { signal: abort.signal }).catch(() => undefined)
  await working(gpu, 1)
  const started = performance.now()
  const waiting = search('b')
  for (let change = 0; change < 4; change++) {
    nas.pingFault = change % 2 === 0 ? { kind: 'status', status: 500 } : undefined
    await new Promise((resolve) => setTimeout(resolve, 200))
    await proxy.service.parts.monitor.checkAll()
  }
  expect((await waiting).status).toBe(503)
  expect(performance.now() - started).toBeLessThan(1_500)
  abort.abort()
  await hanging
})

describe('at the door', () => {
  test('more predictions than may be in flight wait, a text before images, then 503 with Retry-After', async () => {
    await start({ predictions: 1, admissionTimeoutMs: 1_000 })
    const released = gate()
    gpu.predictFault = [{ kind: 'held', until: released.promise }]
    const order: string[] = []
    const first = search('first')
    await working(gpu, 1)
    const image = predict(proxy.url, JOBS.searchImage, photo).then(() => order.push('image'))
    await expect.poll(() => proxy.service.waiting).toBe(1)
    const text = search('second').then(() => order.push('text'))
    await expect.poll(() => proxy.service.waiting).toBe(2)
    released.resolve()
    await Promise.all([first, image, text])
    expect(order).toEqual(['text', 'image'])
    gpu.predictFault = { kind: 'hang' }
    const abort = new AbortController()
    const hanging = predict(proxy.url, JOBS.searchText, 'a', { signal: abort.signal }).catch(() => undefined)
    await working(gpu, 1)
    const refused = await search('b')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await errorOf(refused)).toContain('1 predictions are in flight')
    abort.abort()
    await hanging
  })

  test('more bytes than may be held wait; one alone always fits', async () => {
    await start({ heldBytes: 300_000, admissionTimeoutMs: 5_000 })
    gpu.durationMs = 50
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => predict(proxy.url, JOBS.searchImage, photo)),
    )
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
    expect(gpu.mostActive).toBe(1)
    const large = Buffer.concat([photo.subarray(0, -2), Buffer.alloc(400_000), photo.subarray(-2)])
    expect((await predict(proxy.url, JOBS.searchImage, large)).status).toBe(200)
  })

  test('a slow sender of a large body does not keep others out', async () => {
    await start({ heldBytes: 10_000_000, admissionTimeoutMs: 2_000 })
    const slow = await RawClient.connect(port())
    slow.send(
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999999\r\n\r\n--b',
    )
    expect((await search('others')).status).toBe(200)
    slow.close()
  })

  test('bodies without a length are counted as they come: the sender waits, or gets 503', async () => {
    await start({ heldBytes: 2_000_000, admissionTimeoutMs: 500 })
    const head =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n'
    const clients = await Promise.all(Array.from({ length: 2 }, () => RawClient.connect(port())))
    const chunk = `f4240\r\n${'x'.repeat(1_000_000)}\r\n`
    for (const client of clients) client.send(head + chunk + chunk)
    expect(await Promise.race(clients.map((client) => client.firstAnswer()))).toMatch(
      /^HTTP\/1\.1 503 [\s\S]*in flight/,
    )
    for (const client of clients) client.close()
    await expect.poll(async () => (await search('after')).status).toBe(200)
  })

  test('a body that is refused while it is still sent is answered all the same', async () => {
    await start({ maxBodyBytes: 1_000_000 })
    const client = await RawClient.connect(port())
    client.send(
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 8000000\r\n\r\n',
    )
    for (let sent = 0; sent < 8; sent++) client.send(Buffer.alloc(1_000_000))
    expect(await client.firstAnswer()).toMatch(/^HTTP\/1\.1 413 /)
    client.close()
  })

  test('a sender that is silent in the middle of a management call is cut off too', async () => {
    await start({ bodyIdleTimeoutMs: 300 })
    const call =
      'POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"'
    expect(await RawClient.exchange(port(), call)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"error"/)
  })

  test('entries over 1 MB: 413; more than 100: 413; more than 100 parts: 413', async () => {
    await start()
    const big = { clip: { visual: { modelName: 'x'.repeat(1_100_000) } } }
    expect((await predict(proxy.url, big, photo)).status).toBe(413)
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`t${index}`, { a: {} }]))
    expect((await predict(proxy.url, many, 'x')).status).toBe(413)
    const parts = Array.from({ length: 120 }, (_, index) => ({
      name: `f${index}`,
      content: Buffer.from('x'),
    }))
    const body = multipartBody('b', [...parts, { name: 'entries', content: Buffer.from('{"a":{"b":{}}}') }])
    const answer = await fetch(new URL('/predict', proxy.url), {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: new Uint8Array(body),
    })
    expect(answer.status).toBe(413)
    expect(gpu.seen).toHaveLength(0)
  })

  test('headers over 16 KB: 431 as JSON; what is no HTTP: 400', async () => {
    await start()
    const long = await RawClient.exchange(
      port(),
      `GET /ping HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(17_000)}\r\n\r\n`,
    )
    expect(long).toMatch(/^HTTP\/1\.1 431 /)
    expect(long).toContain('{"error":"The headers are larger than 16 KB"}')
    expect(await RawClient.exchange(port(), 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"error"/)
  })

  test('headers that never end: 408 after the limit', async () => {
    await start({ headersTimeoutMs: 500 })
    expect(await RawClient.exchange(port(), 'GET /ping HTTP/1.1\r\nHost: x\r\n')).toMatch(
      /^HTTP\/1\.1 408 [\s\S]*"error"/,
    )
  })

  test('a sender that is silent in the middle of a body is cut off with 408, others are unaffected', async () => {
    await start({ bodyIdleTimeoutMs: 300 })
    const head =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b'
    const slow = RawClient.exchange(port(), head)
    expect((await search('others')).status).toBe(200)
    expect(await slow).toMatch(/^HTTP\/1\.1 408 [\s\S]*No byte of the body came/)
  })

  test('a slow sender that goes on sending is served', async () => {
    await start({ bodyIdleTimeoutMs: 500 })
    const entries = Buffer.from(JSON.stringify(JOBS.searchText))
    const body = multipartBody('b', [
      { name: 'entries', content: entries },
      { name: 'text', content: Buffer.from('slow') },
    ])
    const client = await RawClient.connect(port())
    client.send(
      `POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    for (let at = 0; at < body.length; at += 8) {
      client.send(body.subarray(at, at + 8))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(await client.answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('connections over the limit get a 503 as JSON', async () => {
    await start({ connections: 3 })
    const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.connect(port())))
    const refused = await RawClient.exchange(port(), 'GET /ping HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(refused).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after[\s\S]*"error"/)
    for (const client of clients) client.close()
    await expect.poll(async () => (await proxy.get('/ping').catch(() => undefined))?.status).toBe(200)
  })

  test.each([
    ['GET /ping', 'GET /ping HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['GET /api/status', 'GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    [
      'POST /api/config',
      'POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    ],
    ['POST /predict', 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
  ])(
    'an idle connection is closed after %s, so that dead ones do not use up the limit',
    async (_what, call) => {
      await start({ keepAliveMs: 100 })
      const client = await RawClient.connect(port())
      client.send(call)
      expect(await client.answer).toMatch(/^HTTP\/1\.1 \d+ [\s\S]*keep-alive/i)
    },
  )

  test('Content-Length together with Transfer-Encoding is refused', async () => {
    await start()
    const smuggled =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(await RawClient.exchange(port(), smuggled)).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('shutting down', () => {
  test('requests in flight finish, new connections are refused, event streams end', async () => {
    await start()
    gpu.durationMs = 300
    const running = search('in flight')
    const stream = await EventStream.open(proxy.url)
    await working(gpu, 1)
    const { url } = proxy
    const stopped = proxy.service.stop()
    await expect(fetch(new URL('/ping', url))).rejects.toThrow()
    expect((await running).status).toBe(200)
    await stopped
    await stream.ended
  })

  test('what is not done when the grace ends is cut off', async () => {
    await start()
    gpu.predictFault = { kind: 'hang' }
    const hanging = expect(search('hangs')).rejects.toThrow()
    await working(gpu, 1)
    const started = performance.now()
    await proxy.service.stop(200)
    expect(performance.now() - started).toBeLessThan(2_000)
    await hanging
  })

  test('idle keep-alive connections do not hold it up', async () => {
    await start()
    await search('x')
    const started = performance.now()
    await proxy.service.stop()
    expect(performance.now() - started).toBeLessThan(1_500)
  })
})

describe('another address', () => {
  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port: free } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return free
  }

  /** A proxy that listens where its configuration says. */
  async function startAt(first: number): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'move-'))
    const file = path.join(folder, 'config.json')
    await writeFile(file, JSON.stringify({ ...configOf([gpu]), server: { port: first, host: '127.0.0.1' } }))
    proxy = await startProxy({ userDataDir: folder, port: undefined, host: undefined })
    return file
  }
  const at = (server: object) => ({ ...configOf([gpu]), server })

  test('the listener moves without losing what is in flight; a port that is taken leaves the old one serving', async () => {
    const [first, second] = [await freePort(), await freePort()]
    await startAt(first)
    expect(port()).toBe(first)
    const old = proxy.url
    gpu.durationMs = 300
    const running = search('in flight')
    await working(gpu, 1)
    await proxy.configure(at({ port: second, host: '127.0.0.1' }))
    expect(port()).toBe(second)
    expect((await proxy.get('/ping')).status).toBe(200)
    expect((await running).status).toBe(200)
    await expect(fetch(new URL('/ping', old))).rejects.toThrow()

    const before: unknown = await (await proxy.get('/api/config')).json()
    const taken = await proxy.post('/api/config', at({ port: gpu.port, host: '127.0.0.1' }))
    expect(taken.status).toBe(409)
    expect(await errorOf(taken)).toContain(`Port ${gpu.port} is already taken`)
    expect(await (await proxy.get('/api/config')).json()).toEqual(before)
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('another host on the same port: the listener lets go of the old one first', async () => {
    await startAt(await freePort())
    await proxy.configure(at({ port: port(), host: '0.0.0.0' }))
    expect(proxy.service.address?.host).toBe('0.0.0.0')
    expect((await proxy.get('/ping')).status).toBe(200)
    const unknown = await proxy.post('/api/config', at({ port: port(), host: '203.0.113.9' }))
    expect(unknown.status).toBe(409)
    expect(proxy.service.address?.host).toBe('0.0.0.0')
    await proxy.configure(at({ port: port(), host: '127.0.0.1' }))
    expect(proxy.service.address?.host).toBe('127.0.0.1')
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('a port changed by hand is followed; one that is taken is told, and the old one goes on serving', async () => {
    const [first, second] = [await freePort(), await freePort()]
    const file = await startAt(first)
    const moved = once(proxy.service, 'moved')
    await writeFile(file, JSON.stringify(at({ port: second, host: '127.0.0.1' })))
    await moved
    expect(port()).toBe(second)
    await writeFile(file, JSON.stringify(at({ port: gpu.port, host: '127.0.0.1' })))
    await expect
      .poll(() => proxy.service.status().warnings)
      .toContainEqual(expect.stringContaining(`Port ${gpu.port} is already taken`))
    expect((await proxy.get('/ping')).status).toBe(200)
    await proxy.configure(at({ port: first, host: '127.0.0.1' }))
    expect(port()).toBe(first)
    expect(proxy.service.status().warnings.join()).not.toContain('already taken')
  })

  test('two saves of one new port at the same time both hold', async () => {
    const [first, second] = [await freePort(), await freePort()]
    await startAt(first)
    const save = () => proxy.post('/api/config', at({ port: second, host: '127.0.0.1' }))
    expect((await Promise.all([save(), save()])).map((answer) => answer.status)).toEqual([200, 200])
    expect(port()).toBe(second)
  })

  test('stopping waits for requests on the address that was moved away from', async () => {
    await startAt(await freePort())
    gpu.durationMs = 300
    const running = search('in flight')
    await working(gpu, 1)
    await proxy.configure(at({ port: await freePort(), host: '127.0.0.1' }))
    await proxy.service.stop()
    expect((await running).status).toBe(200)
  })
})
