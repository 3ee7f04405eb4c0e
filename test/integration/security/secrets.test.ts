import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BackendTest } from '../../../src-shared/api.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import { call, type CallAnswer } from '../../support/http.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { NotingBackend } from '../../support/noting-backend.ts'
import { startProxy, type TestProxy } from '../../support/proxy.ts'

const SECRET = 'Bearer s3cr3t-t0ken-of-the-backend'

let logged = ''
const log = streamLogger('trace', { write: (line) => void (logged += line) })
let proxy: TestProxy
let mine: NotingBackend
let other: NotingBackend

beforeEach(async () => {
  logged = ''
  mine = await NotingBackend.start()
  other = await NotingBackend.start()
  proxy = await startProxy({ log })
})

afterEach(async () => {
  await proxy.stop()
  mine.stop()
  other.stop()
})

interface Posted {
  name: string
  url: string
  headers?: unknown
  [field: string]: unknown
}

const configOf = (...backends: Posted[]): object => ({ defaultBackend: backends[0]?.name ?? '', backends })
const save = (...backends: Posted[]): Promise<CallAnswer> =>
  call(proxy.url, '/api/config', { method: 'POST', body: configOf(...backends) })
const own = (more: Partial<Posted> = {}): Posted => ({
  name: 'mine',
  url: mine.url,
  headers: { Authorization: SECRET },
  ...more,
})
const saved = async (...backends: Posted[]): Promise<void> => {
  expect((await save(...backends)).text).toContain('saved')
  await proxy.service.monitor.checkAll()
}
/** The headers that the proxy has stored for a backend. */
const stored = (name = 'mine'): Record<string, string> | undefined =>
  proxy.service.store.config.backends.find((backend) => backend.name === name)?.headers

