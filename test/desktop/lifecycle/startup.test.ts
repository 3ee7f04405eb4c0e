/** The start of the service on the desktop: if its port is taken, the user chooses what to do. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { Startup } from '../../../src-main/desktop/lifecycle/startup.ts'
import { AppError } from '../../../src-main/platform/errors.ts'
import { freePort } from '../../support/ports.ts'
import { ONE_BACKEND, startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { browserWindow, startAgain, tray } from '../../support/electron-stand-in/control.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'

const poll = expect.poll

/** Somebody else's server on a port. */
function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nnot yours')).listen(
      port,
      '127.0.0.1',
      () => resolve(server),
    )
  })
}

useDesktops()

describe('the port is taken', () => {
  const taken = async (): Promise<{ port: number; other: Server }> => {
    const port = await freePort()
    return { port, other: await occupy(port) }
  }

  test('the tray and a dialog say so, and no window opens onto the other server', async () => {
    const { port, other } = await taken()
    const { service } = await startTestDesktop({ config: { ...ONE_BACKEND, server: { port } } })
    await poll(() => dialog.open.length).toBe(1)
    expect(dialog.open[0]?.options.message).toContain(String(port))
    expect(dialog.open[0]?.options.buttons).toEqual(['Retry', 'Change port', 'Quit'])
    await poll(() => tray().image).toMatch(/error/)
    expect(tray().tooltip).toContain(String(port))
    startAgain()
    tray().item('Retry').click()
    await poll(() => dialog.open.length).toBe(1)
    expect(browserWindow()).toBeUndefined()

    other.close()
    dialog.open[0]?.press('Retry')
    await poll(() => service.address?.port).toBe(port)
    await poll(() => tray().image).not.toMatch(/error/)
    expect(dialog.open).toEqual([])
  })

  test.each([
    ['linux', true],
    ['darwin', true],
    ['win32', false],
  ] as const)('the question on %s hangs on a window: %s', async (platform, hasWindow) => {
    const { port, other } = await taken()
    const { service } = await startTestDesktop({ platform, config: { ...ONE_BACKEND, server: { port } } })
    await poll(() => dialog.open.length).toBe(1)
    const parent = dialog.open[0]?.parent
    expect(parent?.visible ?? false).toBe(hasWindow)
    expect(parent?.hasMenuBar ?? false).toBe(false)
    other.close()
    dialog.open[0]?.press('Retry')
    await poll(() => service.address?.port).toBe(port)
    expect(parent?.isDestroyed() ?? true).toBe(true)
  })

  test('a port that the system keeps for itself is no other program’s', async () => {
    const { service } = await startTestDesktop({ config: ONE_BACKEND })
    await service.stop(0)
    const denied = new AppError('PORT_DENIED', 409, 'Port 5000 is reserved by this system')
    vi.spyOn(service, 'start').mockRejectedValueOnce(denied)
    const choosePort = vi.spyOn(service, 'choosePort').mockReturnValue(undefined)
    const startup = new Startup({ service, quit: () => undefined })
    await startup.attempt()
    await poll(() => dialog.open.length).toBe(1)
    const { detail = '' } = dialog.open[0]?.options ?? {}
    expect(detail).not.toContain('other program')
    dialog.open[0]?.press('Change port')
    await poll(() => choosePort.mock.calls.length).toBe(1)
    expect(detail).toContain(`port ${choosePort.mock.calls[0]?.[0] ?? 0} from now on`)
  })

  test('a retry that fails asks again', async () => {
    const { port, other } = await taken()
    await startTestDesktop({ config: { ...ONE_BACKEND, server: { port } } })
    await poll(() => dialog.open.length).toBe(1)
    const [first] = dialog.open
    first?.press('Retry')
    await poll(() => dialog.open.length === 1 && dialog.open[0] !== first).toBe(true)
    other.close()
    await poll(() => tray().image).toMatch(/error/)
    tray().item('Retry').click()
    // It listens now: the question is answered by itself.
    await poll(() => dialog.open.length).toBe(0)
    expect(app.exitCode).toBeUndefined()
  })

  test('another port is taken, saved and kept, also over the command line', async () => {
    const { port, other } = await taken()
    const { service, folder } = await startTestDesktop({ config: ONE_BACKEND, args: [`--port=${port}`] })
    await poll(() => dialog.open.length).toBe(1)
    dialog.open[0]?.press('Change port')
    await poll(() => service.address?.port).toBeGreaterThan(port)
    const saved: unknown = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'))
    expect(saved).toMatchObject({ ...ONE_BACKEND, server: { port: service.address?.port } })
    other.close()
  })

  test('or the app ends', async () => {
    const { port, other } = await taken()
    await startTestDesktop({ args: [`--port=${port}`] })
    await poll(() => dialog.open.length).toBe(1)
    dialog.open[0]?.press('Quit')
    await poll(() => app.exitCode).toBe(0)
    other.close()
  })
})
