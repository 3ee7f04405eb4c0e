/** Backends that sleep: the whole service, with magic packets to 127.255.255.255 alone. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Standing } from '../../../src-shared/api.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { MagicCard } from '../../support/magic-card.ts'
import { checkAll, gpu, nas, proxy, search, start, state, usePair } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'

const photo = readPhoto()
usePair()

let card: MagicCard
beforeEach(async () => {
  if (process.platform === 'linux') card = await MagicCard.listen()
})
afterEach(() => {
  if (process.platform === 'linux') card.close()
})

const image = () => predict(proxy.url, JOBS.searchImage, photo)
const woken = () => expect.poll(() => card.received).toBeGreaterThanOrEqual(3)

/** The proxy with a `gpu` that sleeps. */
async function asleep(more: object = {}, on?: readonly string[]): Promise<void> {
  await start()
  const wake = on === undefined ? card.wake : { ...card.wake, on }
  await proxy.configure({
    defaultBackend: 'gpu',
    backends: [
      { name: 'gpu', url: gpu.url, wake },
      { name: 'nas', url: nas.url },
    ],
    hold: { graceSeconds: 0 },
    ...more,
  })
  await gpu.kill()
  await checkAll()
}

// Elsewhere no socket can be bound to the broadcast address of loopback.
describe.skipIf(process.platform !== 'linux')('a backend that sleeps', () => {
  test('is woken by the first image, which waits for it under strict too; failures do not count', async () => {
    await asleep()
    card.onPacket(() => void gpu.start())
    const { failures } = state('gpu')
    const answers = await Promise.all([image(), image(), image()])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(card.received).toBeGreaterThanOrEqual(3)
    // Each of them found it away once at the most; while it was waking none was sent.
    expect(state('gpu').failures - failures).toBeLessThanOrEqual(3)
    expect(state('gpu')).toMatchObject({ availability: 'serving', benchedUntil: null })
  })

  test('is not woken by a text, which fails at once', async () => {
    await asleep()
    expect((await search()).status).toBe(502)
    expect(card.received).toBe(0)
  })

  test('is woken by a text that its settings name, and the text waits', async () => {
    await asleep({}, ['text'])
    card.onPacket(() => void gpu.start())
    expect((await search()).status).toBe(200)
    expect(card.received).toBeGreaterThanOrEqual(3)
  })

  test('is told to be waking, and its route to wait, though /ping stays at 503 under strict', async () => {
    await asleep()
    const answer = image()
    await woken()
    expect(state('gpu')).toMatchObject({ availability: 'waking', held: 1 })
    expect(await (await proxy.get('/api/status')).json()).toMatchObject({ overall: 'waiting' })
    expect((await proxy.get('/ping')).status).toBe(503)
    await gpu.start()
    expect((await answer).status).toBe(200)
  })

  test('that a route prefers is woken in the background, while the next one serves', async () => {
    const fallback = { taskRouting: { clip: 'gpu' }, taskRoutingPolicy: { clip: 'fallback' } }
    await asleep({ ...fallback, defaultBackend: 'nas' })
    expect((await image()).status).toBe(200)
    expect(nas.seen).toHaveLength(1)
    await woken()
    await gpu.start()
    await expect.poll(() => state('gpu').availability, { timeout: 10_000 }).toBe('serving')
    expect((await image()).status).toBe(200)
    expect(gpu.seen).toHaveLength(1)
  })

  test('is woken by hand; one that answers is left alone', async () => {
    await asleep()
    const answer = await proxy.post('/api/backends/gpu/wake', {})
    expect([answer.status, ((await answer.json()) as Standing).availability]).toEqual([200, 'waking'])
    await woken()
    await gpu.start()
    await checkAll()
    const { received } = card
    const again = await proxy.post('/api/backends/gpu/wake', {})
    expect(((await again.json()) as Standing).availability).toBe('serving')
    expect(card.received).toBe(received)
  })

  test('cannot be woken without settings, nor one that does not exist', async () => {
    await asleep()
    expect((await proxy.post('/api/backends/nas/wake', {})).status).toBe(409)
    expect((await proxy.post('/api/backends/none/wake', {})).status).toBe(404)
  })

  test('what is sent to another network is refused on save, and names the field', async () => {
    await asleep()
    for (const [wake, field] of [
      [{ mac: 'none' }, 'wake.mac'],
      [{ ...card.wake, broadcast: '8.8.8.255' }, 'wake.broadcast'],
    ] as const) {
      const backends = [{ name: 'gpu', url: gpu.url, wake }]
      const answer = await proxy.post('/api/config', { defaultBackend: 'gpu', backends })
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain(field)
    }
  })
})

test('packets that cannot be sent are told with how it stands', async () => {
  await start({
    sendPackets: () => Promise.reject(new Error('the system does not let this program send broadcasts')),
  })
  const wake = { mac: '02:00:00:00:00:05', broadcast: '127.255.255.255' }
  await proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url, wake }] })
  await gpu.kill()
  await checkAll()
  await proxy.post('/api/backends/gpu/wake', {})
  await expect
    .poll(() => state('gpu').reason)
    .toBe('waking; the system does not let this program send broadcasts')
})