describe('a backend’s headers', () => {
  test('are sent to it, with its health checks too, and to no other', async () => {
    await saved(own(), { name: 'other', url: other.url })
    expect((await predict(proxy.url, JOBS.searchText, 'a cat')).status).toBe(200)
    expect(new Set(mine.values('authorization'))).toEqual(new Set([SECRET]))
    expect(mine.seen.some(({ url }) => url === '/ping')).toBe(true)
    expect(mine.seen.some(({ url }) => url === '/predict')).toBe(true)
    expect(other.seen.length).toBeGreaterThan(0)
    expect(new Set(other.values('authorization'))).toEqual(new Set([undefined]))
  })

  test('never go after a redirect', async () => {
    mine.answer = (_request, response) => response.writeHead(302, { location: `${other.url}/ping` }).end()
    await saved(own())
    expect((await predict(proxy.url, JOBS.searchText, 'a cat')).status).toBe(502)
    const health = await (await proxy.get('/api/health')).text()
    expect(health).toContain('a redirect; give the final URL')
    expect(other.seen).toEqual([])
  })

  test('a client’s own credentials are for the proxy, not for a backend', async () => {
    await saved({ name: 'other', url: other.url })
    const headers = {
      authorization: 'Basic eDp5',
      cookie: 'a=b',
      'x-api-key': 'k',
      'proxy-authorization': 'Basic eDp5',
    }
    await predict(proxy.url, JOBS.searchText, 'a cat', { headers })
    const sent = other.seen.find(({ url }) => url === '/predict')?.headers
    for (const name of Object.keys(headers)) expect(sent?.[name]).toBeUndefined()
  })

  test.each([
    [{ 'Bad Name': 'x' }, 'Bad Name'],
    [{ 'Evil\r\nX': 'x' }, 'Evil'],
    [{ '': 'x' }, ''],
    [{ Authorization: `${SECRET}\r\nX-Evil: 1` }, 'Authorization'],
    [{ Authorization: `${SECRET}\n` }, 'Authorization'],
    [{ Authorization: `${SECRET}\0` }, 'Authorization'],
    [{ Authorization: `${SECRET} ☃` }, 'Authorization'],
    [{ Authorization: [SECRET] }, 'Authorization'],
    [{ Authorization: `${SECRET}${'x'.repeat(9_000)}` }, 'Authorization'],
    [{ Host: 'evil.example.com' }, 'Host'],
    [{ 'content-LENGTH': '0' }, 'content-LENGTH'],
    [{ 'Transfer-Encoding': 'chunked' }, 'Transfer-Encoding'],
    [{ 'X-A': SECRET, 'x-a': SECRET }, 'x-a'],
  ])('%j is refused at its field, its value not repeated', async (headers, name) => {
    const answer = await save(own({ headers }))
    expect(answer.status).toBe(400)
    expect(answer.error).toContain(`backends[0].headers.${name}`)
    expect(answer.text).not.toContain('s3cr3t')
  })

  test('are shown as a mask, which is kept when it is posted back', async () => {
    await saved(own())
    const shown = JSON.parse(await (await proxy.get('/api/config')).text()) as { backends: Posted[] }
    expect(shown.backends[0]?.headers).toEqual({ Authorization: MASK })
    await saved(...shown.backends)
    expect(stored()).toEqual({ Authorization: SECRET })
    // The name of a header has no case; absent headers are kept too, null takes them away.
    await saved(own({ headers: { authorization: MASK, 'X-New': 'new' } }))
    expect(stored()).toEqual({ authorization: SECRET, 'X-New': 'new' })
    await saved({ name: 'mine', url: mine.url })
    expect(stored()).toEqual({ authorization: SECRET, 'X-New': 'new' })
    await saved(own({ headers: { 'X-New': MASK } }))
    expect(stored()).toEqual({ 'X-New': 'new' })
    await saved(own({ headers: null }))
    expect(stored()).toBeUndefined()
  })

  test('follow a backend that is renamed, or that gets another path on the same server', async () => {
    await saved(own())
    await saved(own({ name: 'renamed', headers: { Authorization: MASK } }))
    expect(stored('renamed')).toEqual({ Authorization: SECRET })
    await saved(own({ name: 'renamed', url: `${mine.url}/ml`, headers: { Authorization: MASK } }))
    expect(stored('renamed')).toEqual({ Authorization: SECRET })
  })

  test('follow their URL when two backends change names', async () => {
    await saved(own(), { name: 'other', url: other.url, headers: { Authorization: 'of the other' } })
    await saved(
      { name: 'other', url: mine.url, headers: { Authorization: MASK } },
      { name: 'mine', url: other.url, headers: { Authorization: MASK } },
    )
    expect(stored('other')).toEqual({ Authorization: SECRET })
    expect(stored('mine')).toEqual({ Authorization: 'of the other' })
  })
})

