import { expect, test } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import {
  gpu,
  nas,
  pool,
  proxy,
  search,
  startLimited,
  state,
  usePair,
  waiting,
  working,
} from '../../support/pair.ts'
import { configOf } from '../../support/proxy.ts'
import type { SimulatedBackend } from '../../support/simulated-backend.ts'

const photo = readPhoto()
usePair()

/** Longer than a test may take: only what the test does ends a hold. */
const PATIENT = { hold: { graceSeconds: 60 } }
const held = (count: number) =>
  expect.poll(() => proxy.service.work.inFlight - proxy.service.waiting).toBe(count)

test('images wait for the only backend to come back; a text fails at once', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  await gpu.kill()
  const photos = Promise.all([1, 2, 3].map(() => predict(proxy.url, JOBS.searchImage, photo)))
  await held(3)
  expect((await search()).status).toBe(502)
  await gpu.start()
  expect((await photos).map((answer) => answer.status)).toEqual([200, 200, 200])
  for (const seen of gpu.seen) expect(seen.image?.equals(photo)).toBe(true)
})

test('the record of an attempt tells how long it was held', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  await proxy.post('/api/debug/toggle', { enabled: true })
  await gpu.kill()
  const answer = predict(proxy.url, JOBS.searchImage, photo)
  await held(1)
  await gpu.start()
  expect((await answer).status).toBe(200)
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  const sent = records.filter(({ type }) => type === 'outgoing')
  expect(sent[0]?.heldMs).toBeUndefined()
  expect(sent.at(-1)?.heldMs).toBeGreaterThan(0)
})

test('what was in flight when it went away waits as well', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  gpu.predictFault = { kind: 'hang' }
  const answer = predict(proxy.url, JOBS.faces, photo)
  await working(gpu, 1)
  await gpu.kill()
  gpu.predictFault = undefined
  await expect.poll(() => state('gpu').failures).toBe(1)
  await gpu.start()
  expect((await answer).status).toBe(200)
})

test('with graceSeconds 0 nobody waits; with 1 the reasons are told in the end', async () => {
  for (const graceSeconds of [0, 1]) {
    await startLimited({}, configOf([gpu, nas], { defaultBackend: ['gpu', 'nas'], hold: { graceSeconds } }))
    await gpu.kill()
    await nas.kill()
    const answer = await predict(proxy.url, JOBS.searchImage, photo)
    expect(answer.status).toBe(502)
    expect(answer.statusText.split('; ').sort()).toEqual([
      'gpu: connection refused',
      'nas: connection refused',
    ])
    await gpu.start()
    await nas.start()
  }
})

test('a held request uses no permit, and the parts of its prediction that are done are kept', async () => {
  await startLimited({ predictions: 1 }, configOf([gpu, nas], { taskRouting: { ocr: 'nas' }, ...PATIENT }))
  await nas.kill()
  const split = predict(proxy.url, { ...JOBS.faces, ...JOBS.ocr }, photo)
  await expect.poll(() => state('nas').failures).toBe(1)
  await held(1)
  expect((await predict(proxy.url, JOBS.searchImage, photo)).status).toBe(200)
  // Photos that come meanwhile into the memory that it had do not change it.
  const other = Buffer.concat([photo.subarray(0, -2), Buffer.alloc(1_000, 7), photo.subarray(-2)])
  for (let index = 0; index < 3; index++) await predict(proxy.url, JOBS.searchImage, other)
  await nas.start()
  const answer = await split
  expect(answer.status).toBe(200)
  expect(Object.keys((await answer.json()) as object)).toEqual(
    expect.arrayContaining(['facial-recognition', 'ocr']),
  )
  expect(nas.seen.at(-1)?.image?.equals(photo)).toBe(true)
  expect(gpu.seen.filter(({ entries }) => 'facial-recognition' in entries)).toHaveLength(1)
})

test('a prediction of which one part has failed for good does not wait for the other', async () => {
  await startLimited({}, configOf([gpu, nas], { taskRouting: { ocr: 'nas' }, ...PATIENT }))
  await nas.kill()
  gpu.predictFault = { kind: 'status', status: 422 }
  const answer = await predict(proxy.url, { ...JOBS.faces, ...JOBS.ocr }, photo)
  expect([answer.status, answer.statusText]).toEqual([502, expect.stringContaining('answered 422')])
})

test('a backend that answers, with an error of the image, ends it', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  gpu.predictFault = { kind: 'status', status: 500 }
  expect((await predict(proxy.url, JOBS.searchImage, photo)).status).toBe(500)
})

test('a client that hangs up leaves', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  await gpu.kill()
  const abort = new AbortController()
  const gone = predict(proxy.url, JOBS.searchImage, photo, { signal: abort.signal }).catch(() => 'gone')
  await held(1)
  abort.abort()
  expect(await gone).toBe('gone')
  await held(0)
})

test('whichever of a pool is back first takes it', async () => {
  await startLimited()
  await pool(PATIENT)
  await gpu.kill()
  await nas.kill()
  const answer = predict(proxy.url, JOBS.searchImage, photo)
  await held(1)
  await nas.start()
  expect((await answer).status).toBe(200)
})

/** A photo with which each worker ends. */
const deadly = Buffer.concat([photo.subarray(0, -2), Buffer.from('ends the worker'), photo.subarray(-2)])
const sentTo = (backend: SimulatedBackend, image: Buffer) =>
  backend.seen.filter((seen) => seen.image?.equals(image)).length

