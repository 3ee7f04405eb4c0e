import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  HEALTH_INTERVAL_MS,
  HEALTH_JITTER,
  RECHECK_AFTER_FAILURE_MS,
  RECHECK_WHILE_BUSY_MS,
} from '../../../src-main/backends/limits.ts'
import { BackendRegistry, type Backend } from '../../../src-main/backends/backend.ts'
import { HealthMonitor } from '../../../src-main/backends/monitor.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { EMPTY_CONFIG } from '../../../src-shared/config/schema.ts'
import { gate } from '../../support/gate.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

let gpu: SimulatedBackend
let nas: SimulatedBackend
let registry: BackendRegistry
let monitor: HealthMonitor
/** Whether predictions are under way. */
let isBusy = false
/** The changes that were told, as `gpu healthy`. */
let told: string[]

beforeEach(async () => {
  ;[gpu, nas] = await Promise.all([startBackend({ name: 'gpu' }), startBackend({ name: 'nas' })])
  // Its own time limits stand still with the timers of the monitor: a check lasts as long as the test lets it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  registry = new BackendRegistry()
  isBusy = false
  monitor = new HealthMonitor({ registry, log: silentLogger(), hops: 'test', isBusy: () => isBusy })
  // A list of its own: a check of the last test's monitor may still end.
  const changes: string[] = (told = [])
  monitor.on('change', (name, status) => changes.push(`${name} ${status}`))
})
afterEach(async () => {
  vi.useRealTimers()
  monitor.stop()
  await registry.close()
  await Promise.all([gpu.stop(), nas.stop()])
})

function configure(...backends: readonly { name: string; url: string }[]): void {
  registry.apply({ ...EMPTY_CONFIG, backends: backends.map(({ name, url }) => ({ name, url })) })
  monitor.sync()
}

function backend(name: string): Backend {
  return registry.current.get(name) ?? expect.unreachable(name)
}

/** Resolves when the next state of a backend is known. */
const updated = (): Promise<unknown> => once(monitor, 'update')

/** Advances the time by so many milliseconds, and waits for the ping that is due then. */
async function pingAfter(of: SimulatedBackend, ms: number): Promise<void> {
  const ping = once(of, 'ping')
  vi.advanceTimersByTime(ms)
  await ping
}

/** Longer than the longest pause between two checks. */
const NEXT_CHECK_MS = HEALTH_INTERVAL_MS * (1 + HEALTH_JITTER)

describe('the checks', () => {
  test('find out who is healthy, and tell each change once', async () => {
    await nas.kill()
    configure(gpu, nas)
    expect(monitor.healthOf('gpu')?.status).toBe('unknown')
    await monitor.checkAll()
    await monitor.checkAll()
    expect(told.toSorted()).toEqual(['gpu healthy', 'nas unhealthy'])
    expect(
      Object.entries(monitor.states()).map(([name, { status, error }]) => [name, status, error]),
    ).toEqual([
      ['gpu', 'healthy', ''],
      ['nas', 'unhealthy', 'connection refused'],
    ])
    expect(monitor.healthOf('nobody')).toBeUndefined()
  })

  test('that are asked for at the same time share one round', async () => {
    configure(gpu)
    await Promise.all([monitor.checkAll(), monitor.checkAll(), monitor.checkAll()])
    expect(gpu.pings).toBe(1)
  })

  test('go on by themselves from the start to the stop', async () => {
    monitor.start()
    configure(gpu)
    await monitor.checkAll()
    for (let count = 2; count < 5; count++) {
      await pingAfter(gpu, NEXT_CHECK_MS)
      await updated()
      expect(gpu.pings).toBe(count)
    }
    monitor.stop()
    vi.advanceTimersByTime(10 * NEXT_CHECK_MS)
    expect(vi.getTimerCount()).toBe(0)
    expect(gpu.pings).toBe(4)
  })
})

test('a check of an unhealthy backend comes each second while predictions are under way', async () => {
  const soon = RECHECK_WHILE_BUSY_MS * (1 + HEALTH_JITTER)
  isBusy = true
  monitor.start()
  gpu.pingFault = { kind: 'status', status: 500 }
  configure(gpu)
  await monitor.checkAll()
  await pingAfter(gpu, soon)
  await updated()
  gpu.pingFault = undefined
  await pingAfter(gpu, soon)
  await updated()
  expect(told).toEqual(['gpu unhealthy', 'gpu healthy'])
  vi.advanceTimersByTime(soon)
  expect(gpu.pings).toBe(3)
})

