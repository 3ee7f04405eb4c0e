/** `npm start`: says in one line why there is no tray, and never hangs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { download, downloadEnv, mayDownload } from '../../scripts/electron-binary.mjs'
import { wantsTerminal, whyHeadless, whyNoSandbox } from '../../scripts/why-headless.mjs'
import { freePort, isFree } from '../support/ports.ts'
import { root } from '../support/packing.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

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

describe('why there is no tray', () => {
  const situation = { args: [], platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000 } as const

  test.each([
    ['nothing speaks against it', {}, undefined],
    ['it was asked for', { args: ['--headless'] }, /--headless/],
    ['no display', { env: {} }, /no display/],
    ['an empty display', { env: { DISPLAY: '' } }, /no display/],
    ['Wayland', { env: { WAYLAND_DISPLAY: 'wayland-0' } }, undefined],
    ['root', { uid: 0 }, /sandbox/],
    ['macOS needs no variable', { platform: 'darwin' as const, env: {} }, undefined],
    ['Windows has no root', { platform: 'win32' as const, env: {}, uid: undefined }, undefined],
  ])('%s', (_what, change, expected) => {
    const reason = whyHeadless({ ...situation, ...change })
    if (expected === undefined) expect(reason).toBeUndefined()
    else expect(reason).toMatch(expected)
  })

  test('a sandbox needs user namespaces or a helper of root', () => {
    const no = { helperIsSetuidRoot: false, userNamespaces: false }
    expect(whyNoSandbox({ ...no, userNamespaces: true }, '/h')).toBeUndefined()
    expect(whyNoSandbox({ ...no, helperIsSetuidRoot: true }, '/h')).toBeUndefined()
    expect(whyNoSandbox(no, '/h')).toContain("chmod 4755 '/h'")
  })

  test('words for the terminal need no explanation', () => {
    expect(wantsTerminal(['--version'])).toBe(true)
    expect(wantsTerminal(['--port=1'])).toBe(false)
  })
})

describe('the download of the binary', () => {
  const out = path.join(folder, 'unpacked')
  const script = (name: string, text: string): string => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    return file
  }
  /** A server that sends `pieces` of one byte, and then goes on or stops in the middle. */
  const serve = async (pieces: number, everyMs: number, ends: boolean): Promise<string> => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': ends ? pieces : pieces + 1 })
      let sent = 0
      const timer = setInterval(() => {
        response.write('x')
        if (++sent === pieces) clearInterval(timer)
      }, everyMs)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })
  const fetching = (url: string): string =>
    script(
      `fetch-${servers.length}.cjs`,
      `fetch(${JSON.stringify(url)}).then((answer) => answer.arrayBuffer()).then(() => process.exit(0), () => process.exit(1))`,
    )
  const STALL_MS = 800

  test('lasts as long as bytes come, and tells how many', async () => {
    // Twice as long in all as it may stand still.
    const url = await serve(16, STALL_MS / 8, true)
    const seen: number[] = []
    const { done } = download(fetching(url), {
      stallMs: STALL_MS,
      folder: out,
      onProgress: (received, total) => {
        expect(total).toBe(16)
        seen.push(received)
      },
    })
    expect(await done).toBe(true)
    expect(seen.at(-1)).toBe(16)
    expect(seen.length).toBeGreaterThan(2)
  })

  test('ends when it stands still', async () => {
    const url = await serve(2, 10, false)
    expect(await download(fetching(url), { stallMs: STALL_MS, folder: out }).done).toBe(false)
  })

  test('lasts as long as it unpacks', async () => {
    mkdirSync(out, { recursive: true })
    const file = JSON.stringify(path.join(out, 'large'))
    const unpack = script(
      'unpack.cjs',
      `let count = 0; setInterval(() => { require('fs').appendFileSync(${file}, 'x'); if (++count === 16) process.exit(0) }, ${STALL_MS / 8})`,
    )
    expect(await download(unpack, { stallMs: STALL_MS, folder: out }).done).toBe(true)
  })

  test('ends with all that it started', async () => {
    const pidFile = path.join(folder, 'pid')
    const slow = script(
      'slow.cjs',
      `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); setInterval(() => {}, 1000)`,
    )
    const { done, stop } = download(slow, { folder: out })
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '').toBe(true)
    stop()
    expect(await done).toBe(false)
    const isRunning = (): boolean => {
      try {
        process.kill(Number(readFileSync(pidFile, 'utf8')), 0)
        return !readFileSync(`/proc/${readFileSync(pidFile, 'utf8')}/stat`, 'utf8').includes(') Z ')
      } catch {
        return false
      }
    }
    await expect.poll(isRunning).toBe(false)
  })

  test('says how it went', async () => {
    expect(await download(script('well.cjs', 'process.exit(0)'), { folder: out }).done).toBe(true)
    expect(await download(script('badly.cjs', 'process.exit(1)'), { folder: out }).done).toBe(false)
  })

  test('uses a proxy if one is set', () => {
    expect(downloadEnv({ PATH: '/bin' })).not.toHaveProperty('ELECTRON_GET_USE_PROXY')
    expect(downloadEnv({ HTTPS_PROXY: '' })).not.toHaveProperty('ELECTRON_GET_USE_PROXY')
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])
      expect(downloadEnv({ [name]: 'http://proxy:3128' })).toMatchObject({ ELECTRON_GET_USE_PROXY: 'true' })
  })

  test('that has failed is tried again after a day, or for another version', () => {
    const file = path.join(folder, 'failed')
    expect(mayDownload('45.0.0', { file })).toBe(true)
    writeFileSync(file, '45.0.0')
    const failedAt = statSync(file).mtimeMs
    const hours = (count: number): number => failedAt + count * 60 * 60_000
    expect(mayDownload('45.0.0', { file, now: hours(23) })).toBe(false)
    expect(mayDownload('45.0.0', { file, now: hours(24) })).toBe(true)
    expect(mayDownload('45.0.1', { file, now: hours(1) })).toBe(true)
  })
})
