/** A replay is admitted like any other prediction. */
import { describe, expect, test } from 'vitest'
import type { DebugRecord, ReplayResult } from '../../../src-shared/api.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { configOf } from '../../support/proxy.ts'
import { readPhoto } from '../../support/photo.ts'
import { gpu, proxy, search, start, usePair, waiting, working } from '../../support/pair.ts'

const photo = readPhoto()
usePair()

async function records(): Promise<DebugRecord[]> {
  return (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
}

/** The id of a recorded prediction of a photo. */
async function recordPhoto(): Promise<string> {
  await predict(proxy.url, JOBS.searchImage, photo)
  return (await records()).find(({ type }) => type === 'incoming')?.id ?? ''
}

const replay = (id: string, body: object = {}): Promise<Response> =>
  proxy.post(`/api/debug/records/${id}/replay`, body)

describe.each([
  ['through the proxy', {}],
  ['to one backend', { backend: 'gpu' }],
])('a replay %s', (_way, body) => {
  test('waits while as many predictions are in flight as may be', async () => {
    await start({ debug: true, limits: { predictions: 1, admissionTimeoutMs: 10_000 } })
    await proxy.configure(configOf([gpu]))
    const id = await recordPhoto()
    const released = gate()
    gpu.predictFault = [{ kind: 'held', until: released.promise }]
    const first = search('first')
    await working(gpu, 1)
    const replayed = replay(id, body)
    await expect.poll(() => proxy.service.waiting).toBe(1)
    expect(gpu.active).toBe(1)
    released.resolve()
    expect((await first).status).toBe(200)
    expect(await (await replayed).json()).toMatchObject({ statusCode: 200 })
  })

  test('waits while the bodies in flight fill the memory for them', async () => {
    await start({ debug: true, limits: { heldBytes: photo.length + 1_000, admissionTimeoutMs: 10_000 } })
    await proxy.configure(configOf([gpu]))
    const id = await recordPhoto()
    const released = gate()
    gpu.predictFault = [{ kind: 'held', until: released.promise }]
    const first = predict(proxy.url, JOBS.searchImage, photo)
    await working(gpu, 1)
    const replayed = replay(id, body)
    await expect.poll(() => proxy.service.waiting).toBe(1)
    released.resolve()
    expect((await first).status).toBe(200)
    expect(await (await replayed).json()).toMatchObject({ statusCode: 200 })
  })
})

test('a replay that waits in vain is busy: through the proxy as POST /predict answers, to a backend as a call that failed', async () => {
  await start({ debug: true, limits: { predictions: 1, admissionTimeoutMs: 100 } })
  await proxy.configure(configOf([gpu]))
  const id = await recordPhoto()
  gpu.predictFault = { kind: 'hang' }
  const abort = new AbortController()
  const hanging = predict(proxy.url, JOBS.searchText, 'a', { signal: abort.signal }).catch(() => undefined)
  await working(gpu, 1)
  const through = (await (await replay(id)).json()) as ReplayResult
  expect(through).toMatchObject({ statusCode: 503, recordId: expect.any(String) as string })
  expect(JSON.parse(through.body)).toEqual({
    error: expect.stringContaining('1 predictions are in flight') as string,
  })
  const recorded = (await records()).find((record) => record.id === through.recordId)
  expect(recorded?.response.statusCode).toBe(503)
  const direct = await replay(id, { backend: 'gpu' })
  expect(direct.status).toBe(503)
  expect(gpu.active).toBe(1)
  abort.abort()
  await hanging
})

test('the records of replays are marked as such, and Immich’s are not', async () => {
  await start({ debug: true })
  await proxy.configure(configOf([gpu]))
  const id = await recordPhoto()
  for (const body of [{}, { backend: 'gpu' }]) expect((await replay(id, body)).status).toBe(200)
  const all = await records()
  // Only what came from outside has a client.
  expect(all.map(({ client }) => client)).toEqual(['127.0.0.1', undefined, undefined, undefined, undefined])
  expect(all.map(({ type, cause }) => [type, cause])).toEqual([
    ['incoming', undefined],
    ['outgoing', undefined],
    ['incoming', 'replay'],
    ['outgoing', undefined],
    ['outgoing', 'replay'],
  ])
})

test('a replay to one backend keeps to its slots', async () => {
  await start({ debug: true })
  const { name, url } = gpu
  await proxy.configure({ defaultBackend: name, backends: [{ name, url, maxConcurrent: 1 }] })
  const id = await recordPhoto()
  const released = gate()
  gpu.predictFault = [{ kind: 'held', until: released.promise }]
  gpu.mostActive = 0
  const first = search('first')
  await working(gpu, 1)
  const replays = Array.from({ length: 4 }, () => replay(id, { backend: 'gpu' }))
  await waiting('gpu', 4)
  released.resolve()
  expect((await first).status).toBe(200)
  for (const answer of await Promise.all(replays))
    expect(await answer.json()).toMatchObject({ statusCode: 200 })
  expect(gpu.mostActive).toBe(1)
})
