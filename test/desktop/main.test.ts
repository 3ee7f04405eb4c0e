/** Electron's entry: the ways on which it does not become a desktop. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { app } from '../support/electron-stand-in/app.ts'
import { reset, startEntry } from '../support/electron-stand-in/control.ts'
import { dialog } from '../support/electron-stand-in/dialog.ts'
import { StandInNotification } from '../support/electron-stand-in/system.ts'
import { StandInTray } from '../support/electron-stand-in/tray.ts'
import { folder, folderOfFile, useFolder } from '../support/folder.ts'
import { onPlatform, onRealPlatform } from '../support/platform.ts'

const argv = process.argv
let runs = 0

/** Starts the app: the entry is imported anew. Resolves once the app is ready, which a headless one never is. */
async function start(...args: string[]): Promise<void> {
  process.argv = ['/opt/app', ...args]
  const entry = `../../src-main/main.ts?start=${runs++}`
  await startEntry(() => import(/* @vite-ignore */ entry))
}

const HEADLESS = ['--headless', '--port=0', '--host=127.0.0.1', '--log-level=silent']

/** Stays until the last test: the lock of a folder is named by its inode, which the system gives to a later folder. */
const lastingFolder = folderOfFile()

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

test('--resume-queues becomes no desktop: it ends once no queue of Immich is paused', async () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  void start('--resume-queues', `--user-data-dir=${folder}`, '--log-level=silent')
  await expect.poll(() => app.exitCode).toBe(0)
  expect(out.mock.calls[0]?.[0]).toContain('No queue of Immich is paused')
  expect(StandInTray.all).toEqual([])
})

test('a flag that cannot be used ends it with a sentence', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await start('--port=many')
  expect(app.exitCode).toBe(2)
  expect(written.mock.calls[0]?.[0]).toContain('--port=many')
})

test('a variable that cannot be used ends it with a sentence', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  vi.stubEnv('IMP_PORT', 'many')
  try {
    await start()
  } finally {
    vi.unstubAllEnvs()
  }
  expect(app.exitCode).toBe(2)
  expect(written.mock.calls[0]?.[0]).toContain('IMP_PORT=many')
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

test('--headless serves without a display, before Electron starts its toolkit', async () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onPlatform('linux')
  try {
    app.hasDisplay = false
    const started = start(...HEADLESS)
    await expect.poll(() => out.mock.calls.join('')).toContain('/config')
    expect(app.isReady()).toBe(false)
    expect(app.exitCode).toBeUndefined()
    process.emit('SIGTERM')
    await started
    expect(app.exitCode).toBe(0)
    expect(app.isReady()).toBe(false)
  } finally {
    onRealPlatform()
  }
})

test('--headless never stays without serving, whatever goes wrong', async () => {
  // The process does not end here, so the service keeps its lock.
  reset(lastingFolder)
  vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    throw new Error('EPIPE: the terminal is gone')
  })
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await start(...HEADLESS)
  expect(app.exitCode).toBe(1)
  expect(written.mock.calls.join('')).toContain('EPIPE')
})

test.each(['uncaughtException', 'unhandledRejection'] as const)(
  '--headless ends with code 1 after %s, without the error box of Electron',
  async (name) => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const before = process.listeners(name as 'uncaughtException')
    const started = start(...HEADLESS)
    await expect.poll(() => out.mock.calls.join('')).toContain('/config')
    const added = process.listeners(name as 'uncaughtException').filter((one) => !before.includes(one))
    expect(added).toHaveLength(1)
    added[0]?.(new Error('broken'), 'uncaughtException')
    expect(app.exitCode).toBe(1)
    expect(written.mock.calls.join('')).toContain('broken')
    process.emit('SIGTERM')
    await started
  },
)

test('an app started with --no-sandbox keeps that, and logs it', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  // The starter of an AppImage adds it where the system allows no sandbox.
  app.commandLine.give('no-sandbox')
  await start('--port=0', '--host=127.0.0.1', `--user-data-dir=${folder}`, '--hidden')
  await expect.poll(() => StandInTray.all.length).toBe(1)
  const log = readFileSync(path.join(folder, 'logs/immich-ml-proxy.1.log'), 'utf8')
  expect(log).toContain('without a sandbox')
  expect(app.sandboxed).toBe(false)
  app.quit()
  await expect.poll(() => app.exitCode).toBe(0)
})
