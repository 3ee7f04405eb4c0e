/** `npm run dev` on a copy of the sources: a change of the real ones would make another test's build stale. */
import { once } from 'node:events'
import { cp, mkdtemp, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'undici'
import type { Status } from '../../../src-shared/api.ts'
import { EventStream } from '../../support/events.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { isFree } from '../../support/ports.ts'
import { Program, projectRoot } from '../../support/program.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend } from '../../support/simulated-backend.ts'

const COPIED = [
  'package.json',
  'scripts',
  'src-main',
  'src-renderer',
  'src-shared',
  'tsconfig.base.json',
  'tsconfig.json',
  'tsconfig.renderer.json',
  'vite.config.ts',
]
/** Two processes compile the whole program. */
const LIMIT_MS = 120_000
vi.setConfig({ testTimeout: LIMIT_MS, hookTimeout: LIMIT_MS })

let copy: string
let dev: Program
let page: string
let service: string

const statusOf = async (url: string): Promise<Status> =>
  (await (await fetch(`${url}/api/status`)).json()) as Status

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const full = path.join(copy, file)
  await writeFile(full, change(await readFile(full, 'utf8')))
}

/** Gives the copy a version, which a service reads when it starts. */
function setVersion(version: string): Promise<void> {
  return edit('package.json', (text) => text.replace(/"version": "[^"]+"/, `"version": "${version}"`))
}

// Windows ends a process without a signal that it could act on, and its children stay.
describe.skipIf(process.platform === 'win32')('npm run dev', () => {
  beforeAll(async () => {
    copy = await realpath(await mkdtemp(path.join(tmpdir(), 'dev-')))
    for (const name of COPIED)
      await cp(path.join(projectRoot, name), path.join(copy, name), { recursive: true })
    await symlink(path.join(projectRoot, 'node_modules'), path.join(copy, 'node_modules'), 'junction')
    dev = new Program(process.execPath, [
      '--import',
      'tsx',
      path.join(copy, 'scripts/dev/main.ts'),
      '--page-port=0',
      '--log-level=warn',
    ])
    page = (await dev.until(/open\s+(\S+)\/config/))[1] ?? ''
    service = (await dev.until(/for Immich\s+(\S+)/))[1] ?? ''
  })

  afterAll(async () => {
    dev.kill('SIGTERM')
    await dev.ended
    await rm(copy, { recursive: true, force: true })
  })

  test('the pages come from Vite, also at /, and their sources in api/ are not taken for calls', async () => {
    for (const view of ['/', '/config', '/debug']) {
      const html = await (await fetch(`${page}${view}`)).text()
      expect(html).toContain('/@vite/client')
    }
    expect(await (await fetch(`${page}/`)).text()).toContain('class="home"')
    const source = await fetch(`${page}/api/client.ts`)
    expect(source.headers.get('content-type')).toBe('text/javascript')
  })

  test('calls reach the service, which sees the Host and Origin of the browser', async () => {
    expect(await statusOf(page)).toMatchObject({ desktop: false, addresses: [service] })
    const toggle = (origin: string): Promise<Response> =>
      fetch(`${page}/api/debug/toggle`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ enabled: true }),
      })
    expect((await toggle(page)).status).toBe(200)
    expect((await toggle('http://elsewhere.example')).status).toBe(403)
    expect((await fetch(`${page}/ping`)).status).toBe(503)
    expect((await fetch(`${page}/predict`)).status).toBe(405)
  })

  test('events come at once, and the configuration is in a folder of its own', async () => {
    const events = await EventStream.open(page)
    const { configFile } = await events.next<Status>('status')
    expect(configFile).toBe(path.join(copy, '.dev/data/config.json'))
    events.close()
  })

  test('a change of a page is told to the browser', async () => {
    await (await fetch(`${page}/App.vue`)).text()
    const socket = new WebSocket(page.replace('http:', 'ws:'), 'vite-hmr')
    const told = new Promise<unknown>((resolve, reject) => {
      socket.addEventListener('error', () => reject(new Error('no connection to Vite')))
      socket.addEventListener('message', (event) => {
        const message = JSON.parse(String(event.data)) as { type: string; updates?: { path: string }[] }
        if (message.type === 'update') resolve(message.updates?.map((update) => update.path))
      })
    })
    await once(socket, 'open')
    await edit('src-renderer/App.vue', (text) => text.replace('<template>', '<template><!-- changed -->'))
    expect(await told).toContain('/App.vue')
    socket.close()
  })

  test.each([
    ['src-main/cli.ts', '0.0.1'],
    ['src-shared/limits.ts', '0.0.2'],
  ])('a change of %s: the service restarts, and a call meanwhile waits for it', async (file, version) => {
    await setVersion(version)
    await utimes(path.join(copy, file), new Date(), new Date())
    await dev.until(new RegExp(`${path.basename(file)} has changed`))
    expect(await statusOf(page)).toMatchObject({ version })
  })

  test('a prediction that hangs does not hold a restart up, and its client is told', async () => {
    const backend = await startBackend({ name: 'gpu' })
    const saved = await fetch(`${page}/api/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(configOf([backend])),
    })
    expect(saved.status).toBe(200)
    backend.predictFault = { kind: 'hang' }
    const prediction = predict(page, JOBS.searchText, 'x')
    await expect.poll(() => backend.active).toBe(1)
    await setVersion('0.0.3')
    await utimes(path.join(copy, 'src-main/main.ts'), new Date(), new Date())
    await dev.until(/main\.ts has changed/)
    expect(await statusOf(page)).toMatchObject({ version: '0.0.3' })
    expect((await prediction).status).toBe(502)
    await backend.stop()
  })

  test('a source that does not compile: calls are told so, and the next change starts the service', async () => {
    await edit('src-main/cli.ts', (text) => `broken(${text}`)
    await dev.until(/the service ended \(exit code 1\)/)
    const refused = await fetch(`${page}/api/status`)
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error: expect.stringContaining('npm run dev') as string },
    ])
    await edit('src-main/cli.ts', (text) => text.replace('broken(', ''))
    await dev.until(/the service ended[^]+cli\.ts has changed/)
    expect((await statusOf(page)).desktop).toBe(false)
  })

  test('SIGINT ends both with exit code 0', async () => {
    dev.kill('SIGINT')
    expect(await dev.ended).toBe(0)
    for (const url of [page, service]) expect(await isFree(Number(new URL(url).port))).toBe(true)
  })

  test('a flag that the service does not know: one sentence, exit code 2', async () => {
    const refused = new Program(process.execPath, [
      '--import',
      'tsx',
      path.join(copy, 'scripts/dev/main.ts'),
      '--unknown',
    ])
    expect(await refused.ended).toBe(2)
    expect(refused.stderr.trim().split('\n')).toEqual([expect.stringContaining('--unknown')])
  })
})
