/**
 * `--follower` on a whole service: its rules do nothing, it wakes nobody, and its configuration is shown and saved whole.
 */
import { afterEach, expect, test } from 'vitest'
import type { BackendStates } from '../../../src-shared/api.ts'
import type { WakeConfig } from '../../../src-shared/config/schema.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

let backend: SimulatedBackend | undefined
let proxy: TestProxy | undefined
afterEach(async () => {
  await proxy?.stop()
  await backend?.stop()
})

/** Every minute of every day. */
const ALWAYS = ['Mon-Sun 00:00-13:00', 'Mon-Sun 12:00-01:00']

test.each([
  ['a follower', true, 'serving'],
  ['the one that is none', false, 'paused'],
] as const)('a rule of %s', async (_which, follower, expected) => {
  backend = await startBackend({ name: 'gpu' })
  const running = (proxy = await startProxy({ follower }))
  const rule = { schedule: ALWAYS, keepSearch: false }
  const config = configOf([backend])
  await running.configure({ ...config, backends: [{ name: 'gpu', url: backend.url, yield: rule }] })
  const availability = async (): Promise<string | undefined> =>
    ((await (await running.get('/api/backends')).json()) as BackendStates)['gpu']?.availability
  await expect.poll(availability).toBe(expected)
  expect((await predict(running.url, JOBS.searchText, 'x')).ok).toBe(follower)
  expect(await (await running.get('/api/config')).json()).toMatchObject({ backends: [{ yield: rule }] })
})

test.each([
  ['a follower', true, 409],
  ['the one that is none', false, 200],
] as const)('a backend that sleeps, before %s', async (_which, follower, byHand) => {
  const asleep = (backend = await startBackend({ name: 'gpu' }))
  await asleep.kill()
  const woken: string[] = []
  const sendPackets = ({ mac }: WakeConfig): Promise<void> => {
    woken.push(mac)
    return Promise.resolve()
  }
  const running = (proxy = await startProxy({ follower, sendPackets }))
  const wake = { mac: 'aa:bb:cc:dd:ee:ff', broadcast: '127.255.255.255' }
  await running.configure({
    ...configOf([asleep]),
    backends: [{ name: 'gpu', url: asleep.url, wake }],
    hold: { graceSeconds: 0 },
  })
  expect((await running.post('/api/backends/gpu/wake', {})).status).toBe(byHand)
  if (follower) expect((await predict(running.url, JOBS.searchImage, readPhoto())).status).toBe(502)
  expect(woken.length > 0).toBe(!follower)
  expect(await (await running.get('/api/config')).json()).toMatchObject({ backends: [{ wake }] })
})
