import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { autostartEntry, autostartFile, setAutostart } from '../../../src-main/desktop/system/autostart.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

describe('the autostart entry', () => {
  test('is in the configuration folder', () => {
    expect(autostartFile({}, '/home/a')).toBe('/home/a/.config/autostart/immich-ml-proxy.desktop')
    expect(autostartFile({ XDG_CONFIG_HOME: '/cfg' }, '/home/a')).toBe(
      '/cfg/autostart/immich-ml-proxy.desktop',
    )
    expect(autostartFile({ XDG_CONFIG_HOME: 'cfg' }, '/home/a')).toMatch(/^\/home\/a/)
  })

  test('quotes characters that a shell or the desktop would interpret', () => {
    expect(autostartEntry(['/opt/My App', '--hidden'])).toContain('Exec="/opt/My App" "--hidden"\n')
    expect(autostartEntry(['/a$b"c`d%e'])).toContain('Exec="/a\\\\$b\\\\"c\\\\`d%%e"\n')
  })

  test('is written once, replaced for another program, and removed', () => {
    const file = path.join(folder, 'autostart/a.desktop')
    setAutostart(file, ['/old.AppImage'])
    const written = statSync(file).mtimeMs
    setAutostart(file, ['/old.AppImage'])
    expect(statSync(file).mtimeMs).toBe(written)
    setAutostart(file, ['/new.AppImage'])
    expect(readFileSync(file, 'utf8')).toContain('/new.AppImage')
    setAutostart(file, undefined)
    setAutostart(file, undefined)
    expect(existsSync(file)).toBe(false)
  })
})