describe('a change of the configuration', () => {
  test('has a new backend checked at once, and keeps what is known of the others', async () => {
    monitor.start()
    configure(gpu)
    await monitor.checkAll()
    const ping = once(nas, 'ping')
    configure(gpu, nas)
    await ping
    await monitor.checkAll()
    expect(told).toEqual(['gpu healthy', 'nas healthy'])
  })

  test('drops what a check finds out of a backend that is gone meanwhile', async () => {
    const held = gate()
    gpu.pingFault = [{ kind: 'held', until: held.promise }]
    configure(gpu)
    const gone = backend('gpu')
    const check = monitor.checkAll()
    await once(gpu, 'ping')
    configure(nas)
    held.resolve()
    await check
    expect(told).toEqual([])
    expect(monitor.statusOf(gone)).toBe('unknown')
    expect(Object.keys(monitor.states())).toEqual(['nas'])
  })
})

describe('a prediction that failed', () => {
  beforeEach(async () => {
    monitor.start()
    configure(gpu)
    await monitor.checkAll()
  })

  test('makes its backend unhealthy at once, and has it checked again shortly', async () => {
    monitor.failed(backend('gpu'), 'answered 503', 'at-once')
    expect(monitor.healthOf('gpu')).toMatchObject({ status: 'unhealthy', error: 'answered 503' })
    await pingAfter(gpu, RECHECK_AFTER_FAILURE_MS)
    await once(monitor, 'change')
    expect(told).toEqual(['gpu healthy', 'gpu unhealthy', 'gpu healthy'])
  })

  test('because its connection was lost leaves the reason that was known before', () => {
    monitor.failed(backend('gpu'), 'no ping and no answer for 10 s', 'at-once')
    monitor.failed(backend('gpu'), 'gone in the middle of the prediction', 'if-up')
    expect(monitor.healthOf('gpu')).toMatchObject({ error: 'no ping and no answer for 10 s' })
    expect(monitor.states()['gpu']).toMatchObject({ failures: 2 })
  })

  test('after another one does not put the check off', async () => {
    monitor.failed(backend('gpu'), 'answered 503', 'at-once')
    vi.advanceTimersByTime(RECHECK_AFTER_FAILURE_MS - 1)
    monitor.failed(backend('gpu'), 'answered 503', 'at-once')
    await pingAfter(gpu, 1)
  })

  test('during a check is followed by another check: the one under way may have seen what was before', async () => {
    const held = gate()
    gpu.pingFault = [{ kind: 'held', until: held.promise }]
    const check = monitor.checkAll()
    await once(gpu, 'ping')
    monitor.failed(backend('gpu'), 'answered 503', 'at-once')
    held.resolve()
    await check
    expect(gpu.pings).toBe(2)
    await pingAfter(gpu, RECHECK_AFTER_FAILURE_MS)
    expect(gpu.pings).toBe(3)
  })

  test('does nothing where its backend is gone', () => {
    const gone = backend('gpu')
    configure(nas)
    monitor.failed(gone, 'answered 503', 'at-once')
    monitor.succeeded(gone, 5, [])
    monitor.neutral(gone, 'answered 400')
    expect(told).toEqual(['gpu healthy'])
  })
})

test('a prediction that succeeded makes its backend healthy without a check', async () => {
  gpu.pingFault = { kind: 'status', status: 502 }
  configure(gpu)
  await monitor.checkAll()
  expect(monitor.healthOf('gpu')).toMatchObject({ status: 'unhealthy', error: '/ping answered 502' })
  monitor.succeeded(backend('gpu'), 12, ['clip'])
  expect(monitor.healthOf('gpu')).toMatchObject({ status: 'healthy', error: '' })
  expect(told).toEqual(['gpu unhealthy', 'gpu healthy'])
  expect(monitor.states()['gpu']).toMatchObject({ requests: 1, p50Ms: 12 })
})
