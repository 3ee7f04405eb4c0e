import { describe, expect, test, vi } from 'vitest'
import { startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow } from '../../support/electron-stand-in/control.ts'
import { session, shell } from '../../support/electron-stand-in/system.ts'

useDesktops()

describe('locked down', () => {
  test('the page stays at home; web links go to the browser, others nowhere', async () => {
    const { base } = await startTestDesktop()
    const contents = browserWindow()?.contents
    if (contents === undefined) throw new Error('no window')
    expect(contents.navigate(`${base()}/debug`)).toBe(true)
    expect(contents.navigate('https://immich.app/docs')).toBe(false)
    expect(contents.navigate('file:///etc/passwd')).toBe(false)
    expect(contents.navigate('https://tracker.example/', false)).toBe(false)
    expect(contents.redirect('https://evil.example/')).toBe(false)
    expect(contents.requestWindow('https://immich.app/')).toEqual({ action: 'deny' })
    expect(contents.requestWindow('smb://server/share')).toEqual({ action: 'deny' })
    expect(shell.urls).toEqual(['https://immich.app/docs', 'https://immich.app/'])
    expect(contents.requestWindow(`${base()}/debug`)).toEqual({ action: 'deny' })
    expect(contents.getURL()).toBe(`${base()}/debug`)
  })

  test('no permission is given', async () => {
    await startTestDesktop()
    const { requestHandler, checkHandler, deviceHandler } = session.defaultSession
    const answer = vi.fn()
    const details = {} as never
    requestHandler?.(details, 'media', answer, details)
    expect(answer).toHaveBeenCalledExactlyOnceWith(false)
    expect(checkHandler?.(null, 'geolocation', '', details)).toBe(false)
    expect(deviceHandler?.(details)).toBe(false)
    expect(app.sandboxed).toBe(true)
  })
})
