import { afterEach, describe, expect, test, vi } from 'vitest'
import { TRAY_DEBOUNCE_MS } from '../../../src-main/desktop/limits.ts'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { tray } from '../../support/electron-stand-in/control.ts'
import { screen } from '../../support/electron-stand-in/system.ts'

const poll = expect.poll

useDesktops()
afterEach(() => void vi.useRealTimers())

test('the menu is set anew only when it changes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { service } = await startTestDesktop({ config: ONE_BACKEND })
  await service.monitor.checkAll()
  vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
  expect(tray().tooltip).toContain('nas: ')
  const { menus } = tray()
  const looked = vi.spyOn(service, 'status')
  for (let count = 0; count < 5; count++) screen.emit('display-metrics-changed')
  vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
  expect(looked).toHaveBeenCalledTimes(1)
  expect(tray().menus).toBe(menus)
  service.recorder.setEnabled(true)
  vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
  expect(tray().menus).toBe(menus + 1)
})

describe('an open tray menu', () => {
  const line = (): string | undefined => tray().items.find(({ label }) => /running/.test(label))?.label

  test.each(['darwin', 'win32', 'linux'] as const)('on %s is replaced only on Linux', async (platform) => {
    const { service } = await startTestDesktop({ platform, config: ONE_BACKEND })
    await poll(() => tray().tooltip).toContain('nas: ')
    tray().open()
    service.recorder.setEnabled(true)
    // The icon and the tooltip follow at once.
    await poll(() => tray().image).toMatch(/-debug/)
    expect(tray().item('Debug mode').checked).toBe(platform === 'linux')
    tray().close()
    await poll(() => tray().item('Debug mode').checked).toBe(true)
  })

  test('whose end was never told holds nothing back when it is opened again', async () => {
    const { service } = await startTestDesktop({ platform: 'darwin', config: ONE_BACKEND })
    await poll(() => tray().tooltip).toContain('nas: ')
    tray().open()
    service.recorder.setEnabled(true)
    await poll(() => tray().image).toMatch(/-debug/)
    expect(tray().item('Debug mode').checked).toBe(false)
    // It is closed without menu-will-close.
    tray().openMenu = undefined
    tray().open()
    expect(tray().item('Debug mode').checked).toBe(true)
  })

  test.each(['darwin', 'win32'] as const)(
    'says on %s what runs at the time it is opened',
    async (platform) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const { service } = await startTestDesktop({ platform, config: ONE_BACKEND })
      await service.monitor.checkAll()
      vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
      expect(tray().tooltip).toContain('nas: ')
      const { menus } = tray()
      const states = service.monitor.states()
      const [nas] = Object.values(states)
      if (nas === undefined) throw new Error('no backend')
      const spy = vi.spyOn(service.monitor, 'states')
      spy.mockReturnValue({ nas: { ...nas, inFlight: 3, waiting: 2 } })
      expect(line()).toBe('3 running, 2 waiting')
      spy.mockReturnValue({ nas: { ...nas, inFlight: 4, waiting: 0 } })
      // Nothing is set while nobody looks.
      screen.emit('display-metrics-changed')
      vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
      expect(tray().menus).toBe(platform === 'darwin' ? menus + 1 : 0)
      expect(line()).toBe('4 running')
    },
  )
})
