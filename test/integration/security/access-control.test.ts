import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { folderOfFile } from '../../support/folder.ts'
import { call, type CallOptions } from '../../support/http.ts'
import { immichForm, JOBS, predict } from '../../support/immich-client.ts'
import { backend, config, proxy, useOneBackendForAll } from '../../support/one-backend.ts'
import { startProxy } from '../../support/proxy.ts'
import { RawClient } from '../../support/raw-client.ts'

/** What every answer has that is no page. */
const PASSIVE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'referrer-policy': 'no-referrer',
}

const folder = folderOfFile()
const views = path.join(folder, 'views')

beforeAll(() => {
  mkdirSync(path.join(views, 'assets'), { recursive: true })
  writeFileSync(path.join(views, 'index.html'), '<!doctype html><title>the view</title>')
  writeFileSync(path.join(views, 'home.html'), '<!doctype html><title>home</title>')
  writeFileSync(path.join(views, 'assets', 'app.js'), 'export {}')
  writeFileSync(path.join(folder, 'secret.txt'), 'SECRET')
  writeFileSync(path.join(views, 'secret.txt'), 'SECRET')
})
useOneBackendForAll({ viewsFolder: views })

describe('a Host that is a public name', () => {
  test.each([
    '/',
    '/config',
    '/debug',
    '/assets/app.js',
    '/api/config',
    '/api/events',
    '/api/auth/status',
    '/api/none',
    '/none',
  ])('is refused for %s, and the answer says how to allow it', async (where) => {
    const answer = await call(proxy.url, where, { headers: { host: 'evil.example.com' } })
    expect(answer.status).toBe(403)
    expect(answer.error).toContain('"evil.example.com"')
    expect(answer.error).toContain('security.allowedHosts')
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
  })

  test('is refused for changes too', async () => {
    const headers = { host: 'evil.example.com', origin: 'http://evil.example.com' }
    const answer = await call(proxy.url, '/api/config', { method: 'POST', headers, body: config() })
    expect(answer.status).toBe(403)
  })

  test.each([
    'nas',
    'nas.local',
    'nas.lan:3004',
    'nas.home.arpa',
    'nas.internal',
    'nas.tail1.ts.net',
    '192.168.1.5',
    '[::1]:80',
  ])('%s is none', async (host) => {
    for (const where of ['/', '/config', '/api/config']) {
      expect((await call(proxy.url, where, { headers: { host } })).status).toBe(200)
    }
  })

  test('can be allowed, by name and below a name', async () => {
    const allowedHosts = ['ml.example.com', '*.example.org']
    await proxy.configure(config({ security: { allowedHosts } }))
    const statusOf = async (host: string): Promise<number> =>
      (await call(proxy.url, '/api/config', { headers: { host } })).status
    expect(await statusOf('ml.example.com:8443')).toBe(200)
    expect(await statusOf('a.b.example.org')).toBe(200)
    expect(await statusOf('example.org')).toBe(403)
    await proxy.configure(config({ security: null }))
    expect(await statusOf('ml.example.com:8443')).toBe(403)
  })

  test('is taken by /ping and /predict', async () => {
    expect((await call(proxy.url, '/ping', { headers: { host: 'ml.example.com' } })).text).toBe('pong')
    const encoded = new Response(immichForm(JOBS.searchText, 'a cat'))
    const answer = await call(proxy.url, '/predict', {
      method: 'POST',
      headers: { host: 'ml.example.com', 'content-type': encoded.headers.get('content-type') ?? '' },
      body: await encoded.text(),
    })
    expect(answer.status).toBe(200)
  })

  test('is not repeated at any length, nor can it break the status line', async () => {
    const answer = await call(proxy.url, '/config', { headers: { host: 'x.'.repeat(3_000) } })
    expect(answer.status).toBe(403)
    expect(answer.text.length).toBeLessThan(500)
    const odd = await RawClient.untilClosed(
      proxy.url,
      'GET /config HTTP/1.1\r\nHost: \xe4\x80"<b>.com\r\nConnection: close\r\n\r\n',
    )
    expect(odd).toMatch(/^HTTP\/1\.1 403 [\x20-\x7e]*\r\n/)
  })
})

test('a changed list of clients holds for connections that are open', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const ping = async (): Promise<[number, boolean]> => {
    const request = http.get(new URL('/ping', proxy.url), { agent })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    await once(response, 'end')
    return [response.statusCode ?? 0, request.reusedSocket]
  }
  try {
    expect(await ping()).toEqual([200, false])
    await proxy.configure(config({ security: { allowedClients: ['192.168.77.7'] } }))
    expect(await ping()).toEqual([403, true])
    expect((await predict(proxy.url, JOBS.searchText, 'a cat')).status).toBe(403)
    await proxy.configure(config({ security: null }))
    expect(await ping()).toEqual([200, true])
  } finally {
    agent.destroy()
  }
})

