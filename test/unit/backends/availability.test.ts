import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BackendAvailability, type Claim } from '../../../src-main/backends/availability.ts'
import { BackendRegistry, type Backend } from '../../../src-main/backends/backend.ts'
import { HealthMonitor } from '../../../src-main/backends/monitor.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { EMPTY_CONFIG, type WakeConfig } from '../../../src-shared/config/schema.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

const WAKE: WakeConfig = { mac: '02:00:00:00:00:05' }
const PAUSED: Claim = { availability: 'paused', reason: 'paused until 18:30', until: 1_000 }
const STOPPED: Claim = { availability: 'stopped', reason: 'its container is stopped', until: null }

let gpu: SimulatedBackend
let registry: BackendRegistry
let monitor: HealthMonitor
let availability: BackendAvailability
/** Packets that were sent. */
let packets: WakeConfig[]
let sendFailure: Error | undefined

beforeEach(async () => {
  gpu = await startBackend({ name: 'gpu' })
  registry = new BackendRegistry()
  monitor = new HealthMonitor({ registry, log: silentLogger(), hops: 'test' })
  packets = []
  sendFailure = undefined
  const sendPackets = (wake: WakeConfig): Promise<void> => {
    packets.push(wake)
    return sendFailure === undefined ? Promise.resolve() : Promise.reject(sendFailure)
  }
  availability = new BackendAvailability({ registry, monitor, log: silentLogger(), sendPackets })
  configure()
})
afterEach(async () => {
  availability.stop()
  monitor.stop()
  await registry.close()
  await gpu.stop()
})

function configure(wake: WakeConfig | null = WAKE): void {
  const backend = { name: 'gpu', url: gpu.url, ...(wake === null ? {} : { wake }) }
  registry.apply({ ...EMPTY_CONFIG, backends: [backend] })
  availability.sync()
  monitor.sync()
}

const backend = (): Backend => registry.current.get('gpu') ?? expect.unreachable('gpu')
const standing = () => availability.standingOf('gpu')

test('its health alone decides where nobody says anything', async () => {
  expect(standing()?.availability).toBe('serving')
  await gpu.kill()
  await monitor.checkAll()
  expect(standing()).toEqual({ availability: 'away', reason: 'connection refused', until: null })
  expect(availability.mayBeAsked(backend(), false)).toBe(true)
  expect(availability.states()['gpu']).toMatchObject({ status: 'unhealthy', availability: 'away' })
  expect(availability.standingOf('nobody')).toBeUndefined()
})

describe('what others say', () => {
  test('goes before its health, a pause before its container, until it is taken back', async () => {
    await monitor.checkAll()
    availability.set('gpu', 'container', STOPPED)
    expect(standing()).toEqual(STOPPED)
    availability.set('gpu', 'pause', PAUSED)
    expect(standing()).toEqual(PAUSED)
    expect(availability.healthOf('gpu')).toMatchObject({ status: 'unhealthy', error: 'paused until 18:30' })
    expect(availability.states()['gpu']).toMatchObject({ status: 'healthy', ...PAUSED })
    availability.set('gpu', 'pause', undefined)
    availability.set('gpu', 'container', undefined)
    expect(standing()?.availability).toBe('serving')
  })

  test.each(['paused', 'stopped', 'starting', 'stopping'] as const)('%s ones are not asked', (state) => {
    availability.set('gpu', 'container', { ...STOPPED, availability: state })
    expect([true, false].map((isText) => availability.mayBeAsked(backend(), isText))).toEqual([false, false])
  })

  test('a pause may let text queries through, but not to a container that is stopped', () => {
    availability.set('gpu', 'pause', { ...PAUSED, keepsSearch: true })
    expect(availability.mayBeAsked(backend(), true)).toBe(true)
    expect(availability.mayBeAsked(backend(), false)).toBe(false)
    expect(availability.isReserved(backend())).toBe(true)
    availability.set('gpu', 'container', STOPPED)
    expect(availability.mayBeAsked(backend(), true)).toBe(false)
  })

  test('is told once', () => {
    const told: string[] = []
    availability.on('change', (name) => told.push(name))
    availability.set('gpu', 'pause', PAUSED)
    availability.set('gpu', 'pause', { ...PAUSED })
    expect(told).toEqual(['gpu'])
  })
})

describe('waking', () => {
  beforeEach(async () => {
    await gpu.kill()
    await monitor.checkAll()
  })

  test('it is not asked until its ping answers', async () => {
    expect(availability.need(backend(), 'image')).toBe(true)
    expect(packets).toEqual([WAKE])
    expect(standing()?.availability).toBe('waking')
    expect(availability.mayBeAsked(backend(), false)).toBe(false)
    await gpu.start()
    const readyAtChange: boolean[] = []
    availability.on('change', () => readyAtChange.push(availability.isReady(backend(), false)))
    await monitor.checkAll()
    expect(readyAtChange).toContain(true)
    expect(standing()?.availability).toBe('serving')
  })

  test('what cannot be sent is told with how it stands', async () => {
    sendFailure = new Error('the system does not let this program send broadcasts')
    availability.need(backend(), 'image')
    await expect
      .poll(() => standing()?.reason)
      .toBe('waking; the system does not let this program send broadcasts')
  })

  test('not for a text query, unless its settings say so', () => {
    expect(availability.need(backend(), 'text')).toBe(false)
    configure({ ...WAKE, on: ['image', 'text'] })
    expect(availability.wakesOn(backend(), 'text')).toBe(true)
    expect(availability.need(backend(), 'text')).toBe(true)
  })

  test('not while it is paused, but by hand', () => {
    availability.set('gpu', 'pause', PAUSED)
    expect(availability.need(backend(), 'image')).toBe(false)
    expect(availability.need(backend(), 'hand')).toBe(true)
  })

  test('not where it answers, and not without settings', async () => {
    configure(null)
    expect(availability.need(backend(), 'hand')).toBe(false)
    configure()
    await gpu.start()
    await monitor.checkAll()
    expect(availability.need(backend(), 'hand')).toBe(false)
    expect(packets).toEqual([])
  })

  test('an answer after it was given up ends the pause: it may sleep and be needed again', async () => {
    configure({ ...WAKE, giveUpSeconds: 0.01 })
    availability.need(backend(), 'image')
    await expect.poll(() => standing()?.availability).toBe('away')
    expect(availability.need(backend(), 'image')).toBe(false)
    await gpu.start()
    await monitor.checkAll()
    await gpu.kill()
    await monitor.checkAll()
    expect(standing()).toMatchObject({ availability: 'away', reason: 'connection refused' })
    expect(availability.need(backend(), 'image')).toBe(true)
    expect(packets).toHaveLength(2)
  })

  test('other settings end it', () => {
    availability.need(backend(), 'image')
    configure({ ...WAKE, port: 7 })
    expect(standing()?.availability).toBe('away')
  })
})
