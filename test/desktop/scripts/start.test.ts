/** `npm start`: says in one line why there is no tray, and never hangs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort, isFree } from '../../support/ports.ts'
import { root } from '../../support/packing.ts'
import { folderOfFile } from '../../support/folder.ts'

const folder = folderOfFile()

const LIMIT_MS = 100_000
/** The user id of nobody. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

interface Started {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<[code: number | null, signal: string | null]>
  kill(signal: NodeJS.Signals): void
}

function start(args: readonly string[], env: Record<string, string>, uid?: number): Started {
  const rest = { ...process.env }
  delete rest['DISPLAY']
  delete rest['WAYLAND_DISPLAY']
  const child = spawn(process.execPath, [path.join(root, 'scripts/start.mjs'), ...args], {
    env: { ...rest, ...env },
    timeout: LIMIT_MS,
    ...(uid === undefined ? {} : { uid }),
    killSignal: 'SIGKILL',
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString()
  })
  return {
    stdout: () => said.out,
    stderr: () => said.err,
    // By then all that it said has been read.
    ended: once(child, 'close') as Started['ended'],
    kill: (signal) => void child.kill(signal),
  }
}

/** Starts it where no desktop can run, and sees that it serves and ends in order. */
async function servesHeadless(env: Record<string, string>, ...more: string[]): Promise<string> {
  const port = await freePort()
  const data = path.join(folder, `data-${port}`)
  const flags = [
    `--port=${port}`,
    '--host=127.0.0.1',
    `--user-data-dir=${data}`,
    '--log-level=error',
    ...more,
  ]
  const app = start(flags, env)
  await expect.poll(app.stdout, { timeout: LIMIT_MS }).toContain(`http://127.0.0.1:${port}/config`)
  const status = await fetch(`http://127.0.0.1:${port}/api/status`)
  expect(await status.json()).toMatchObject({ desktop: false })
  app.kill('SIGTERM')
  expect(await app.ended).toEqual([0, null])
  expect(await isFree(port)).toBe(true)
  const lines = app.stderr().trim().split('\n')
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

describe.runIf(process.platform === 'linux')('npm start', () => {
  test('without a display serves headless and downloads nothing', async () => {
    const line = await servesHeadless({})
    expect(line).toBe(
      'Serving without a tray: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).',
    )
  })

  test('with --headless asks for no display', async () => {
    expect(await servesHeadless({ DISPLAY: ':0' }, '--headless')).toContain('--headless was given')
  })

  test.runIf(isRoot)('as root keeps the sandbox', async () => {
    expect(await servesHeadless({ DISPLAY: ':0' })).toContain('root')
  })

  // As root the test can be somebody else, and can give the sandbox's helper to root as an installation would.
  test.runIf(isRoot)('starts Electron where nothing speaks against it', async () => {
    const dist = path.join(folder, 'electron')
    mkdirSync(dist)
    chmodSync(folder, 0o755)
    writeFileSync(path.join(dist, 'electron'), '#!/bin/sh\necho "electron: $@"\nexit 7\n')
    chmodSync(path.join(dist, 'electron'), 0o755)
    writeFileSync(path.join(dist, 'chrome-sandbox'), '')
    chmodSync(path.join(dist, 'chrome-sandbox'), 0o4755)
    const app = start(['--port=5', '--debug'], { DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: dist }, NOBODY)
    expect(await app.ended).toEqual([7, null])
    expect(app.stdout()).toBe(`electron: ${root} -- --port=5 --debug\n`)
    expect(app.stderr()).toBe('')
  })

  // As nobody, since root gets no tray; the mirror is on this computer.
  test.runIf(isRoot)('serves headless while it downloads Electron', async () => {
    const mirror = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 }).write(Buffer.alloc(300_000))
    }).listen(0, '127.0.0.1')
    await once(mirror, 'listening')
    const data = path.join(folder, 'downloading')
    mkdirSync(data)
    chmodSync(folder, 0o755)
    chmodSync(data, 0o777)
    const port = await freePort()
    const env = {
      DISPLAY: ':0',
      HOME: data,
      TMPDIR: data,
      ELECTRON_OVERRIDE_DIST_PATH: path.join(data, 'missing'),
      ELECTRON_MIRROR: `http://127.0.0.1:${(mirror.address() as AddressInfo).port}/`,
      electron_config_cache: path.join(data, 'cache'),
    }
    const flags = [`--port=${port}`, '--host=127.0.0.1', `--user-data-dir=${data}`, '--log-level=error']
    const app = start(flags, env, NOBODY)
    await expect
      .poll(app.stderr)
      .toMatch(/Serving without a tray[^]*next npm start has the tray[^]*: 30 % of 1 MB/)
    await expect.poll(app.stdout, { timeout: LIMIT_MS }).toContain(`http://127.0.0.1:${port}/config`)
    expect((await fetch(`http://127.0.0.1:${port}/api/status`)).status).toBe(200)
    const closed = new Promise((resolve) => mirror.once('close', resolve))
    app.kill('SIGTERM')
    expect(await app.ended).toEqual([0, null])
    // The download has ended too: its connection is gone.
    mirror.close()
    await closed
  })

  test('hands on flags and exit codes', async () => {
    const app = start(['--port=many'], {})
    expect(await app.ended).toEqual([2, null])
    expect(app.stderr()).toContain('--port=many')
    const version = start(['--version'], { DISPLAY: ':0' })
    expect(await version.ended).toEqual([0, null])
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