describe('a list that is malformed', () => {
  test.each([
    [{ allowedClients: ['nas'] }, 'security.allowedClients[0]'],
    [{ allowedClients: ['192.168.1.0/33'] }, 'security.allowedClients[0]'],
    [{ allowedClients: '192.168.1.5' }, 'security.allowedClients'],
    [{ allowedHosts: ['http://ml.example.com'] }, 'security.allowedHosts[0]'],
    [{ allowedHosts: ['ml.example.com:80'] }, 'security.allowedHosts[0]'],
    [{ allowedHosts: ['*'] }, 'security.allowedHosts[0]'],
    ['no', 'security'],
  ])('%j is refused at its field', async (security, field) => {
    const answer = await proxy.post('/api/config', config({ security }))
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(field)
  })
})

type Headers = NonNullable<CallOptions['headers']>

describe('a state-changing call', () => {
  const post = (headers: Headers, body: string | object = config()) =>
    call(proxy.url, '/api/config', { method: 'POST', headers, body })

  test('is taken from the page itself and from programs', async () => {
    expect((await post({})).status).toBe(200)
    const origin = new URL(proxy.url).origin
    expect((await post({ origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await post({ host: 'nas.local', origin: 'https://nas.local' })).status).toBe(200)
    const records = await call(proxy.url, '/api/debug/records', { method: 'DELETE', headers: { origin } })
    expect(records.status).toBe(200)
  })

  test.each([
    { origin: 'http://evil.example.com' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': ['same-origin', 'cross-site'] },
    { 'sec-fetch-site': ['Cross-Site', 'none'] },
  ] satisfies Headers[])('from another site is refused: %j', async (headers) => {
    const before = await (await proxy.get('/api/config')).text()
    const answer = await post(headers, {
      ...config(),
      backends: [{ name: 'evil', url: 'http://evil.example.com' }],
    })
    expect(answer.status).toBe(403)
    expect(answer.error).toMatch(/\/config/)
    expect(await (await proxy.get('/api/config')).text()).toBe(before)
    const records = await call(proxy.url, '/api/debug/records', { method: 'DELETE', headers })
    expect(records.status).toBe(403)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'with a body of the type %j is refused, as a form of any page could send it',
    async (type) => {
      const body = JSON.stringify(config())
      const answer = await post(type === '' ? {} : { 'content-type': type }, body)
      expect(answer.status).toBe(403)
      expect(answer.error).toContain('Content-Type: application/json')
    },
  )

  test('without a body needs no content type', async () => {
    const answer = await call(proxy.url, '/api/auth/logout', { method: 'POST' })
    expect(answer.status).toBe(200)
  })
})

describe('answers', () => {
  test.each(['/', '/config', '/debug', '/assets/app.js', '/api/config', '/ping'])(
    '%s has a strict policy and no header that asks for https',
    async (where) => {
      const { headers } = await call(proxy.url, where)
      expect(String(headers['content-security-policy']).split(';')).toEqual([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ])
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['strict-transport-security']).toBeUndefined()
      expect(headers['cross-origin-opener-policy']).toBeUndefined()
    },
  )

  test.each(['/api/config', '/api/health', '/api/none'])('%s is not stored', async (where) => {
    expect((await call(proxy.url, where)).headers['cache-control']).toBe('no-store')
    const refused = await call(proxy.url, where, { headers: { host: 'evil.example.com' } })
    expect(refused.headers['cache-control']).toBe('no-store')
  })

  test('allow no other origin', async () => {
    const headers = { origin: 'http://evil.example.com', 'access-control-request-method': 'POST' }
    for (const method of ['GET', 'OPTIONS']) {
      for (const where of ['/api/config', '/ping', '/config']) {
        const answer = await call(proxy.url, where, { method, headers })
        const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))
        expect(cors).toEqual([])
      }
    }
  })

  test('of a backend are shown by a browser without running anything', async () => {
    backend.predictFault = {
      kind: 'status',
      status: 404,
      body: '<script>alert(1)</script>',
      headers: { 'content-type': 'text/html' },
    }
    const answer = await predict(proxy.url, JOBS.searchText, 'a cat')
    backend.predictFault = undefined
    expect(answer.headers.get('content-type')).toBe('text/html')
    expect(Object.fromEntries(answer.headers)).toMatchObject(PASSIVE)
    expect(Object.fromEntries((await predict(proxy.url, JOBS.searchText, 'a cat')).headers)).toMatchObject(
      PASSIVE,
    )
  })

  const errors: [string, CallOptions, number][] = [
    ['/none', {}, 404],
    ['/api/none', {}, 404],
    ['/config', { headers: { host: 'evil.example.com' } }, 403],
    ['/predict', {}, 405],
    ['/predict', { method: 'POST', body: {} }, 415],
    ['/ping', { method: 'PUT' }, 405],
  ]
  test.each(errors)(
    'that are errors are passive, before Express and in it: %s %j',
    async (where, options, status) => {
      const answer = await call(proxy.url, where, options)
      expect(answer.status).toBe(status)
      expect(answer.headers).toMatchObject(PASSIVE)
    },
  )

  test('to what is no request, or one too many, are passive too', async () => {
    const small = await startProxy({ limits: { connections: 1, headersTimeoutMs: 200 } })
    const lines = Object.entries(PASSIVE).map(([name, value]) => `\r\n${name}: ${value}\r\n`)
    const { port } = new URL(small.url)
    const first = await RawClient.connect(Number(port))
    try {
      const answers = [
        [503, await RawClient.exchange(Number(port), 'GET / HTTP/1.1\r\n\r\n')],
        [408, await first.answer],
        [400, await RawClient.exchange(Number(port), 'hello\r\n\r\n')],
        [431, await RawClient.exchange(Number(port), `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)],
      ] as const
      for (const [status, answer] of answers) {
        expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
        for (const line of lines) expect(answer).toContain(line)
      }
    } finally {
      first.close()
      await small.stop()
    }
  })

  test('show recorded parts as what they look like, in a sandbox', async () => {
    await proxy.post('/api/debug/toggle', { enabled: true })
    await predict(proxy.url, JOBS.searchText, '<script>alert(1)</script>')
    await proxy.post('/api/debug/toggle', { enabled: false })
    const records = (await (await proxy.get('/api/debug/records')).json()) as { id: string; type: string }[]
    const id = records.find(({ type }) => type === 'incoming')?.id ?? ''
    for (const [name, type] of [
      ['parts/1', /^text\/plain/],
      ['request', /octet-stream/],
      ['response', /json|text\/plain/],
    ] as const) {
      const { status, headers } = await call(proxy.url, `/api/debug/records/${id}/${name}`)
      expect(status).toBe(200)
      expect(headers['content-type']).toMatch(type)
      expect(headers['content-disposition']).toMatch(/filename="/)
      expect(headers).toMatchObject({ ...PASSIVE, 'cache-control': 'no-store' })
    }
  })
})

describe('a path that climbs', () => {
  test.each([
    '/../secret.txt',
    '/../../secret.txt',
    '/assets/../secret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/%2e%2e%2fsecret.txt',
    '/assets/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/..\\secret.txt',
    '/assets/%252e%252e/secret.txt',
    '/assets//../secret.txt',
    '/assets/./../secret.txt',
    '/assets/....//secret.txt',
    '/assets/%c0%ae%c0%ae/secret.txt',
    '/assets/app.js%00',
    '/assets/app.js/../../secret.txt',
    '/assets/%',
    '/assets/%2',
    '/assets/.hidden',
    '/secret.txt',
    '/config/../secret.txt',
    '//secret.txt',
    '/api/../secret.txt',
    '/favicon.svg/../secret.txt',
    '/assets',
    '/assets/',
  ])('%s ends in 404', async (where) => {
    const answer = await call(proxy.url, where)
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('SECRET')
    expect(answer.error).not.toBe('')
  })
})

describe('a request that two readers could understand in two ways', () => {
  const host = 'Host: 127.0.0.1\r\n'
  const predictions = (): number => backend.seen.length

  test.each([
    ['two lengths', `POST /predict HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    [
      'a length and chunks',
      `POST /predict HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/config HTTP/1.1\r\n${host}\r\n`,
    ],
    [
      'chunks not last',
      `POST /predict HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    ['a space before the colon', `POST /predict HTTP/1.1\r\n${host}Content-Length : 5\r\n\r\nhello`],
    ['a folded header', `GET /api/config HTTP/1.1\r\n${host}X-A: b\r\n c: d\r\n\r\n`],
    ['no host', 'GET /api/config HTTP/1.1\r\n\r\n'],
    ['no host, and one with it behind', `GET / HTTP/1.1\r\n\r\nGET /api/config HTTP/1.1\r\n${host}\r\n`],
    ['two hosts', `GET /api/config HTTP/1.1\r\n${host}Host: evil.example.com\r\nConnection: close\r\n\r\n`],
    [
      'bare line feeds in a chunk size',
      `POST /predict HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;\nhello\r\n0\r\n\r\n`,
    ],
  ])('%s: is refused, and what follows is not read as another one', async (_what, bytes) => {
    const before = predictions()
    const answer = await RawClient.untilClosed(proxy.url, bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
    expect(predictions()).toBe(before)
  })

  test('the length that goes to a backend is the proxy’s own', async () => {
    const encoded = new Response(immichForm(JOBS.searchText, 'a cat'))
    const body = await encoded.text()
    const type = encoded.headers.get('content-type') ?? ''
    const chunked =
      `POST /predict HTTP/1.1\r\n${host}Content-Type: ${type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n` +
      `Trailer: X-Extra\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\nX-Extra: 3\r\n\r\n`
    expect(await RawClient.untilClosed(proxy.url, chunked)).toMatch(/^HTTP\/1\.1 200 /)
    const headers = backend.seen.at(-1)?.headers
    expect(headers?.['content-length']).toBe(String(Buffer.byteLength(body)))
    expect(headers?.['transfer-encoding']).toBeUndefined()
  })
})