describe('a hidden value', () => {
  const evil = (): string => other.url
  const cases: [string, () => Posted[]][] = [
    ['for another server', () => [own({ url: evil(), headers: { Authorization: MASK } })]],
    ['for another server, the headers left out', () => [{ name: 'mine', url: evil() }]],
    [
      'for another server, beside the old one',
      () => [
        own({ headers: { Authorization: MASK }, name: 'x' }),
        own({ url: evil(), headers: { Authorization: MASK } }),
      ],
    ],
    [
      'for https instead of http',
      () => [own({ url: mine.url.replace('http:', 'https:'), headers: { Authorization: MASK } })],
    ],
    [
      'for the URL with credentials of its own',
      () => [own({ url: mine.url.replace('//', '//x@'), headers: { Authorization: MASK } })],
    ],
    ['for a header that has none', () => [own({ headers: { 'X-Other': MASK } })]],
    ['for a new backend', () => [{ name: 'new', url: evil(), headers: { Authorization: MASK } }]],
  ]
  test.each(cases)('%s is asked for again, and goes nowhere', async (_what, posted) => {
    await saved(own())
    const before = other.seen.length
    const answer = await save(...posted())
    expect(answer.status).toBe(400)
    expect(answer.error).toMatch(/backends\[\d\]\.(headers\.[\w-]+ is hidden.*enter it again|url)/)
    expect(answer.text).not.toContain('s3cr3t')
    expect(stored()).toEqual({ Authorization: SECRET })
    expect(other.seen).toHaveLength(before)
  })

  // Nothing listens there: it is never connected to.
  const HTTPS = 'https://127.0.0.1:9'
  const CA = '/home/me/ca.pem'
  const OTHER_CA = '/tmp/evil.pem'
  const UNCHECKED = { rejectUnauthorized: false }
  const weakened: [string, object | undefined, object | null][] = [
    ['no check', undefined, UNCHECKED],
    ['no check of a CA', { ca: CA }, { ca: CA, ...UNCHECKED }],
    ['a check that is none', { ca: CA }, { ca: CA, rejectUnauthorized: 'no' }],
    ['another CA', { ca: CA }, { ca: OTHER_CA }],
    ['a CA where there was none', undefined, { ca: OTHER_CA }],
    ['a CA where there was none, the check named', { rejectUnauthorized: true }, { ca: OTHER_CA }],
  ]
  test.each(weakened)('for the same server with %s is asked for again', async (_what, before, after) => {
    await saved(own({ url: HTTPS, ...(before === undefined ? {} : { tls: before }) }))
    const headers = { Authorization: MASK }
    const changed: Partial<Posted>[] = [
      own({ url: HTTPS, headers, tls: after }),
      { name: 'mine', url: HTTPS, tls: after },
      { name: 'new', url: HTTPS, headers, tls: after },
    ]
    for (const one of changed) {
      for (const answer of [
        await save(one as Posted),
        await call(proxy.url, '/api/backends/test', { method: 'POST', body: one }),
      ]) {
        expect(answer.status).toBe(400)
        expect(answer.error).toMatch(/enter it again|must be true or false/)
        expect(answer.text).not.toContain('s3cr3t')
      }
      expect(stored()).toEqual({ Authorization: SECRET })
    }
  })

  const asStrict: [string, object | undefined, object | null | undefined][] = [
    ['the same', { ca: CA }, { ca: CA }],
    ['the same, left out', { ca: CA }, undefined],
    ['the check named', { ca: CA }, { ca: ` ${CA} `, rejectUnauthorized: true }],
    ['the CA removed', { ca: CA }, { ca: '' }],
    ['all removed', { ca: CA }, null],
    ['a check where there was none', UNCHECKED, { ca: CA }],
    ['still no check', UNCHECKED, UNCHECKED],
  ]
  test.each(asStrict)('is kept for TLS settings that check no less: %s', async (_what, before, after) => {
    await saved(own({ url: HTTPS, ...(before === undefined ? {} : { tls: before }) }))
    const headers = { Authorization: MASK }
    await saved(own({ url: HTTPS, headers, ...(after === undefined ? {} : { tls: after }) }))
    expect(stored()).toEqual({ Authorization: SECRET })
  })

  test('is kept for plain http, where TLS settings mean nothing', async () => {
    await saved(own())
    await saved(own({ headers: { Authorization: MASK }, tls: UNCHECKED }))
    expect(stored()).toEqual({ Authorization: SECRET })
  })

  test('is kept for a test of the stored URL, and asked for again for any other', async () => {
    await saved(own())
    const ask = (body: object): Promise<CallAnswer> =>
      call(proxy.url, '/api/backends/test', { method: 'POST', body })
    mine.seen.length = 0
    for (const body of [
      own({ headers: { Authorization: MASK } }),
      { url: mine.url, headers: { Authorization: MASK } },
      { name: 'mine' },
    ]) {
      const answer = await ask(body)
      expect((JSON.parse(answer.text) as BackendTest).ok).toBe(true)
    }
    expect(mine.values('authorization').filter((value) => value === SECRET).length).toBeGreaterThanOrEqual(3)
    for (const body of [
      own({ url: evil(), headers: { Authorization: MASK } }),
      { name: 'mine', url: evil() },
      { url: evil(), headers: { Authorization: MASK } },
    ]) {
      const answer = await ask(body)
      expect(answer.status).toBe(400)
      expect(answer.error).toContain('enter it again')
    }
    expect(other.seen).toEqual([])
  })

  test('is not another backend’s, also for one that is called as the test calls its own', async () => {
    await saved(own({ name: 'test' }))
    const answer = await call(proxy.url, '/api/backends/test', { method: 'POST', body: { url: evil() } })
    expect((JSON.parse(answer.text) as BackendTest).ok).toBe(true)
    expect(other.values('authorization')).toEqual([undefined])
  })
})

