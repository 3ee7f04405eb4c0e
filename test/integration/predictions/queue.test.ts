import { afterEach, describe, expect, test, vi } from 'vitest'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import { turnsUntil } from '../../support/turns.ts'
import {
  abandonedSearch,
  checkAll,
  gpu,
  nas,
  proxy,
  search,
  searchInFlight,
  startLimited,
  state,
  usePair,
  waiting,
  working,
} from '../../support/pair.ts'

const photo = readPhoto()
usePair()
afterEach(() => void vi.useRealTimers())

function limited(fields: Record<string, unknown>): object {
  return { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url, ...fields }] }
}

describe('maxConcurrent', () => {
  test('above it requests wait in order; a text query goes before images', async () => {
    await startLimited({}, limited({ maxConcurrent: 1 }))
    const released = gate()
    gpu.predictFault = [{ kind: 'held', until: released.promise }]
    const first = predict(proxy.url, JOBS.searchImage, photo)
    await working(gpu, 1)
    const image1 = predict(proxy.url, JOBS.faces, photo)
    await waiting('gpu', 1)
    const image2 = predict(proxy.url, JOBS.ocr, photo)
    await waiting('gpu', 2)
    const text = search('quick')
    await waiting('gpu', 3)
    released.resolve()
    const answers = await Promise.all([first, image1, image2, text])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
    // As the backend saw them: two answers over two connections may be read in either order.
    const tasks = gpu.seen.map((seen) => seen.text ?? Object.keys(seen.entries)[0])
    expect(tasks).toEqual(['clip', 'quick', 'facial-recognition', 'ocr'])
    expect(gpu.mostActive).toBe(1)
  })

  test('in a pool another candidate that is free takes it', async () => {
    const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 1 }))
    await startLimited({}, { defaultBackend: ['gpu', 'nas'], backends })
    gpu.durationMs = nas.durationMs = 100
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((query) => search(query)))
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect([gpu.seen.length, nas.seen.length]).toEqual([2, 2])
    expect([gpu.mostActive, nas.mostActive]).toEqual([1, 1])
  })

  test('a request that waits for a backend that dies goes on to another', async () => {
    const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 1 }))
    await startLimited({}, { defaultBackend: ['gpu', 'nas'], backends })
    gpu.predictFault = { kind: 'hang' }
    nas.durationMs = 50
    const answers = Promise.all(['a', 'b', 'c', 'd'].map((query) => search(query)))
    await working(gpu, 1)
    await gpu.kill()
    expect((await answers).map((answer) => answer.status)).toEqual([200, 200, 200, 200])
  })

  test('after queueTimeoutMs a request that waits gets 503 with Retry-After', async () => {
    await startLimited({}, limited({ maxConcurrent: 1, queueTimeoutMs: 100 }))
    gpu.predictFault = { kind: 'hang' }
    const hanging = abandonedSearch()
    await working(gpu, 1)
    const answer = await search('b')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    // As long as it took; a slow machine's timer comes late.
    expect(answer.statusText).toMatch(/^gpu: no free slot within \d(\.\d)? s$/)
    hanging.hangUp()
    await hanging.ended
    expect(state('gpu').status).toBe('healthy')
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

  test('with fallback a free tier below takes it; when that is full too, whichever is free first', async () => {
    await startLimited({}, withFallback({ queueTimeoutMs: 200 }, {}))
    const [onGpu, onNas] = [gate(), gate()]
    gpu.predictFault = [{ kind: 'held', until: onGpu.promise }]
    nas.predictFault = [{ kind: 'held', until: onNas.promise }]
    const first = search('first')
    await working(gpu, 1)
    const second = search('second')
    await working(nas, 1)
    const third = search('third')
    await waiting('nas', 1)
    onNas.resolve()
    expect((await third).status).toBe(200)
    expect(nas.seen.map((seen) => seen.text)).toEqual(['second', 'third'])
    onGpu.resolve()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
  })

  test('after queueTimeoutMs without a slot the next candidates are waited for, as long as theirs allows', async () => {
    await startLimited({}, withFallback({ queueTimeoutMs: 100 }, {}))
    await nas.kill()
    await checkAll()
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
    await waiting('nas', 1)
    onNas.resolve()
    expect((await third).status).toBe(200)
    onGpu.resolve()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
  })

  test('a slot of a backend that has just failed is not given to a request that waits', async () => {
    const backends = [
      { name: 'gpu', url: gpu.url, maxConcurrent: 1, timeoutMs: 1_000 },
      { name: 'nas', url: nas.url, maxConcurrent: 1 },
    ]
    await startLimited({}, { defaultBackend: ['gpu', 'nas'], backends })
    const onNas = gate()
    gpu.predictFault = { kind: 'hang' }
    nas.predictFault = [{ kind: 'held', until: onNas.promise }]
    gpu.pingFault = { kind: 'status', status: 500 }
    const answers = [search('a'), search('b')]
    await working(gpu, 1)
    await working(nas, 1)
    answers.push(search('c'))
    await waiting('gpu', 1)
    // The hanging one is given up after a second, and waits for the nas as well.
    await waiting('nas', 2)
    onNas.resolve()
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(gpu.seen).toHaveLength(1)
  })

  test('a client that hangs up while it waits takes no slot', async () => {
    await startLimited({}, limited({ maxConcurrent: 1 }))
    const { running: first, release } = await searchInFlight('first')
    const gone = abandonedSearch('gone')
    await waiting('gpu', 1)
    gone.hangUp()
    expect(await gone.ended).toBeInstanceOf(Error)
    release()
    expect((await first).status).toBe(200)
    expect((await search('last')).status).toBe(200)
    expect(gpu.seen.map((seen) => seen.text)).toEqual(['first', 'last'])
  })
})

