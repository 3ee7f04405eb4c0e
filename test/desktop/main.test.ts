/** Electron's entry: the ways on which it does not become a desktop. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { app } from '../support/electron-stand-in/app.ts'
import { reset } from '../support/electron-stand-in/control.ts'
import { dialog } from '../support/electron-stand-in/dialog.ts'
import { StandInNotification } from '../support/electron-stand-in/system.ts'
import { StandInTray } from '../support/electron-stand-in/tray.ts'
import { folder, useFolder } from '../support/folder.ts'
import { onPlatform, onRealPlatform } from '../support/platform.ts'

const argv = process.argv
let runs = 0

/** Runs the entry anew; each import of it is a start of the app. */
async function start(...args: string[]): Promise<void> {
  process.argv = ['/opt/app', ...args]
  const entry = `../../src-main/main.ts?start=${runs++}`
  await import(/* @vite-ignore */ entry)
  app.becomeReady()
}

useFolder()
beforeEach(() => reset(folder))
afterEach(() => {
  process.argv = argv
  vi.restoreAllMocks()
})

test('a second instance leaves at once', async () => {
  app.lockIsTaken = true
  await start()
  expect(app.exitCode).toBe(0)
  expect(StandInTray.all).toEqual([])
})

test('a second instance with --reset-password removes nothing, and says where to answer', async () => {
  app.lockIsTaken = true
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await start('--reset-password')
  expect(app.exitCode).toBe(0)
  expect(out.mock.calls[0]?.[0]).toContain('answer its question')
})

test('--reset-password removes the password before the desktop starts', async () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const file = path.join(folder, 'config.json')
  writeFileSync(file, JSON.stringify({ backends: [], security: { passwordHash: 'scrypt:forgotten' } }))
  const flags = [
    '--port=0',
    '--host=127.0.0.1',
    `--user-data-dir=${folder}`,
    '--log-level=silent',
    '--hidden',
  ]
  await start('--reset-password', ...flags)
  await expect.poll(() => StandInTray.all.length).toBe(1)
  expect(out.mock.calls[0]?.[0]).toContain('The password was removed')
  expect(StandInNotification.shown[0]?.options.body).toContain('The password was removed')
  expect(readFileSync(file, 'utf8')).not.toContain('forgotten')
  app.quit()
  await expect.poll(() => app.exitCode).toBe(0)
})

test('a flag that cannot be used ends it with a sentence', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await start('--port=many')
  expect(app.exitCode).toBe(2)
  expect(written.mock.calls[0]?.[0]).toContain('--port=many')
})

test('a folder that cannot be used is told', async () => {
  const file = path.join(folder, 'file')
  writeFileSync(file, '')
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  vi.spyOn(app, 'getPath').mockImplementation((name) =>
    name === 'userData' ? path.join(file, 'below') : path.dirname(file),
  )
  await start()
  await expect.poll(() => app.exitCode).toBe(1)
  expect(dialog.errors[0]?.content).toContain('--user-data-dir')
})

test('--headless serves without a tray, and ends when Electron is told to quit', async () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await start('--headless', '--port=0', '--host=127.0.0.1', '--log-level=silent')
  await expect.poll(() => out.mock.calls.join('')).toContain('/config')
  expect(StandInTray.all).toEqual([])
  app.quit()
  await expect.poll(() => app.exitCode).toBe(0)
})

test('--headless asks Chromium for no display on Linux', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  onPlatform('linux')
  try {
    await start('--headless', '--port=0', '--host=127.0.0.1', '--log-level=silent')
    expect([...app.commandLine.switches]).toEqual([
      ['ozone-platform', 'headless'],
      ['disable-gpu', ''],
    ])
    app.quit()
    await expect.poll(() => app.exitCode).toBe(0)
  } finally {
    onRealPlatform()
  }
})

test('--headless never stays without serving, whatever goes wrong', async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    throw new Error('EPIPE: the terminal is gone')
  })
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await start('--headless', '--port=0', '--host=127.0.0.1', '--log-level=silent')
  await expect.poll(() => app.exitCode).toBe(1)
  expect(written.mock.calls.join('')).toContain('EPIPE')
})

test('a sandbox that was given up is told in the log', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  app.commandLine.appendSwitch('no-sandbox')
  await start('--port=0', '--host=127.0.0.1', `--user-data-dir=${folder}`, '--hidden')
  await expect.poll(() => StandInTray.all.length).toBe(1)
  const log = readFileSync(path.join(folder, 'logs/immich-ml-proxy.1.log'), 'utf8')
  expect(log).toContain('without a sandbox')
  app.quit()
  await expect.poll(() => app.exitCode).toBe(0)
})