describe('secrets', () => {
  test('are in no answer, event, record, archive or log', async () => {
    await saved(own(), { name: 'other', url: other.url })
    await proxy.post('/api/debug/toggle', { enabled: true })
    const response = await fetch(new URL('/api/events', proxy.url))
    const reader = response.body?.getReader()
    const read = async (): Promise<string> => Buffer.from((await reader?.read())?.value ?? []).toString()
    let events = await read()
    expect(events).toContain('event:config')
    const headers = {
      authorization: `Basic ${Buffer.from('x:client-secret').toString('base64')}`,
      cookie: 'client-secret=1',
    }
    await predict(proxy.url, JOBS.searchText, 'a cat', { headers })
    mine.answer = (request) => request.socket.destroy()
    await predict(proxy.url, JOBS.searchText, 'a dog', { headers })
    await save(own({ headers: { Authorization: `${SECRET}\n` } }))
    await call(proxy.url, '/api/backends/test', { method: 'POST', body: own({ url: 'http://127.0.0.1:9' }) })
    await saved(own({ headers: { Authorization: MASK }, timeoutMs: 5_000 }))
    while (!events.includes('"timeoutMs":5000')) events += await read()
    await reader?.cancel()
    const wheres = ['config', 'status', 'health', 'backends', 'debug/records', 'debug/har', 'debug/usage']
    const answers = await Promise.all(wheres.map(async (where) => (await proxy.get(`/api/${where}`)).text()))
    for (const text of [...answers, events, logged]) {
      expect(text).not.toContain('s3cr3t')
      expect(text).not.toContain('client-secret')
      expect(text).not.toContain(headers.authorization)
    }
    expect(answers.join('')).toContain('[hidden]')
  })

  test.each([
    [
      'a broken file',
      `{"defaultBackend": "mine", "backends": [{"name": "mine", "headers": {"Authorization": "${SECRET}" x`,
    ],
    [
      'a bad value',
      `{"backends": [{"name": "mine", "url": "http://a:1", "headers": {"Authorization": "${SECRET}\\n"}}]}`,
    ],
    ['a bad URL', `{"backends": [{"name": "mine", "url": "ftp://x:${SECRET.slice(7)}@a"}]}`],
    ['a URL that is none', `{"backends": [{"name": "mine", "url": "x:${SECRET.slice(7)}@a:b"}]}`],
    [
      'a private key as CA',
      `{"backends": [{"name": "mine", "url": "https://a:1", "tls": {"ca": "-----BEGIN PRIVATE KEY-----s3cr3t"}}]}`,
    ],
  ])('are not told of a config.json changed by hand: %s', async (_what, text) => {
    await writeFile(path.join(proxy.folder, 'config.json'), text)
    await expect.poll(() => proxy.service.status().warnings.join()).toContain('changed by hand')
    const status = await (await proxy.get('/api/status')).text()
    expect(status + logged).not.toContain('s3cr3t')
    await proxy.service.stop(0)
    const again = await startProxy({ log, userDataDir: proxy.folder })
    const told = await (await again.get('/api/status')).text()
    await again.service.stop(0)
    expect(told).toMatch(/could not be read|In config\.json: /)
    expect(told + logged).not.toContain('s3cr3t')
  })

  test('a body that is not JSON is not quoted', async () => {
    const body = '{"password": "s3cr3t" x'
    const headers = { 'content-type': 'application/json' }
    const answer = await call(proxy.url, '/api/auth/login', { method: 'POST', headers, body })
    expect(answer.status).toBe(400)
    expect(answer.error).toContain('not JSON')
    expect(answer.text + logged).not.toContain('s3cr3t')
  })
})