test('slots that a new configuration adds go to requests that wait', async () => {
  await startLimited({}, limited({ maxConcurrent: 1 }))
  const released = gate()
  gpu.predictFault = { kind: 'held', until: released.promise }
  const answers = Promise.all(['a', 'b', 'c'].map((query) => search(query)))
  await working(gpu, 1)
  await waiting('gpu', 2)
  await proxy.configure(limited({ maxConcurrent: 3 }))
  await working(gpu, 3)
  released.resolve()
  expect((await answers).map((answer) => answer.status)).toEqual([200, 200, 200])
})

test('a request that waits for a full backend goes to one that comes back', async () => {
  const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 1 }))
  await nas.kill()
  await startLimited({}, { defaultBackend: ['gpu', 'nas'], backends })
  const { running: first, release } = await searchInFlight('first')
  const second = search('second')
  await waiting('gpu', 1)
  await nas.start()
  await checkAll()
  expect((await second).status).toBe(200)
  expect(nas.seen.map((seen) => seen.text)).toEqual(['second'])
  release()
  expect((await first).status).toBe(200)
})

test('changes of health do not prolong the wait for a slot', async () => {
  await startLimited(
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
  // The time of the proxy: it passes when the test says so.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  let isAnswered = false
  const refused = search('b')
  void refused.then(() => (isAnswered = true))
  for (const [passed, status] of [
    [200, 'unhealthy'],
    [200, 'healthy'],
    [199, 'unhealthy'],
  ] as const) {
    await turnsUntil(() => state('gpu').waiting === 1)
    nas.pingFault = status === 'unhealthy' ? { kind: 'status', status: 500 } : undefined
    vi.advanceTimersByTime(passed)
    await proxy.service.monitor.checkAll()
    expect(state('nas').status).toBe(status)
  }
  await turnsUntil(() => state('gpu').waiting === 1)
  expect(isAnswered).toBe(false)
  vi.advanceTimersByTime(1)
  expect((await refused).status).toBe(503)
  abort.abort()
  await hanging
})

test('a request that waits for a full backend uses no permit: one for an idle backend goes on', async () => {
  const backends = [
    { name: 'gpu', url: gpu.url, maxConcurrent: 1 },
    { name: 'nas', url: nas.url },
  ]
  await startLimited({ predictions: 2 }, { defaultBackend: 'gpu', backends, taskRouting: { ocr: 'nas' } })
  const released = gate()
  gpu.predictFault = { kind: 'held', until: released.promise }
  const photos = Promise.all([1, 2, 3, 4, 5].map(() => predict(proxy.url, JOBS.searchImage, photo)))
  await expect.poll(() => state('gpu').waiting).toBe(4)
  expect((await predict(proxy.url, JOBS.ocr, photo)).status).toBe(200)
  // A fan-out of which one part waits and the other has ended neither.
  const split = predict(proxy.url, { ...JOBS.ocr, ...JOBS.faces }, photo)
  await expect.poll(() => state('gpu').waiting).toBe(5)
  expect((await predict(proxy.url, JOBS.ocr, photo)).status).toBe(200)
  expect(proxy.service.work.inFlight).toBe(6)
  released.resolve()
  expect((await photos).map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200])
  expect((await split).status).toBe(200)
  expect(proxy.service.work.inFlight).toBe(0)
})

test('images leave a share of the permits for texts', async () => {
  const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 8 }))
  await startLimited(
    { predictions: 8 },
    { defaultBackend: 'gpu', backends, modelTypeRouting: { textual: 'nas' } },
  )
  const released = gate()
  gpu.predictFault = { kind: 'held', until: released.promise }
  const photos = Promise.all(Array.from({ length: 8 }, () => predict(proxy.url, JOBS.searchImage, photo)))
  await working(gpu, 7)
  await expect.poll(() => proxy.service.waiting).toBe(1)
  expect((await search()).status).toBe(200)
  released.resolve()
  expect((await photos).every((answer) => answer.ok)).toBe(true)
})
