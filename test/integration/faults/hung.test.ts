import { afterEach, expect, test, vi } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { DeafBackend } from '../../support/deaf-backend.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import {
  checkAll,
  gpu,
  nas,
  pool,
  proxy,
  search,
  start,
  state,
  usePair,
  working,
} from '../../support/pair.ts'

const photo = readPhoto()
usePair()
afterEach(() => void vi.restoreAllMocks())

test('a text that is not answered is given to a second backend; the loser is ended and blamed for nothing', async () => {
  await start({ limits: { textHedgeMs: 200 }, debug: true })
  await pool()
  gpu.predictFault = nas.predictFault = [{ kind: 'hang' }]
  // The one that is asked first hangs; the other one's fault is taken away before it is asked.
  const answer = search('one')
  await expect.poll(() => gpu.active + nas.active, { interval: 5 }).toBe(1)
  const [hung, other] = gpu.active === 1 ? [gpu, nas] : [nas, gpu]
  other.predictFault = undefined
  expect((await answer).status).toBe(200)
  expect(other.seen).toHaveLength(1)
  await expect.poll(() => hung.active).toBe(0)
  expect(state(hung.name)).toMatchObject({ status: 'healthy', failures: 0, inFlight: 0 })
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  expect(records.find(({ backend }) => backend === hung.name)?.error).toBe('another backend answered first')
})

test('two backends at most have a text, an image has one, and one that is not healthy gets none', async () => {
  await start({ limits: { textHedgeMs: 50 } })
  await pool({}, { maxConcurrent: 8 })
  const released = gate()
  gpu.predictFault = nas.predictFault = { kind: 'held', until: released.promise }
  const text = search()
  await expect.poll(() => [gpu.active, nas.active]).toEqual([1, 1])
  const image = predict(proxy.url, JOBS.searchImage, photo)
  await expect.poll(() => gpu.active + nas.active).toBe(3)
  nas.pingFault = { kind: 'status', status: 500 }
  await proxy.service.monitor.checkAll()
  const second = search()
  await working(gpu, gpu.seen.length)
  await expect.poll(() => gpu.seen.length + nas.seen.length).toBe(4)
  const third = search()
  await expect.poll(() => gpu.seen.length + nas.seen.length).toBe(5)
  released.resolve()
  for (const answer of await Promise.all([text, image, second, third])) expect(answer.status).toBe(200)
  expect(gpu.seen.length + nas.seen.length).toBe(5)
})

test('where the second fails, the first one’s answer still counts', async () => {
  await start({ limits: { textHedgeMs: 50 } })
  await pool()
  const released = gate()
  gpu.predictFault = nas.predictFault = [
    { kind: 'held', until: released.promise },
    { kind: 'status', status: 503 },
  ]
  const answer = search()
  await expect.poll(() => gpu.active + nas.active, { interval: 5 }).toBe(1)
  const other = gpu.active === 1 ? nas : gpu
  other.predictFault = [{ kind: 'status', status: 503 }]
  await expect.poll(() => state(other.name).failures).toBe(1)
  released.resolve()
  expect((await answer).status).toBe(200)
})

// Other systems accept for a stopped process.
test.skipIf(process.platform !== 'linux')(
  'what is in flight on a backend whose pings find no connection any more goes elsewhere at once',
  async () => {
    await start()
    const deaf = await DeafBackend.start()
    const backends = [
      { name: 'gpu', url: `http://127.0.0.1:${deaf.port}` },
      { name: 'nas', url: nas.url },
    ]
    await proxy.configure({ defaultBackend: ['gpu', 'nas'], backends })
    const answers = Promise.all([1, 2].map(() => predict(proxy.url, JOBS.searchImage, photo)))
    await deaf.program.until(/POST \/predict/)
    deaf.deafen()
    const { monitor } = proxy.service
    await monitor.checkAll()
    await monitor.checkAll()
    expect((await answers).map((answer) => answer.status)).toEqual([200, 200])
    expect(nas.seen).toHaveLength(2)
    expect(state('gpu').status).toBe('unhealthy')
    await deaf.stop()
  },
)

test('a backend whose pings are late is asked after one that answers', async () => {
  await start()
  await pool({}, { maxConcurrent: 8 })
  const released = gate()
  gpu.predictFault = nas.predictFault = { kind: 'held', until: released.promise }
  const running = [predict(proxy.url, JOBS.searchImage, photo), predict(proxy.url, JOBS.searchImage, photo)]
  await expect.poll(() => [gpu.active, nas.active]).toEqual([1, 1])
  gpu.pingFault = { kind: 'hang' }
  await proxy.service.monitor.checkAll()
  expect(state('gpu').status).toBe('healthy')
  for (let index = 0; index < 3; index++) running.push(predict(proxy.url, JOBS.searchImage, photo))
  await working(nas, 4)
  expect(gpu.active).toBe(1)
  released.resolve()
  for (const answer of await Promise.all(running)) expect(answer.status).toBe(200)
})

test('12 s after a backend hung, what ran there was answered elsewhere and the others work at full speed', async () => {
  await start()
  await pool({}, { maxConcurrent: 8 })
  const images = async (count: number): Promise<number[]> => {
    const answers = Array.from({ length: count }, () => predict(proxy.url, JOBS.searchImage, photo))
    return (await Promise.all(answers)).map(({ status }) => status)
  }
  // Both have answered this task before: no models are to be loaded.
  expect(await images(4)).toEqual([200, 200, 200, 200])
  gpu.predictFault = gpu.pingFault = { kind: 'hang' }
  const imports = images(8)
  await working(gpu, 4)
  const before = gpu.seen.length
  await checkAll()
  expect(state('gpu').status, 'busy, as far as one knows').toBe('healthy')
  // 12 s later, on the clock by which the silence is judged.
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 12_000)
  await checkAll()
  expect(state('gpu').error).toBe('no ping and no answer for 10 s')
  expect(await imports).toEqual(Array.from({ length: 8 }, () => 200))
  expect(await images(32)).toEqual(Array.from({ length: 32 }, () => 200))
  expect((await search()).status).toBe(200)
  expect([gpu.seen.length, gpu.active]).toEqual([before, 0])
  expect(state('nas').waiting).toBe(0)
})
