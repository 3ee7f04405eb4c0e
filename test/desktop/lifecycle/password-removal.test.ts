/** The tray removes a forgotten password. */
import { describe, expect, test, vi } from 'vitest'
import { AppError } from '../../../src-main/platform/errors.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { startAgain, tray } from '../../support/electron-stand-in/control.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { startWithPassword, useDesktops } from '../../support/desktop.ts'

const poll = expect.poll

useDesktops()

describe('the tray removes a forgotten password', () => {
  const labels = (): string[] => tray().items.map(({ label }) => label)
  const ask = async (): Promise<void> => {
    await poll(labels).toContain('Remove password…')
    tray().item('Remove password…').click()
    expect(dialog.open).toHaveLength(1)
  }

  test('after a question, and the item goes', async () => {
    const { service, base } = await startWithPassword()
    await ask()
    tray().item('Remove password…').click()
    expect(dialog.open).toHaveLength(1)
    expect(dialog.open[0]?.options.detail).toContain('Everyone on the home network')
    dialog.open[0]?.press('Remove password')
    await poll(() => service.auth.passwordSet).toBe(false)
    await poll(labels).not.toContain('Remove password…')
    expect((await fetch(`${base()}/api/status`)).status).toBe(200)
  })

  test('not without a yes', async () => {
    const { service } = await startWithPassword()
    await ask()
    expect(dialog.open[0]?.options.defaultId).toBe(dialog.open[0]?.options.cancelId)
    dialog.open[0]?.press('Cancel')
    await poll(() => dialog.open.length).toBe(0)
    expect(service.auth.passwordSet).toBe(true)
  })

  test('and says when it could not', async () => {
    const { service } = await startWithPassword()
    vi.spyOn(service, 'resetPassword').mockImplementation(() => {
      throw new AppError('CONFIG_UNWRITABLE', 500, 'config.json cannot be written')
    })
    await ask()
    dialog.open[0]?.press('Remove password')
    await poll(() => dialog.open[0]?.options.detail).toBe('config.json cannot be written')
    dialog.open[0]?.press('OK')
    expect(app.exitCode).toBeUndefined()
  })

  test('a second start with --reset-password asks the same', async () => {
    const { service } = await startWithPassword()
    startAgain('--reset-password')
    expect(service.auth.passwordSet).toBe(true)
    dialog.open[0]?.press('Remove password')
    await poll(() => service.auth.passwordSet).toBe(false)
    await poll(() => dialog.open.length).toBe(0)
    startAgain('--reset-password')
    expect(dialog.open[0]?.options.message).toBe('No password is set')
    dialog.open[0]?.press('OK')
  })
})
