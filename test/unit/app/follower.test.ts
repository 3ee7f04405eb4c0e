import { expect, test } from 'vitest'
import { asFollower } from '../../../src-main/app/follower.ts'
import { configSchema, judge, type Config } from '../../../src-shared/config/schema.ts'

const PLAIN = {
  defaultBackend: 'gpu',
  backends: [{ name: 'gpu', url: 'http://127.0.0.1:3003', headers: { 'X-Token': 'a' } }],
  security: { allowedHosts: ['ml.example.com'] },
}
const ONCE = {
  wake: { mac: '02:00:00:00:00:05' },
  manage: { container: 'immich_machine_learning' },
  yield: { games: true },
}

function configOf(value: unknown): Config {
  const judged = judge(configSchema, value)
  if (!judged.ok) throw new Error(JSON.stringify(judged.problems))
  return judged.value
}

test('a follower works by the same configuration without what must happen once', () => {
  const whole = configOf({
    ...PLAIN,
    backends: PLAIN.backends.map((backend) => ({ ...backend, ...ONCE })),
    immich: { url: 'http://nas:2283', apiKey: 'key', guard: 'on' },
  })
  expect(asFollower(whole)).toEqual(configOf(PLAIN))
  // What is shown and saved is the whole one.
  expect(whole.immich?.guard).toBe('on')
  expect(whole.backends[0]).toMatchObject(ONCE)
})
