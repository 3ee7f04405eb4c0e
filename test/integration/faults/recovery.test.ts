import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { aliasName } from '../../support/names.ts'
import { readPhoto } from '../../support/photo.ts'
import { Program, projectRoot } from '../../support/program.ts'
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
import { configOf } from '../../support/proxy.ts'
import type { SimulatedBackend } from '../../support/simulated-backend.ts'

const photo = readPhoto()
usePair({})

/** Sends a search query that `backend` is tried with: in a pool of two each gets every second one. */
async function searchOn(backend: SimulatedBackend): Promise<void> {
  const before = backend.seen.length
  for (let turn = 0; turn < 2 && backend.seen.length === before; turn++) {
    expect((await search()).status).toBe(200)
  }
  expect(backend.seen).toHaveLength(before + 1)
}

describe('a backend whose ping is fine and whose predictions fail', () => {
  test('is benched after three failures, and its pings do not bring it back', async () => {
    await pool()
    gpu.predictFault = { kind: 'status', status: 503 }
    for (let failures = 1; failures <= 3; failures++) {
      // A failure makes it unhealthy until its next ping.
      await checkAll()
      expect(state('gpu')).toMatchObject({ status: 'healthy', benchedUntil: null })
      await searchOn(gpu)
    }
    expect(state('gpu')).toMatchObject({
      status: 'unhealthy',
      error: '3 predictions in a row failed: answered 503',
      benchedUntil: expect.any(Number) as number,
    })
    await checkAll()
    for (let index = 0; index < 4; index++) await search()
    expect(gpu.seen).toHaveLength(3)
    // Nobody else is left: it is tried all the same, and a success clears it.
    await nas.kill()
    gpu.predictFault = undefined
    expect((await search()).status).toBe(200)
    expect(state('gpu')).toMatchObject({ status: 'healthy', benchedUntil: null })
  })
})

test('a benched backend that answers its pings is asked before one that is off', async () => {
  await start()
  await proxy.configure(
    configOf([nas, gpu], { defaultBackend: { backends: ['nas', 'gpu'], share: 'in-order' } }),
  )
  await nas.kill()
  gpu.predictFault = { kind: 'status', status: 503 }
  for (let failures = 1; failures <= 3; failures++) {
    await checkAll()
    expect((await search()).status).toBe(503)
  }
  expect(state('gpu')).toMatchObject({ status: 'unhealthy', benchedUntil: expect.any(Number) as number })
  await checkAll()
  gpu.predictFault = undefined
  const { requests } = state('nas')
  expect((await search()).status).toBe(200)
  // A computer that is off would cost the search 2 s.
  expect(state('nas').requests).toBe(requests)
})

describe('a backend that was away is used again with its first good ping, however many requests it lost', () => {
  const served = () => state('gpu').requests - state('gpu').failures

  test('restarted at once under load', async () => {
    await pool({}, { maxConcurrent: 16 })
    gpu.predictFault = { kind: 'hang' }
    const lost = Array.from({ length: 16 }, () => search())
    await working(gpu, 8)
    await gpu.kill()
    await expect.poll(() => state('gpu').failures).toBe(8)
    gpu.predictFault = undefined
    await gpu.start()
    expect((await Promise.all(lost)).map((answer) => answer.status)).toEqual(lost.map(() => 200))
    await checkAll()
    expect(state('gpu')).toMatchObject({ status: 'healthy', benchedUntil: null })
    await searchOn(gpu)
    expect(served()).toBe(1)
  })

  test('off for a while, and asked all the while by a route that has nobody else', async () => {
    await pool({ taskRouting: { clip: 'gpu' } })
    await gpu.kill()
    for (let index = 0; index < 10; index++) expect((await search()).status).toBe(502)
    await checkAll()
    expect(state('gpu').history.at(-1)?.error).toBe('connection refused')
    for (let index = 0; index < 10; index++) expect((await search()).status).toBe(502)
    await gpu.start()
    await checkAll()
    expect(state('gpu')).toMatchObject({ status: 'healthy', benchedUntil: null })
    // Also in the pool, where it would be left out while it is benched.
    for (let index = 0; index < 2; index++) await predict(proxy.url, JOBS.ocr, photo)
    expect(served()).toBe(1)
  })
})

describe('the only backend', () => {
  test('is not given up by /ping after failures that its pings outlive', async () => {
    await proxy.configure(configOf([gpu]))
    gpu.predictFault = { kind: 'status', status: 503 }
    for (let index = 0; index < 3; index++) await search()
    expect(state('gpu').benchedUntil).not.toBeNull()
    expect((await proxy.get('/ping')).status).toBe(200)
    expect(state('gpu').status).toBe('unhealthy')
    gpu.predictFault = undefined
    expect((await search()).status).toBe(200)
    expect(state('gpu').status).toBe('healthy')
  })

  test('is not benched by bad images', async () => {
    await proxy.configure(configOf([gpu]))
    for (let index = 0; index < 4; index++) {
      expect((await predict(proxy.url, JOBS.faces, Buffer.from('no picture'))).status).toBe(500)
    }
    expect(state('gpu').benchedUntil).toBeNull()
  })

  test('that always answers 500 where another can do it is benched', async () => {
    await pool()
    gpu.predictFault = { kind: 'status', status: 500 }
    for (let failures = 1; failures <= 3; failures++) {
      await checkAll()
      expect(state('gpu').benchedUntil).toBeNull()
      await searchOn(gpu)
    }
    expect(state('gpu').benchedUntil).not.toBeNull()
  })

  test('with wrong settings (404) is told so, and not benched', async () => {
    await proxy.configure(configOf([gpu]))
    gpu.predictFault = { kind: 'status', status: 404 }
    for (let index = 0; index < 4; index++) expect((await search()).status).toBe(404)
    expect(state('gpu')).toMatchObject({ status: 'unhealthy', error: 'answered 404', benchedUntil: null })
  })
})

