/** `/api/immich` and `/api/progress` of a whole service, before a simulated Immich. */
import http from 'node:http'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { delay } from '../../../src-main/platform/clock.ts'
import type { ImmichStatus, Progress } from '../../../src-shared/immich.ts'
import { fastClock } from '../../support/fast-clock.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { config, proxy, restart, useOneBackend, backend } from '../../support/one-backend.ts'
import { readPhoto } from '../../support/photo.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

const photo = readPhoto()
const clock = fastClock(50)
useOneBackend({ immichClock: clock })

let server: SimulatedImmich
beforeEach(async () => {
  server = await startImmich({ mlUrls: [proxy.url] })
})
afterEach(() => server.close())

const immich = (more: object = {}) => ({ url: server.url, apiKey: ADMIN_KEY, guard: 'on', ...more })
const status = async () => (await (await proxy.get('/api/immich')).json()) as ImmichStatus
const image = (job: object = JOBS.searchImage) => predict(proxy.url, job, photo)
/** Saves, with an Immich that has pinged us. */
async function configure(more: object = {}, fields: object = {}): Promise<void> {
  await server.ping()
  await proxy.configure(config({ immich: immich(more), hold: { graceSeconds: 0 }, ...fields }))
}

test('tells version, queues and progress; the key is never told', async () => {
  await configure({ guard: 'observe' })
  await expect.poll(async () => (await status()).version).toBe('2.5.0')
  expect(await status()).toMatchObject({
    configured: true,
    guard: 'observe',
    problems: [],
    missingPermissions: [],
  })
  await expect
    .poll(async () => Object.keys((await status()).queues))
    .toEqual(['smartSearch', 'faceDetection', 'ocr'])
  const progress = (await (await proxy.get('/api/progress')).json()) as Progress
  expect(progress.clip).toMatchObject({ remaining: 0, etaSeconds: null })
  const told = await (await proxy.get('/api/config')).text()
  expect(told).toContain('••••••')
  for (const path of ['/api/config', '/api/immich', '/api/status']) {
    expect(await (await proxy.get(path)).text()).not.toContain(ADMIN_KEY)
  }
})

test.each([
  ['a wrong key', { apiKey: 'wrong' }, 'key'],
  ['an Immich that is not there', { url: 'http://127.0.0.1:9' }, 'cannot be reached'],
])('%s is told with what to do', async (_what, more, text) => {
  await configure(more)
  await expect.poll(async () => (await status()).problems.join(' ')).toContain(text)
})

test('an image that nobody could take is counted by task and reason; what is none is not', async () => {
  await configure({ guard: 'observe' })
  backend.predictFault = { kind: 'status', status: 422 }
  expect((await image()).status).toBe(422)
  // On a single backend nobody can say whose fault it was.
  backend.predictFault = { kind: 'status', status: 500 }
  expect((await image()).status).toBe(500)
  backend.predictFault = undefined
  expect((await image(JOBS.ocr)).status).toBe(200)
  expect((await status()).losses.clip.count).toBe(0)
  await backend.kill()
  expect((await image()).status).toBe(502)
  expect((await predict(proxy.url, JOBS.searchText, 'x')).status).toBe(502)
  expect((await status()).losses).toMatchObject({
    clip: { count: 1, byReason: { away: 1 } },
    ocr: { count: 0 },
  })
  await restart()
  expect((await status()).losses.clip.count).toBe(1)
})

test('losses that nothing sets back are, once somebody has seen them; those of a catch-up are not', async () => {
  const seen = async () => (await (await proxy.post('/api/immich/seen', {})).json()) as ImmichStatus
  await configure({ guard: 'observe' })
  await backend.kill()
  expect((await image()).status).toBe(502)
  expect((await seen()).losses.clip.count).toBe(1)
  await configure({ guard: 'off' })
  expect((await seen()).losses.clip.count).toBe(0)
  await proxy.configure(config({ hold: { graceSeconds: 0 } }))
  expect((await image(JOBS.ocr)).status).toBe(502)
  expect((await status()).losses.ocr.count).toBe(1)
  expect((await seen()).losses.ocr.count).toBe(0)
  await restart()
  expect((await status()).losses.ocr.count).toBe(0)
})