describe('hostile input', () => {
  test('__proto__ reaches neither a prototype nor the configuration', async () => {
    const textWith = (routing: string): string =>
      `{"__proto__": {"polluted": true, "security": {"passwordHash": "x"}}, "defaultBackend": "mine",` +
      `"constructor": {"prototype": {"polluted": true}}, "taskRouting": ${routing},` +
      `"backends": [{"name": "mine", "url": "${mine.url}", "__proto__": {"headers": {"X-Evil": "1"}}}],` +
      `"security": {"__proto__": {"passwordHash": "x"}}}`
    const headers = { 'content-type': 'application/json' }
    const post = (body: string): Promise<CallAnswer> =>
      call(proxy.url, '/api/config', { method: 'POST', headers, body })
    // As a task it would be lost; that is told.
    const refused = await post(textWith('{"__proto__": "mine", "clip": "mine"}'))
    expect([refused.status, refused.error]).toEqual([400, expect.stringContaining('taskRouting')])
    expect((await post(textWith('{"clip": "mine"}'))).status).toBe(200)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    const status = JSON.parse((await call(proxy.url, '/api/auth/status')).text) as { passwordSet: boolean }
    expect(status.passwordSet).toBe(false)
    await predict(proxy.url, JOBS.searchText, 'a cat')
    expect(new Set(mine.values('x-evil'))).toEqual(new Set([undefined]))
  })

  test('names of objects’ own are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      await saved({ name, url: mine.url })
      const health = JSON.parse(await (await proxy.get('/api/health')).text()) as object
      expect(Object.getOwnPropertyNames(health)).toEqual([name])
      const entries = { [name]: { [name]: { modelName: 'x' } } }
      mine.answer = ({ url }, response) =>
        response.end(url?.endsWith('/ping') === true ? 'pong' : `{"${name}":"[1]"}`)
      expect((await predict(proxy.url, entries, 'a cat')).status).toBe(200)
    }
  })

  test('a name cannot break the status line or forge a line of the log', async () => {
    const name = 'evil\r\nX-Evil: 1\r\n\r\n<b>\u2028\u202e'
    mine.answer = (_request, response) => response.writeHead(500).end()
    await saved({ name, url: mine.url })
    const answer = await predict(proxy.url, JOBS.searchText, 'a cat')
    expect(answer.statusText).toMatch(/^[\x20-\x7e]*$/)
    expect(answer.headers.get('x-evil')).toBeNull()
    for (const line of logged.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
  })

  test('a URL of half a million slashes costs nothing', async () => {
    // A pattern that looks for the slashes again from each of them would take minutes, and the test time out.
    const answer = await save({ name: 'mine', url: `http://a/${'/'.repeat(500_000)}x` })
    expect(answer.status).toBe(400)
    expect(answer.text.length).toBeLessThan(2_000)
  })

  test('deep nesting is refused or kept, and the proxy lives on', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    const body = `{"defaultBackend": "mine", "backends": [{"name": "mine", "url": "${mine.url}"}], "x": ${deep}}`
    const headers = { 'content-type': 'application/json' }
    await call(proxy.url, '/api/config', { method: 'POST', headers, body })
    const form = await predict(proxy.url, { clip: { textual: { modelName: 'x' } } }, deep)
    expect(form.status).toBeGreaterThan(0)
    expect((await call(proxy.url, '/api/config')).status).toBe(200)
    await saved({ name: 'mine', url: mine.url, x: null })
  })
})
