import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { gpu, nas, pool, proxy, search, usePair } from '../support/pair.ts'
import { configOf } from '../support/proxy.ts'
import { startBackend } from '../support/simulated-backend.ts'

usePair({})

test('after the service has stopped nothing is left that could fail', async () => {
  await proxy.configure(configOf([gpu]))
  gpu.predictFault = { kind: 'hang' }
  const hanging = expect(search()).rejects.toThrow()
  await expect.poll(() => gpu.active).toBe(1)
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
    gpu.predictFault = [{ kind: 'slow', ms: 300 }]
    const running = search('in flight')
    await expect.poll(() => gpu.active, { interval: 5 }).toBe(1)
    await proxy.configure(change())
    expect((await running).status).toBe(200)
    expect(gpu.seen.map((seen) => seen.text)).toEqual(['in flight'])
  })

  test('an attempt after the change still goes to the candidates it started with', async () => {
    await pool()
    gpu.predictFault = nas.predictFault = [{ kind: 'status', status: 503 }]
    const third = await startBackend({ name: 'third' })
    gpu.durationMs = nas.durationMs = 150
    const running = search()
    await expect.poll(() => gpu.active + nas.active, { interval: 5 }).toBe(1)
    await proxy.configure(configOf([third]))
    expect((await running).status).toBe(200)
    expect(third.seen).toHaveLength(0)
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
