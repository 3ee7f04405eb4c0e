import { cp, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { gate } from '../../support/gate.ts'
import { useFolder, folder } from '../../support/folder.ts'
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
  startLimited,
  state,
  usePair,
  waiting,
  working,
} from '../../support/pair.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

const photo = readPhoto()
usePair()
useFolder()

const image = (): Promise<Response> => predict(proxy.url, JOBS.searchImage, photo)
const shared = (share: string) => ({ defaultBackend: { backends: ['gpu', 'nas'], share } })

/** From now on it answers nothing until it is told to. */
function hold(...backends: SimulatedBackend[]): () => void {
  const held = gate()
  for (const backend of backends) backend.predictFault = { kind: 'held', until: held.promise }
  return () => {
    for (const backend of backends) backend.predictFault = undefined
    held.resolve()
  }
}

async function allOk(answers: readonly Promise<Response>[]): Promise<void> {
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
}

describe('a backend without a number', () => {
  test.each([{}, { maxConcurrent: 'auto' }])(
    'has as many at once as Immich sends, the rest waits here: %j',
    async (fields) => {
      await startLimited({}, { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url, ...fields }] })
      const release = hold(gpu)
      const images = [image(), image(), image()]
      await waiting('gpu', 1)
      expect(state('gpu')).toMatchObject({ slots: 2, inFlight: 2, waiting: 1 })
      const text = search()
      await waiting('gpu', 2)
      release()
      await allOk([...images, text])
      expect(gpu.seen.map((seen) => seen.image === undefined)).toEqual([false, false, true, false])
    },
  )

  test('never hands work down to the next tier; one with a number does', async () => {
    await start()
    const backends = [gpu, nas].map(({ name, url }) => ({ name, url }))
    const tiers = {
      defaultBackend: 'nas',
      taskRouting: { clip: 'gpu' },
      taskRoutingPolicy: { clip: 'fallback' },
    }
    await proxy.configure({ ...tiers, backends })
    const release = hold(gpu)
    const images = [image(), image(), image()]
    await waiting('gpu', 1)
    expect(nas.seen).toHaveLength(0)
    await proxy.configure({ ...tiers, backends: backends.map((each) => ({ ...each, maxConcurrent: 2 })) })
    const fourth = image()
    await expect.poll(() => nas.seen.length).toBeGreaterThan(0)
    release()
    await allOk([...images, fourth])
  })

  test('that came back gets one request until it has answered, then two', async () => {
    await startLimited()
    await gpu.kill()
    await checkAll()
    await gpu.start()
    await checkAll()
    const first = gate()
    gpu.predictFault = [{ kind: 'held', until: first.promise }]
    const images = [image(), image(), image()]
    await waiting('gpu', 2)
    await working(gpu, 1)
    const release = hold(gpu)
    first.resolve()
    await working(gpu, 2)
    release()
    await allOk(images)
  })
})

describe('the shares', () => {
  test('in order: the first one alone while it lives, full or not; the next while it is down', async () => {
    await start()
    await pool(shared('in-order'))
    const release = hold(gpu)
    const images = [image(), image(), image()]
    await waiting('gpu', 1)
    await working(gpu, 2)
    expect(nas.seen).toHaveLength(0)
    await gpu.kill()
    await allOk(images)
    expect(nas.seen).toHaveLength(3)
    release()
    await gpu.start()
    await checkAll()
    await allOk([image()])
    expect(nas.seen).toHaveLength(3)
  })

  test('in turn: one that is full is passed over', async () => {
    await start()
    await pool()
    const release = hold(gpu)
    const running: Promise<Response>[] = []
    for (let index = 0; index < 4; index++) running.push(image())
    await working(gpu, 2)
    await expect.poll(() => nas.seen.length).toBe(2)
    await allOk([image(), image()])
    expect([gpu.active, nas.seen.length]).toEqual([2, 4])
    release()
    await allOk(running)
  })

  test('by speed: the faster one takes what comes one by one, once both are known', async () => {
    const slow = await startBackend({ name: 'slow', durationMs: 400 })
    try {
      await start()
      const backends = [slow, gpu].map(({ name, url }) => ({ name, url }))
      await proxy.configure({ defaultBackend: { backends: ['slow', 'gpu'], share: 'by-speed' }, backends })
      for (let index = 0; index < 10; index++) await allOk([image()])
      expect(slow.seen).toHaveLength(1)
      expect(gpu.seen).toHaveLength(9)
      expect(state('slow').answerMs['clip/visual']).toBeGreaterThanOrEqual(400)
      await allOk([search()])
      expect(gpu.seen).toHaveLength(10)
    } finally {
      await slow.stop()
    }
  })

  test('of each is served while one backend of the pool is healthy', async () => {
    for (const share of ['round-robin', 'in-order', 'by-speed']) {
      gpu.pingFault = { kind: 'status', status: 500 }
      await start()
      await pool(shared(share))
      expect(proxy.service.status()).toMatchObject({ overall: 'degraded', problems: [] })
      expect((await proxy.get('/ping')).status).toBe(200)
      gpu.pingFault = undefined
    }
  })
})

describe('the API', () => {
  test('refuses a share that there is not, and gives back what was saved', async () => {
    await start()
    const backends = [gpu, nas].map(({ name, url }) => ({ name, url, maxConcurrent: 'auto' }))
    const bad = { ...shared('fastest'), backends }
    const refused = await proxy.post('/api/config', bad)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      error: expect.stringContaining('defaultBackend.share must be') as string,
      problems: [{ path: ['defaultBackend', 'share'] }],
    })
    const good = {
      ...shared('by-speed'),
      backends,
      taskRouting: { ocr: { backends: ['nas'], share: 'in-order' } },
    }
    await proxy.configure(good)
    expect(await (await proxy.get('/api/config')).json()).toMatchObject(good)
  })
})

test('what was learned is known after a restart, and forgotten with another URL', async () => {
  await start()
  await proxy.configure(configOf([gpu]))
  await allOk([image()])
  const known = state('gpu').answerMs
  await proxy.service.stop(0)
  await cp(proxy.folder, folder, { recursive: true })
  await start({ userDataDir: folder })
  const file = path.join(folder, 'state', 'slots.json')
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    entries: [{ name: 'gpu', url: gpu.url, value: { slots: { limit: 2 } } }],
  })
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(state('gpu').answerMs).toEqual(known)
  await proxy.configure(configOf([{ name: 'gpu', url: `${gpu.url}/` }]))
  expect(state('gpu').answerMs).toEqual({})
  expect(await readFile(file, 'utf8')).not.toContain(gpu.url)
})