test('an outage pauses the queues, and the backend’s return resumes them', async () => {
  await configure()
  await backend.kill()
  await proxy.service.monitor.checkAll()
  await expect.poll(() => server.queues.smartSearch.isPaused()).toBe(true)
  expect((await status()).queues.smartSearch).toMatchObject({ isPaused: true, pausedBy: 'us' })
  await backend.start()
  await proxy.service.monitor.checkAll()
  await expect.poll(() => server.queues.smartSearch.isPaused()).toBe(false)
})

/** Sends an image whose model cannot be loaded: it waits for a backend that can. */
function imageWithout(job: object = JOBS.searchImage): void {
  backend.predictFault = [{ kind: 'status', status: 500, body: '{"detail":"Failed to load model"}' }]
  image(job).catch(() => undefined)
}

test('a made-up model that cannot be loaded pauses nothing; the one that Immich uses does', async () => {
  await configure()
  await expect.poll(async () => (await status()).version).toBe('2.5.0')
  const settingsRead = () => server.callsTo('GET', '/system-config').length
  const before = settingsRead()
  imageWithout({ clip: { visual: { modelName: 'made-up' } } })
  // The guard reads them before it pauses a queue.
  await expect.poll(settingsRead).toBeGreaterThan(before)
  await delay(clock, 30_000)
  expect(await server.queues.smartSearch.isPaused()).toBe(false)
  expect((await image()).status).toBe(200)
  await server.ping()
  imageWithout()
  await expect.poll(() => server.queues.smartSearch.isPaused()).toBe(true)
})

test('a model that an admin has just chosen in Immich, and that cannot be loaded, pauses its queue', async () => {
  await configure()
  await expect.poll(async () => (await status()).version).toBe('2.5.0')
  server.models = { clip: { enabled: true, modelName: 'new/model' } }
  imageWithout({ clip: { visual: { modelName: 'new/model' } } })
  await expect.poll(() => server.queues.smartSearch.isPaused()).toBe(true)
})

test('pauses, resumes and looks for what is missing by hand', async () => {
  await configure()
  await expect.poll(async () => (await status()).version).toBe('2.5.0')
  expect((await proxy.post('/api/immich/pause', {})).status).toBe(200)
  expect(await server.queues.ocr.isPaused()).toBe(true)
  expect((await proxy.post('/api/immich/resume', {})).status).toBe(200)
  await expect.poll(() => server.queues.ocr.isPaused()).toBe(false)
  const photos = await server.upload(2, [])
  expect((await proxy.post('/api/immich/missing', { tasks: ['clip'] })).status).toBe(200)
  // Immich pings each 30 s, which are 0.6 s here.
  const done = async () => {
    await server.ping()
    return server.tally('smartSearch').done
  }
  await expect.poll(done).toBe(photos.length)
  expect(server.violations).toEqual([])
})

test('a follower asks no Immich: another copy guards its queues', async () => {
  await configure()
  await expect.poll(async () => (await status()).version).toBe('2.5.0')
  await restart({ follower: true })
  const before = server.calls.length
  expect(await status()).toMatchObject({ configured: false })
  await proxy.configure(config({ immich: immich({ guard: 'observe' }), hold: { graceSeconds: 0 } }))
  expect((await image()).status).toBe(200)
  expect(server.calls.length).toBe(before)
})

test('without an Immich these calls say what to do', async () => {
  const answer = await proxy.post('/api/immich/missing', {})
  expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('No Immich is set up')])
  expect(await status()).toMatchObject({ configured: false, version: null })
})

