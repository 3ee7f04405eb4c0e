import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Status } from '../../../src-shared/api.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { call } from '../../support/http.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { gpu, nas, usePair } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { startProxy, type TestProxy } from '../../support/proxy.ts'

usePair()

const photo = readPhoto()

useFolder()
let file: string
let logged: string
let proxy: TestProxy

beforeEach(() => {
  file = path.join(folder, 'config.json')
  logged = ''
})
afterEach(async () => {
  await proxy.service.stop(0)
})

async function startWith(config: object): Promise<void> {
  writeFileSync(file, JSON.stringify(config))
  await start()
}
async function start(): Promise<void> {
  const log = streamLogger('info', { write: (line) => void (logged += line) })
  proxy = await startProxy({ userDataDir: folder, log })
  await proxy.service.monitor.checkAll()
}

async function restart(): Promise<void> {
  await proxy.service.stop(0)
  await start()
}

const status = async (): Promise<Status> => (await (await proxy.get('/api/status')).json()) as Status
const config = async (): Promise<Config> => (await (await proxy.get('/api/config')).json()) as Config
const asides = (): string[] => readdirSync(folder).filter((name) => name.includes('.broken-'))
const search = async (): Promise<number> => (await predict(proxy.url, JOBS.searchText, 'a cat')).status
const faces = async (): Promise<Response> => predict(proxy.url, JOBS.faces, photo)

/** A second backend without `http://`, and a task that goes to it alone. */
const oneBad = (): object => ({
  defaultBackend: 'nas',
  backends: [
    { name: 'nas', url: nas.url },
    { name: 'gpu', url: 'gpu:3003', headers: { 'X-Key': 's3cr3t' } },
  ],
  taskRouting: { 'facial-recognition': 'gpu' },
})

describe('a start with one bad backend', () => {
  test('serves what the others can, and tells the rest by field, on the page and in the log', async () => {
    await startWith(oneBad())
    expect(await search()).toBe(200)
    const told = [
      'backends[1].url "gpu:3003" is not an http or https URL; write for example http://192.168.1.20:3003',
      'backends[1] is left out: "gpu" is not used until that is corrected',
      'taskRouting.facial-recognition "gpu" stands in config.json and cannot be used; no other backend takes its place unless the policy is "fallback"',
    ]
    expect((await status()).warnings.slice(0, 3)).toEqual(told.map((text) => `In config.json: ${text}`))
    expect(
      JSON.parse(logged.split('\n').find((line) => line.includes('not everything')) ?? '{}'),
    ).toMatchObject({
      fields: told,
    })
    expect(logged).not.toContain('s3cr3t')
    expect(JSON.stringify([await status(), await config()])).not.toContain('s3cr3t')
  })

  test('hands nothing to another backend that was meant for the bad one', async () => {
    await startWith(oneBad())
    const answer = await faces()
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('gpu: cannot be used, see the page /config')
    expect(nas.seen).toEqual([])
    expect((await status()).problems).toEqual([
      'No healthy backend for task "facial-recognition" (gpu: cannot be used, see the warnings on the page /config)',
    ])
    expect((await proxy.get('/ping')).status).toBe(503)
  })

  test('with the policy fallback goes to the next tier', async () => {
    await startWith({ ...oneBad(), taskRoutingPolicy: { facial_recognition: 'fallback' } })
    expect((await faces()).status).toBe(200)
  })

  test('leaves the file as it is until a save, which keeps the old one aside', async () => {
    await startWith(oneBad())
    const typed = readFileSync(file, 'utf8')
    await restart()
    expect(readFileSync(file, 'utf8')).toBe(typed)
    expect(asides()).toEqual([])
    await proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
    expect(asides()).toHaveLength(1)
    expect(readFileSync(path.join(folder, asides()[0] ?? ''), 'utf8')).toBe(typed)
    expect((await status()).warnings.join()).not.toContain('config.json')
    expect(await search()).toBe(200)
  })

  test.each([
    ['the configuration that is shown, saved again', async () => proxy.configure(await config())],
    ['a password', () => proxy.post('/api/auth/password', { password: 'correct horse' })],
  ])('and then %s: the route is still not served, after the next start either', async (_what, save) => {
    await startWith(oneBad())
    await save()
    for (let starts = 1; starts <= 2; starts++) {
      expect((await faces()).status).toBe(502)
      expect(nas.seen).toEqual([])
      await restart()
    }
    expect(asides()).toHaveLength(1)
    expect(readFileSync(file, 'utf8')).toContain('gpu:3003')
  })

  test('is put right by a save of the backend with a good URL; its hidden header stays behind', async () => {
    await startWith(oneBad())
    const shown = await config()
    await proxy.configure({ ...shown, backends: [...shown.backends, { name: 'gpu', url: gpu.url }] })
    expect((await faces()).status).toBe(200)
    expect(gpu.seen).toHaveLength(1)
    expect((await status()).warnings.join()).not.toContain('config.json')
    expect(readFileSync(file, 'utf8')).not.toContain('s3cr3t')
  })

  test('and nothing else is no empty configuration', async () => {
    await startWith({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: 'gpu:3003' }] })
    expect((await status()).overall).toBe('down')
    const answer = await predict(proxy.url, JOBS.searchText, 'a cat')
    expect(answer.status).toBe(502)
    expect(await answer.text()).not.toContain('No backends are configured')
  })
})

