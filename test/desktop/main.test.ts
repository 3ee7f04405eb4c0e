/** Electron's entry: the ways on which it does not become a desktop. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { app } from '../support/electron-stand-in/app.ts'
import { reset } from '../support/electron-stand-in/control.ts'
import { dialog } from '../support/electron-stand-in/system.ts'
import { StandInTray } from '../support/electron-stand-in/tray.ts'

const argv = process.argv
let runs = 0

/** Runs the entry anew; each import of it is a start of the app. */
async function start(...args: string[]): Promise<void> {
  process.argv = ['/opt/app', ...args]
  const entry = `../../src-main/main.ts?start=${runs++}`
  await import(/* @vite-ignore */ entry)
  app.becomeReady()
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-main-'))
  reset(folder)
})
afterEach(() => {
  process.argv = argv
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

test('a second instance leaves at once', async () => {
  app.lockIsTaken = true
  await start()
  expect(app.exitCode).toBe(0)
  expect(StandInTray.all).toEqual([])
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
