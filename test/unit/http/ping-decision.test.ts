import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PING_AWAY_MS, PING_HEALTHY_MS } from '../../../src-main/http/limits.ts'
import { decidePing } from '../../../src-main/http/ping-decision.ts'
import type { HealthStatus } from '../../../src-shared/api.ts'
import { routingConfig } from '../../support/routing.ts'

type Name = 'a' | 'b' | 'c'
let status: Record<Name, HealthStatus>
/** Ends the check of a backend with this status. */
let answer: Record<string, (status: HealthStatus) => void>

beforeEach(() => {
  vi.useFakeTimers()
  status = { a: 'healthy', b: 'healthy', c: 'healthy' }
  answer = {}
})
afterEach(() => void vi.useRealTimers())

/** What is answered, once it is: `a` is the default, ocr goes to `b` alone, and nothing to `c`. */
function ping(more: Record<string, unknown> = {}): { answered: () => readonly string[] | undefined } {
  const config = routingConfig({ taskRouting: { ocr: 'b' }, ...more })
  let result: readonly string[] | undefined
  const healthOf = (name: string) => {
    const of = status[name as Name]
    return { status: of, lastCheck: 1, error: of === 'unhealthy' ? 'refused' : '' }
  }
  const check = (name: string): Promise<void> =>
    new Promise((resolve) => {
      answer[name] = (to) => {
        status[name as Name] = to
        resolve()
      }
    })
  void decidePing({ config, healthOf, check }).then((problems) => (result = problems))
  return { answered: () => result }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

test('waits for none that no route needs, and for no answer that changes nothing', async () => {
  const { answered } = ping()
  answer['a']?.('healthy')
  await settle()
  expect(answered()).toBeUndefined()
  answer['b']?.('healthy')
  await settle()
  expect(answered()).toEqual([])
})

test('the first answer that leaves a route without a backend decides', async () => {
  const { answered } = ping()
  answer['b']?.('unhealthy')
  await settle()
  expect(answered()).toEqual(['No healthy backend for task "ocr" (b: refused)'])
})

test('one thought healthy is given 800 ms, and stays what it was', async () => {
  const { answered } = ping()
  answer['a']?.('healthy')
  await vi.advanceTimersByTimeAsync(PING_HEALTHY_MS - 1)
  expect(answered()).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(answered()).toEqual([])
})

test('one known to be away is given 100 ms', async () => {
  status.b = 'unhealthy'
  const { answered } = ping()
  answer['a']?.('healthy')
  await vi.advanceTimersByTimeAsync(PING_AWAY_MS - 1)
  expect(answered()).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(answered()).toHaveLength(1)
})

test('one that came back within them counts', async () => {
  status.b = 'unhealthy'
  const { answered } = ping()
  answer['a']?.('healthy')
  answer['b']?.('healthy')
  await settle()
  expect(answered()).toEqual([])
})

test('a pool needs one of its backends; a route that waits needs none', async () => {
  const pool = ping({ taskRouting: { ocr: ['b', 'c'] } })
  answer['a']?.('healthy')
  answer['c']?.('healthy')
  await settle()
  expect(pool.answered()).toEqual([])
  const wait = ping({ taskRoutingPolicy: { ocr: 'wait' } })
  answer['a']?.('healthy')
  await settle()
  expect(wait.answered()).toEqual([])
})