test('on is refused where what is paused cannot be written down', async () => {
  rmSync(`${proxy.folder}/state`, { recursive: true, force: true })
  writeFileSync(`${proxy.folder}/state`, 'a file in place of the folder')
  const answer = await proxy.post('/api/config', config({ immich: immich() }))
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('cannot be written')])
  expect(proxy.service.store.config.immich).toBeUndefined()
})

describe('an admin’s power', () => {
  /** A call with any headers, which `fetch` does not send, from any address. */
  async function call(
    path: string,
    body: object,
    headers: Record<string, string> = {},
    localAddress?: string,
  ): Promise<number> {
    const url = new URL(path, proxy.url)
    const request = http.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(localAddress === undefined ? {} : { localAddress, host: localAddress }),
    })
    request.end(JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    return response.statusCode ?? 0
  }

  test.each([
    ['another Host', { host: '192.168.1.5:3004' }],
    ['a Host by name', { host: 'nas.lan' }],
    ['Forwarded', { forwarded: 'for=192.168.1.9' }],
    ['X-Forwarded-For', { 'x-forwarded-for': '192.168.1.9' }],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'https' }],
    ['Via', { via: '1.1 proxy' }],
    ['X-Real-IP', { 'x-real-ip': '192.168.1.9' }],
  ])('is not for calls of loopback with %s', async (_what, headers) => {
    for (const what of ['pause', 'resume', 'missing']) {
      expect(await call(`/api/immich/${what}`, {}, headers)).toBe(403)
    }
    expect(await call('/api/config', config({ immich: immich() }), headers)).toBe(403)
    expect(proxy.service.store.config.immich).toBeUndefined()
  })

  test('a save that leaves it as it is passes, from everywhere', async () => {
    await configure({ guard: 'off' })
    const host = { host: '192.168.1.5:3004' }
    expect(await call('/api/config', config(), host)).toBe(200)
    const masked = { ...immich({ guard: 'off' }), apiKey: '••••••' }
    expect(await call('/api/config', config({ immich: masked }), host)).toBe(200)
    expect(proxy.service.store.config.immich?.apiKey).toBe(ADMIN_KEY)
    expect(await call('/api/config', config({ immich: { ...masked, guard: 'observe' } }), host)).toBe(403)
    expect(await call('/api/config', config({ immich: null }), host)).toBe(403)
    expect(proxy.service.store.config.immich?.guard).toBe('off')
  })

  test('is for the app’s own window, whatever address it opened', async () => {
    const entry = await fetch(`${proxy.url}/config?token=${proxy.service.windowToken}`, {
      redirect: 'manual',
    })
    const cookie = entry.headers.get('set-cookie')?.split(';')[0] ?? ''
    const host = { host: '192.168.1.5:3004' }
    expect(await call('/api/config', config({ immich: immich({ guard: 'off' }) }), { ...host, cookie })).toBe(
      200,
    )
    expect(await call('/api/immich/resume', {}, host)).toBe(403)
    expect(await call('/api/immich/resume', {}, { ...host, cookie: cookie.replace(/.$/, '') })).toBe(403)
  })

  test('is for everyone who has the password, once one is set', async () => {
    await proxy.post('/api/auth/password', { password: 'correct horse' })
    const authorization = `Basic ${Buffer.from(':correct horse').toString('base64')}`
    const host = { host: '192.168.1.5:3004' }
    expect(
      await call('/api/config', config({ immich: immich({ guard: 'off' }) }), { ...host, authorization }),
    ).toBe(200)
    expect(await call('/api/immich/resume', {}, host)).toBe(401)
  })

  const own = Object.values(networkInterfaces())
    .flat()
    .find((info) => info?.family === 'IPv4' && !info.internal)?.address
  test.skipIf(own === undefined)('is not for this computer by its address on the network', async () => {
    await restart({ host: '0.0.0.0' })
    expect(await call('/api/immich/resume', {}, { host: 'localhost' }, own)).toBe(403)
  })
})
