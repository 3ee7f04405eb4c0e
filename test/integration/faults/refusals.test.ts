import { expect, test } from 'vitest'
import { gpu, nas, pool, proxy, search, state, usePair } from '../../support/pair.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend } from '../../support/simulated-backend.ts'

usePair({})

test.each([400, 401, 403, 404, 405, 408, 413, 421, 422, 425, 426, 431])(
  '%i from one of two: the other one is asked, and the first is benched for the task',
  async (status) => {
    await pool()
    gpu.predictFault = { kind: 'status', status }
    for (let index = 0; index < 6; index++) expect((await search()).status).toBe(200)
    expect(gpu.seen).toHaveLength(1)
    const reason = `answered ${status}`
    const until = expect.any(Number) as number
    expect(state('gpu')).toMatchObject({ status: 'healthy', benched: [{ task: 'clip', until, reason }] })
    expect(state('gpu').benched[0]?.until).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 10)
  },
)

test('the benched task alone is left out, and it is the last resort for that', async () => {
  await pool()
  gpu.predictFault = [{ kind: 'status', status: 413 }]
  await Promise.all([search(), search()])
  expect(state('gpu').benched).toHaveLength(1)
  await nas.kill()
  expect((await search()).status).toBe(200)
  expect(state('gpu').benched).toEqual([])
})

test('two that refuse alike are right: handed on, a third is not asked, nobody is benched', async () => {
  const third = await startBackend({ name: 'third' })
  const backends = [gpu, nas, third]
  await proxy.configure({ ...configOf(backends), defaultBackend: ['gpu', 'nas', 'third'] })
  for (const backend of backends) backend.predictFault = { kind: 'status', status: 422, body: 'mine' }
  const answer = await search()
  expect([answer.status, await answer.text()]).toEqual([422, 'mine'])
  expect(backends.map((backend) => backend.seen.length).sort()).toEqual([0, 1, 1])
  for (const { name } of backends) expect(state(name)).toMatchObject({ status: 'healthy', benched: [] })
  await third.stop()
})

test('where nobody else is left it is handed on', async () => {
  await pool()
  gpu.predictFault = { kind: 'status', status: 422, body: 'mine' }
  await nas.kill()
  const answer = await search()
  expect([answer.status, await answer.text()]).toEqual([422, 'mine'])
  expect(state('gpu').benched).toEqual([])
})

test.each([429, 503])(
  'Retry-After of %i is obeyed, also when what it had before is answered',
  async (status) => {
    await pool()
    const begun = Math.floor(Date.now() / 1000)
    gpu.predictFault = [{ kind: 'status', status, headers: { 'retry-after': '60' } }]
    for (let index = 0; index < 2; index++) expect((await search()).status).toBe(200)
    await proxy.service.monitor.checkAll()
    for (let index = 0; index < 4; index++) expect((await search()).status).toBe(200)
    expect(gpu.seen).toHaveLength(1)
    expect(state('gpu').benchedUntil).toBeGreaterThanOrEqual(begun + 60)
  },
)
