/** `--follower` on a whole service: its rules do nothing, and its configuration is shown and saved whole. */
import { afterEach, expect, test } from 'vitest'
import type { BackendStates } from '../../../src-shared/api.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
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
