import { expect, test, vi } from 'vitest'
import { WORK_POLL_MS } from '../../../src-main/desktop/limits.ts'
import { NOWHERE, ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { powerMonitor, powerSaveBlocker } from '../../support/electron-stand-in/system.ts'

useDesktops()

test('Immich’s queues may be paused before a sleep', async () => {
  const { service } = await startTestDesktop({ config: ONE_BACKEND })
  const suspend = vi.spyOn(service.immich, 'suspend').mockResolvedValue()
  powerMonitor.emit('suspend')
  expect(suspend).toHaveBeenCalledExactlyOnceWith('suspend')
})

test('the computer stays awake while predictions run, unless that is switched off', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  try {
    const { service } = await startTestDesktop({ config: ONE_BACKEND })
    vi.advanceTimersByTime(WORK_POLL_MS)
    expect(powerSaveBlocker.count).toBe(0)
    vi.spyOn(service, 'work', 'get').mockReturnValue({ inFlight: 1, begun: 1, atWork: 1, ended: 0 })
    vi.advanceTimersByTime(2 * WORK_POLL_MS)
    expect(powerSaveBlocker.count).toBe(1)
    await service.saveConfig({ ...ONE_BACKEND, app: { preventSleep: false } })
    vi.advanceTimersByTime(WORK_POLL_MS)
    expect(powerSaveBlocker.count).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('what the system says of battery and input pauses a backend that is set so', async () => {
  const backends = [{ name: 'gpu', url: NOWHERE, yield: { onBattery: true, idleSeconds: 60 } }]
  const { service } = await startTestDesktop({ config: { defaultBackend: 'gpu', backends } })
  Object.assign(powerMonitor, { onBattery: true, idleSeconds: 59 })
  await service.courtesy.wanted()
  expect(service.courtesy.of('gpu')).toMatchObject({ reason: 'on battery, computer in use' })
})

test('and neither pauses one where it says the contrary', async () => {
  const backends = [{ name: 'gpu', url: NOWHERE, yield: { onBattery: true, idleSeconds: 60 } }]
  const { service } = await startTestDesktop({ config: { defaultBackend: 'gpu', backends } })
  Object.assign(powerMonitor, { onBattery: false, idleSeconds: 60 })
  await service.courtesy.wanted()
  expect(service.courtesy.of('gpu')).toBeUndefined()
  expect(service.availability.states()['gpu']?.courtesyProblems).toEqual([])
})
