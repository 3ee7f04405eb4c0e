import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { gate } from '../../support/gate.ts'
import { gpu, nas, pool, proxy, search, searchInFlight, usePair, working } from '../../support/pair.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend } from '../../support/simulated-backend.ts'

usePair({})

test('after the service has stopped nothing is left that could fail', async () => {
  await proxy.configure(configOf([gpu]))
  gpu.predictFault = { kind: 'hang' }
  const hanging = expect(search()).rejects.toThrow()
  await working(gpu, 1)
  // The backend is gone from the configuration, but its request still runs when all is closed.
  await proxy.configure(configOf([nas]))
  await proxy.service.stop(50)
  await hanging
})

describe('a configuration that changes with requests in flight', () => {
  test.each([
    ['its backend removed', () => configOf([nas])],
    ['its backend renamed', () => ({ defaultBackend: 'new', backends: [{ name: 'new', url: gpu.url }] })],
    [
      'its backend’s URL changed',
      () => ({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: nas.url }] }),
    ],
    ['another route', () => configOf([gpu, nas], { taskRouting: { clip: 'nas' } })],
  ])('%s: it finishes on what it started with', async (_what, change) => {
    await proxy.configure(configOf([gpu]))
    const { running, release } = await searchInFlight()
    await proxy.configure(change())
    release()
    expect((await running).status).toBe(200)
    expect(gpu.seen.map((seen) => seen.text)).toEqual(['in flight'])
  })

  test('an attempt after the change still goes to the candidates it started with', async () => {
    await pool()
    const released = gate()
    // A backend that dies and another that answers: the second attempt begins after the change.
    for (const backend of [gpu, nas]) backend.predictFault = [{ kind: 'held', until: released.promise }]
    const third = await startBackend({ name: 'third' })
    const running = search()
    await expect.poll(() => gpu.active + nas.active).toBe(1)
    const [first, second] = gpu.active === 1 ? [gpu, nas] : [nas, gpu]
    second.predictFault = []
    await proxy.configure(configOf([third]))
    await first.kill()
    expect((await running).status).toBe(200)
    expect([second.seen.length, third.seen.length]).toEqual([1, 0])
    released.resolve()
    await third.stop()
  })

  test('twenty saves at once: file and memory agree', async () => {
    const saves = Array.from({ length: 20 }, (_, index) =>
      proxy.post(
        '/api/config',
        configOf([gpu, nas], { note: index, taskRouting: index % 2 === 0 ? { ocr: 'nas' } : {} }),
      ),
    )
    expect((await Promise.all(saves)).map((answer) => answer.status)).toEqual(
      Array.from({ length: 20 }, () => 200),
    )
    const shown = (await (await proxy.get('/api/config')).json()) as object
    expect(JSON.parse(await readFile(path.join(proxy.folder, 'config.json'), 'utf8'))).toEqual(shown)
  })
})