test('a backend killed with -9 under load: no prediction is lost, and it is used again by itself', async () => {
  const spawnBackend = async (port = 0): Promise<{ process: Program; port: number }> => {
    const script = path.join(projectRoot, 'test/support/backend-process.ts')
    const started = new Program(process.execPath, ['--import', 'tsx', script, 'victim', String(port), '5'])
    const [, listening = ''] = await started.until(/listening on (\d+)/)
    return { process: started, port: Number(listening) }
  }
  const victim = await spawnBackend()
  const url = `http://127.0.0.1:${victim.port}`
  await proxy.configure({
    defaultBackend: ['gpu', 'nas'],
    backends: [
      { name: 'gpu', url },
      { name: 'nas', url: nas.url },
    ],
  })
  const statuses: number[] = []
  const done = new AbortController()
  const senders = Array.from({ length: 8 }, async () => {
    while (!done.signal.aborted) {
      const answer = await predict(proxy.url, JOBS.faces, photo)
      await answer.arrayBuffer()
      statuses.push(answer.status)
    }
  })
  await expect.poll(() => state('gpu').requests).toBeGreaterThan(10)
  victim.process.kill('SIGKILL')
  await victim.process.ended
  await expect.poll(() => state('gpu').status).toBe('unhealthy')
  const back = await spawnBackend(victim.port)
  const served = state('gpu').requests - state('gpu').failures
  await expect.poll(() => state('gpu').requests - state('gpu').failures).toBeGreaterThan(served)
  done.abort()
  await Promise.all(senders)
  expect(new Set(statuses)).toEqual(new Set([200]))
  back.process.kill('SIGKILL')
  await back.process.ended
}, 40_000)

test('all down and up again', async () => {
  await pool()
  await Promise.all([gpu.kill(), nas.kill()])
  expect((await search()).status).toBe(502)
  expect((await proxy.get('/ping')).status).toBe(503)
  await Promise.all([gpu.start(), nas.start()])
  // A request does not wait for the next check: unhealthy candidates are better than none.
  expect((await search()).status).toBe(200)
  expect((await proxy.get('/ping')).status).toBe(200)
})

test('after the computer slept: connections are dropped and all backends checked at once', async () => {
  await pool()
  await search()
  await search()
  const { pings, accepted } = gpu
  await proxy.service.resume()
  expect(gpu.pings).toBe(pings + 1)
  expect((await search()).status).toBe(200)
  // No connection from before is used again, for the ping neither.
  expect(gpu.accepted).toBeGreaterThan(accepted)
})

test('a name that stops resolving: the others serve, and once it resolves again it is used by itself', async () => {
  let target: string | undefined = '127.0.0.1'
  const endAlias = aliasName('gpu.test', () => target)
  try {
    const backends = [
      { name: 'gpu', url: gpu.url.replace('127.0.0.1', 'gpu.test') },
      { name: 'nas', url: nas.url },
    ]
    await proxy.configure({ defaultBackend: ['gpu', 'nas'], backends })
    await Promise.all([search(), search()])
    expect([gpu.seen.length, nas.seen.length]).toEqual([1, 1])
    target = undefined
    // Connections that are open do not ask for the name; idle ones end after a second.
    await expect.poll(() => gpu.connections).toBe(0)
    const answers = await Promise.all([search(), search()])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(gpu.seen).toHaveLength(1)
    expect(state('gpu').status).toBe('unhealthy')
    expect(state('gpu').error).toContain('host name not found')
    target = '127.0.0.1'
    await expect.poll(() => state('gpu').status).toBe('healthy')
    await Promise.all([search(), search()])
    expect(gpu.seen).toHaveLength(2)
  } finally {
    endAlias()
  }
})

test('the clock set back an hour: predictions, failover, checks and records go on', async () => {
  await start({ debug: true })
  await pool()
  const released = gate()
  gpu.predictFault = nas.predictFault = [{ kind: 'held', until: released.promise }]
  const across = search('across')
  await expect.poll(() => gpu.active + nas.active).toBe(1)
  const { since } = state('nas')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000, shouldAdvanceTime: true })
  try {
    await Promise.all([search('after'), search('after')])
    released.resolve()
    expect((await across).status).toBe(200)
    await gpu.kill()
    const answers = await Promise.all([search(), search()])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(state('gpu').status).toBe('unhealthy')
    expect(state('gpu').since).toBeLessThan(since)
    await gpu.start()
    await expect.poll(() => state('gpu').status).toBe('healthy')
    const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
    const incoming = records.filter((record) => record.type === 'incoming')
    const times = incoming.map((record) => record.timestamp)
    // In the order in which they came, whatever the clock says.
    expect(incoming).toHaveLength(5)
    expect(times[0]).toBe([...times].sort().at(-1))
    for (const { durationMs } of incoming) expect(durationMs >= 0 && durationMs < 60_000).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})
