import { expect, test, vi } from 'vitest'
import { TRAY_DEBOUNCE_MS } from '../../../src-main/desktop/limits.ts'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { tray } from '../../support/electron-stand-in/control.ts'

useDesktops()

test('the menu is set anew only when it changes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { service } = await startTestDesktop({ config: ONE_BACKEND })
    await service.monitor.checkAll()
    vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
    expect(tray().tooltip).toContain('nas: ')
    const { menus } = tray()
    const looked = vi.spyOn(service, 'status')
    for (let count = 0; count < 5; count++) service.monitor.emit('update')
    vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
    expect(looked).toHaveBeenCalledTimes(1)
    expect(tray().menus).toBe(menus)
    service.recorder.setEnabled(true)
    vi.advanceTimersByTime(TRAY_DEBOUNCE_MS)
    expect(tray().menus).toBe(menus + 1)
  } finally {
    vi.useRealTimers()
  }
})