test('a photo that ends each worker that reads it is given up after two, and says why', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  gpu.deadly = deadly
  const answer = await predict(proxy.url, JOBS.searchImage, deadly)
  expect([answer.status, answer.statusText]).toEqual([
    502,
    'gpu: connection reset a second time; what was sent may end its worker',
  ])
  expect([sentTo(gpu, deadly), state('gpu').failures]).toEqual([2, 2])
})

test('it ends no more than one worker on each of two backends, whatever else is sent meanwhile', async () => {
  await startLimited()
  await pool(PATIENT)
  gpu.deadly = nas.deadly = deadly
  const photos = Array.from({ length: 24 }, (_, index) => (index === 5 ? deadly : photo))
  const answers = await Promise.all(photos.map((image) => predict(proxy.url, JOBS.searchImage, image)))
  expect(answers.map(({ status }) => status)).toEqual(photos.map((image) => (image === deadly ? 502 : 200)))
  expect([sentTo(gpu, deadly), sentTo(nas, deadly)]).toEqual([1, 1])
})

/** Ends the whole server while a photo runs there, and starts it again. */
async function restartUnder(backend: SimulatedBackend, times: number): Promise<void> {
  await expect.poll(() => backend.seen.length).toBe(times)
  await backend.kill()
  await expect.poll(() => state(backend.name).status).toBe('unhealthy')
  await backend.start()
}

test('a photo under which the whole server was stopped, twice or thrice, is answered', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  gpu.predictFault = [{ kind: 'hang' }, { kind: 'hang' }, { kind: 'hang' }]
  const answer = predict(proxy.url, JOBS.searchImage, photo)
  for (const times of [1, 2, 3]) await restartUnder(gpu, times)
  expect((await answer).status).toBe(200)
  expect(gpu.seen).toHaveLength(4)
})

test('a photo under which the whole server ends each time is given up after four', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  gpu.predictFault = { kind: 'hang' }
  const answer = predict(proxy.url, JOBS.searchImage, photo)
  for (const times of [1, 2, 3, 4]) await restartUnder(gpu, times)
  const { status, statusText } = await answer
  expect([status, statusText]).toEqual([
    502,
    'gpu: connection reset 4 times; what was sent may end its worker',
  ])
  expect(gpu.seen).toHaveLength(4)
})

test('good photos that were reset along with one that ends workers are answered', async () => {
  await startLimited(
    {},
    { ...configOf([gpu], PATIENT), backends: [{ name: 'gpu', url: gpu.url, maxConcurrent: 8 }] },
  )
  const released = gate()
  gpu.predictFault = { kind: 'held', until: released.promise }
  const good = Promise.all([1, 2, 3, 4].map(() => predict(proxy.url, JOBS.searchImage, photo)))
  await working(gpu, 4)
  gpu.deadly = deadly
  gpu.predictFault = undefined
  const answer = await predict(proxy.url, JOBS.searchImage, deadly)
  expect(answer.status).toBe(502)
  expect((await good).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  released.resolve()
})

test('a photo that was reset is tried once more while nothing else runs there, a text before it too', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  const other = gate()
  const alone = gate()
  gpu.predictFault = [
    { kind: 'reset' },
    { kind: 'held', until: other.promise },
    { kind: 'held', until: alone.promise },
  ]
  const suspect = predict(proxy.url, JOBS.searchImage, photo)
  await expect.poll(() => state('gpu').failures).toBe(1)
  const before = search()
  await working(gpu, 1)
  // It has taken its turn, and waits for the end of the text.
  await expect.poll(() => proxy.service.work.inFlight - proxy.service.waiting).toBe(2)
  await expect.poll(() => state('gpu').status).toBe('healthy')
  const after = [search(), predict(proxy.url, JOBS.faces, photo)]
  await waiting('gpu', 2)
  other.resolve()
  await expect.poll(() => gpu.seen.length).toBe(3)
  await working(gpu, 1)
  expect([gpu.active, state('gpu').inFlight, state('gpu').waiting]).toEqual([1, 1, 2])
  alone.resolve()
  for (const answer of await Promise.all([suspect, before, ...after])) expect(answer.status).toBe(200)
  expect(gpu.seen).toHaveLength(5)
})

test('a client that hangs up while its photo waits to be alone keeps nobody else out', async () => {
  await startLimited({}, configOf([gpu], PATIENT))
  const other = gate()
  gpu.predictFault = [{ kind: 'reset' }, { kind: 'held', until: other.promise }]
  const abort = new AbortController()
  const gone = predict(proxy.url, JOBS.searchImage, photo, { signal: abort.signal }).catch(() => 'gone')
  await expect.poll(() => state('gpu').failures).toBe(1)
  const before = search()
  await working(gpu, 1)
  await expect.poll(() => state('gpu').status).toBe('healthy')
  const after = search()
  await waiting('gpu', 1)
  abort.abort()
  expect(await gone).toBe('gone')
  // Since the reset the backend has answered nothing, so that it has one at a time.
  other.resolve()
  expect((await before).status).toBe(200)
  expect((await after).status).toBe(200)
})

test('a text that was reset is tried once more, after a good ping, with graceSeconds 0 as well', async () => {
  await startLimited({}, configOf([gpu], { hold: { graceSeconds: 0 } }))
  gpu.predictFault = [{ kind: 'reset' }]
  const { pings } = gpu
  expect((await search()).status).toBe(200)
  expect(gpu.pings).toBeGreaterThan(pings)
  gpu.predictFault = { kind: 'reset' }
  expect((await search()).status).toBe(502)
  expect(gpu.seen).toHaveLength(4)
})