describe('a change by hand', () => {
  test('with a bad entry leaves the last good configuration in force', async () => {
    const good = { defaultBackend: 'nas', backends: [{ name: 'nas', url: nas.url }] }
    await startWith(good)
    writeFileSync(file, JSON.stringify({ ...good, backends: [{ name: 'nas', url: 'nas:3003' }] }))
    await expect
      .poll(async () => (await status()).warnings.join())
      .toContain('changed by hand and is not used: backends[0].url "nas:3003" is not an http or https URL')
    expect(await search()).toBe(200)
  })

  test('that corrects one of two bad entries is used', async () => {
    const { backends, ...rest } = oneBad() as { backends: object[] }
    await startWith({ ...rest, backends: [...backends, { name: 'third', url: 'third' }] })
    writeFileSync(file, JSON.stringify({ ...rest, backends: [...backends, { name: 'third', url: gpu.url }] }))
    await expect.poll(async () => (await config()).backends.map(({ name }) => name)).toEqual(['nas', 'third'])
  })

  test('to a file of the original is used, and told', async () => {
    await startWith({ defaultBackend: 'nas', backends: [{ name: 'nas', url: nas.url }] })
    writeFileSync(
      file,
      JSON.stringify({
        defaultBackend: 'gpu',
        backends: [{ name: 'gpu', url: gpu.url }],
        taskRouting: { clip: 'gone' },
        modelTypeRouting: null,
      }),
    )
    await expect.poll(async () => (await config()).defaultBackend).toBe('gpu')
    expect((await status()).warnings[0]).toContain('In config.json: taskRouting.clip "gone" is not a backend')
    expect(await search()).toBe(200)
  })
})

describe('a post of what the original takes', () => {
  test('is saved as it is meant, and says so', async () => {
    await startWith({})
    const answer = await proxy.post('/api/config', {
      defaultBackend: 'nas',
      backends: [
        { name: 'nas', url: nas.url },
        { name: 'gpu', url: gpu.url },
        { name: 'gpu', url: 'http://other:3003' },
      ],
      taskRouting: { facial_recognition: 'gpu', 'facial-recognition': 'gpu', clip: 'gone' },
      modelTypeRouting: null,
    })
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        message: 'Configuration saved successfully',
        warnings: [
          'backends[2].name "gpu" is used twice; the first one is used',
          'taskRouting.facial_recognition is the same as "facial-recognition", which is used',
          'taskRouting.clip "gone" is not a backend and is left out; the default backend is used',
        ],
      },
    ])
    expect(await config()).toMatchObject({
      backends: [
        { name: 'nas', url: nas.url },
        { name: 'gpu', url: gpu.url },
      ],
      taskRouting: { 'facial-recognition': 'gpu' },
    })
    expect(await search()).toBe(200)
    // It is valid now, so nothing is left to be told.
    expect((await status()).warnings.join()).not.toContain('config.json')
  })

  test('that is too large as a file is refused, as the next start could not read it', async () => {
    await startWith({})
    // Posted it is just small enough; in the file each header has a line of its own.
    const headers = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`h${index}`, 'x'.repeat(190)]),
    )
    const backends = Array.from({ length: 100 }, (_, index) => ({ name: `b${index}`, url: nas.url, headers }))
    const answer = await proxy.post('/api/config', { defaultBackend: 'b0', backends })
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('the file would be larger than 1048576 bytes'),
    ])
    expect(readFileSync(file, 'utf8')).toBe('{}')
  })
})

test('0.4 MB of bad backends are refused with a short answer', async () => {
  await startWith({})
  const posted: unknown = { defaultBackend: 'x', backends: Array.from({ length: 130_000 }, () => ({})) }
  const answer = await proxy.post('/api/config', posted)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toContain('application/json')
  const text = await answer.text()
  expect(text.length).toBeLessThan(1_000)
  expect(text).toContain('backends are more than 100')
})

test('48 KB of brackets do not become a file of megabytes', async () => {
  await startWith({})
  const note = '['.repeat(24_000) + ']'.repeat(24_000)
  const body = `{"defaultBackend":"nas","backends":[{"name":"nas","url":"${nas.url}"}],"note":${note}}`
  const headers = { 'content-type': 'application/json' }
  const answer = await call(proxy.url, '/api/config', { method: 'POST', body, headers })
  expect(answer.error).toContain('lies more than 8 deep')
  expect(answer.status).toBe(400)
  expect(readFileSync(file, 'utf8')).toBe('{}')
})

test('a hidden header whose URL has changed: the sentence says whose, why, and the two ways out', async () => {
  await startWith({})
  const backend = { name: 'nas', url: nas.url, headers: { Authorization: 's3cr3t' } }
  await proxy.configure({ defaultBackend: 'nas', backends: [backend] })
  const moved = { name: 'nas', url: gpu.url }
  const post = (more: object): Promise<Response> =>
    proxy.post('/api/config', { defaultBackend: 'nas', backends: [{ ...moved, ...more }] })
  const refused = await post({})
  expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
    400,
    'Not saved: backends[0].headers.Authorization is hidden: a hidden header of "nas" stays with the old URL and TLS ' +
      'settings that it was entered for; to use it with the new ones enter it again, or send "headers": {} to save without it',
  ])
  expect((await post({ headers: { Authorization: 'new' } })).status).toBe(200)
  await proxy.configure({ defaultBackend: 'nas', backends: [backend] })
  expect((await post({ headers: {} })).status).toBe(200)
  expect((await config()).backends).toEqual([{ ...moved, headers: {} }])
})
