import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AuthStatus } from '../../../src-shared/api.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { EventStream } from '../../support/events.ts'
import { call, type CallAnswer, type CallOptions } from '../../support/http.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { basic, CHEAP_HASH, cookieIn } from '../../support/login.ts'
import { backend, config, proxy, restart, useOneBackend } from '../../support/one-backend.ts'

const PASSWORD = 'correct horse'
const OTHER = 'battery staple'
const LIMITS = { scryptCost: CHEAP_HASH }

let logged = ''
const log = streamLogger('trace', { write: (line) => void (logged += line) })
const post = (where: string, body?: object, headers: Record<string, string> = {}): Promise<CallAnswer> =>
  call(proxy.url, where, { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
const get = (where: string, headers: Record<string, string> = {}): Promise<CallAnswer> =>
  call(proxy.url, where, { headers })
const setPassword = (
  password: string,
  current?: string,
  headers: Record<string, string> = {},
): Promise<CallAnswer> =>
  post('/api/auth/password', { password, ...(current === undefined ? {} : { current }) }, headers)
const statusOf = (answer: CallAnswer): AuthStatus => JSON.parse(answer.text) as AuthStatus

async function login(password = PASSWORD): Promise<Record<string, string>> {
  const answer = await post('/api/auth/login', { password })
  expect(answer.status).toBe(200)
  return cookieIn(answer)
}

const openEvents = (headers: Record<string, string>): Promise<EventStream> =>
  EventStream.open(proxy.url, { headers })

beforeEach(() => {
  logged = ''
})
useOneBackend({ log, limits: LIMITS, host: '::' })

describe('without a password', () => {
  test('nothing needs a session, and the status says that none is set', async () => {
    expect(statusOf(await get('/api/auth/status'))).toEqual({ passwordSet: false, authenticated: true })
    expect((await get('/api/config')).status).toBe(200)
    const { warnings } = JSON.parse((await get('/api/status')).text) as { warnings: string[] }
    expect(warnings.at(-1)).toMatch(/^No password is set: /)
    expect((await post('/api/auth/login', { password: PASSWORD })).status).toBe(400)
  })
})

describe('setting it', () => {
  test('needs eight characters', async () => {
    for (const password of ['1234567', 'äöüßäöü', ' ']) {
      const answer = await setPassword(password)
      expect(answer.status).toBe(400)
      expect(answer.error).toContain('8 characters')
    }
    for (const body of [{}, { password: 12_345_678 }, { password: PASSWORD, current: 1 }, [PASSWORD]]) {
      expect((await post('/api/auth/password', body)).status).toBe(400)
    }
    expect((await setPassword('x'.repeat(1_001))).status).toBe(400)
    expect(statusOf(await get('/api/auth/status')).passwordSet).toBe(false)
    expect((await setPassword('12345678')).status).toBe(200)
  })

  test('closes every call of the API, and leaves /ping, /predict and the pages open', async () => {
    const answer = await setPassword(PASSWORD)
    expect(answer.status).toBe(200)
    expect(statusOf(answer)).toEqual({ passwordSet: true, authenticated: true })
    const calls: [string, CallOptions][] = [
      ['/api/config', {}],
      ['/API/config', {}],
      ['/api/config/', {}],
      ['/api/status', {}],
      ['/api/health', {}],
      ['/api/backends', {}],
      ['/api/events', {}],
      ['/api/debug/status', {}],
      ['/api/debug/records', {}],
      ['/api/debug/har', {}],
      ['/api/auth/status/', {}],
      ['/api/none', {}],
      ['/api/config', { method: 'POST', body: config({ backends: [] }) }],
      ['/api/backends/test', { method: 'POST', body: { url: backend.url } }],
      ['/api/backends/try', { method: 'POST', body: { backend: { url: backend.url } } }],
      ['/api/debug/toggle', { method: 'POST', body: { enabled: true } }],
      ['/api/debug/records', { method: 'DELETE' }],
      ['/api/auth/password', { method: 'POST', body: { password: OTHER, current: PASSWORD } }],
      ['/api/auth/logout', { method: 'POST' }],
    ]
    for (const [where, options] of calls) {
      const refused = await call(proxy.url, where, options)
      expect([where, refused.status]).toEqual([where, 401])
      expect(refused.error).toMatch(/log in/)
      expect(refused.headers['www-authenticate']).toBeUndefined()
    }
    for (const where of ['/', '/config', '/debug', '/api/auth/status'])
      expect((await get(where)).status).toBe(200)
    expect(statusOf(await get('/api/auth/status'))).toEqual({ passwordSet: true, authenticated: false })
    expect((await get('/ping')).text).toBe('pong')
    expect((await predict(proxy.url, JOBS.searchText, 'a cat')).status).toBe(200)
  })

  test('lets whoever set it in, and nobody who was in before', async () => {
    const open = await openEvents({})
    const cookie = cookieIn(await setPassword(PASSWORD))
    await open.ended
    expect((await get('/api/config', cookie)).status).toBe(200)
    const status = JSON.parse((await get('/api/status', cookie)).text) as { warnings: string[] }
    expect(status.warnings).toEqual([])
  })

  test('a stale cookie of the same name, sent before the good one, does not hide it', async () => {
    const { cookie = '' } = cookieIn(await setPassword(PASSWORD))
    const [name = ''] = cookie.split('=')
    expect((await get('/api/config', { cookie: `${name}=stale; ${cookie}` })).status).toBe(200)
    expect((await get('/api/config', { cookie: `${name}=stale; ${name}=other` })).status).toBe(401)
  })

  test('once set, it takes the current one to change or remove it', async () => {
    const first = cookieIn(await setPassword(PASSWORD))
    for (const current of [undefined, OTHER]) {
      expect((await setPassword(OTHER, current, first)).status).toBe(403)
      expect((await setPassword('', current, first)).status).toBe(403)
    }
    const changed = await setPassword(OTHER, PASSWORD, first)
    expect(changed.status).toBe(200)
    const second = cookieIn(changed)
    expect((await post('/api/auth/login', { password: PASSWORD })).status).toBe(401)
    await login(OTHER)
    const removed = await setPassword('', OTHER, second)
    expect(statusOf(removed)).toEqual({ passwordSet: false, authenticated: true })
    expect((await get('/api/config')).status).toBe(200)
  })

  test('keeps a salted hash with its parameters in config.json, and nothing of it anywhere else', async () => {
    const revision = (await get('/api/config')).headers.etag
    const cookie = cookieIn(await setPassword(PASSWORD))
    const file = await readFile(path.join(proxy.folder, 'config.json'), 'utf8')
    const { security } = JSON.parse(file) as { security: { passwordHash: string } }
    expect(security.passwordHash).toMatch(/^scrypt:1024:8:1:[\w-]+:[\w-]+$/)
    const shown = await get('/api/config', cookie)
    // A draft of the configuration that is open somewhere can still be saved.
    expect(shown.headers.etag).toBe(revision)
    await post('/api/debug/toggle', { enabled: true }, cookie)
    await post('/api/auth/login', { password: 'wrong one' })
    await predict(proxy.url, JOBS.searchText, 'a cat')
    const records = await get('/api/debug/records', cookie)
    const response = await fetch(new URL('/api/events', proxy.url), { headers: cookie })
    const reader = response.body?.getReader()
    const events = Buffer.from((await reader?.read())?.value ?? []).toString()
    await reader?.cancel()
    expect(events).toContain('event:config')
    const token = cookie['cookie']?.split('=')[1] ?? ''
    expect(token).toHaveLength(43)
    for (const text of [shown.text, records.text, events, logged]) {
      for (const secret of [PASSWORD, 'wrong one', 'scrypt', security.passwordHash, token]) {
        expect(text).not.toContain(secret)
      }
    }
    expect(file).not.toContain(token)
  })

  test('survives every save and import, which can neither set, change nor remove it', async () => {
    // Before one is set: a save cannot set it.
    await post('/api/config', config({ security: { passwordHash: 'scrypt:1024:8:1:mine:mine' } }))
    expect(statusOf(await get('/api/auth/status')).passwordSet).toBe(false)
    const cookie = cookieIn(await setPassword(PASSWORD))
    const saves: object[] = [
      config(),
      config({ security: null }),
      config({ security: {} }),
      config({ security: { allowedHosts: ['ml.example.com'] } }),
      config({ security: { passwordHash: null } }),
      config({ security: { passwordHash: '' } }),
      config({ security: { passwordHash: 'scrypt:1024:8:1:mine:mine' } }),
      JSON.parse(
        `{"__proto__": {"security": {"passwordHash": ""}}, ${JSON.stringify(config()).slice(1)}`,
      ) as object,
    ]
    for (const save of saves) expect((await post('/api/config', save, cookie)).status).toBe(200)
    for (const security of ['', 0, [], [null]]) {
      expect((await post('/api/config', config({ security }), cookie)).status).toBe(400)
    }
    // The session holds: the password has not changed for a moment.
    expect((await get('/api/config', cookie)).status).toBe(200)
    expect((await get('/api/config')).status).toBe(401)
    await login()
  })
})

describe('a session', () => {
  let cookie: Record<string, string>
  beforeEach(async () => {
    await setPassword(PASSWORD)
    cookie = await login()
  })

  test('is a cookie that no script and no other site can use, for 30 days', async () => {
    const answer = await post('/api/auth/login', { password: PASSWORD })
    const [header = '', ...more] = answer.headers['set-cookie'] ?? []
    expect(more).toEqual([])
    expect(header).toMatch(/^immich-ml-proxy-[\w-]{8}=[\w-]{43}; /)
    expect(header).toContain('; HttpOnly')
    expect(header).toContain('; SameSite=Strict')
    expect(header).toContain('; Path=/')
    expect(header).toContain(`; Max-Age=${30 * 24 * 60 * 60}`)
    expect(cookieIn(answer)).not.toEqual(cookie)
    expect(statusOf(await get('/api/auth/status', cookie))).toEqual({
      passwordSet: true,
      authenticated: true,
    })
  })

  test('a wrong password opens none', async () => {
    const answer = await post('/api/auth/login', { password: OTHER })
    expect(answer.status).toBe(401)
    expect(answer.error).toBe('The password is wrong; try again')
    expect(answer.headers['set-cookie']).toBeUndefined()
    for (const body of [{}, { password: null }, { password: [PASSWORD] }, 'x', null]) {
      const options = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }
      expect((await call(proxy.url, '/api/auth/login', options)).status).toBe(400)
    }
    const forged = (
      await get('/api/config', { cookie: cookie['cookie']?.replace(/=.*/, `=${'A'.repeat(43)}`) ?? '' })
    ).status
    expect(forged).toBe(401)
  })

  test('ends by logout, its event stream too', async () => {
    const other = await login()
    const events = await openEvents(cookie)
    const answer = await post('/api/auth/logout', undefined, cookie)
    expect(answer.headers['set-cookie']?.[0]).toMatch(/=; Path=\/; Expires=Thu, 01 Jan 1970/)
    await events.ended
    expect((await get('/api/config', cookie)).status).toBe(401)
    expect((await get('/api/config', other)).status).toBe(200)
  })

  test('is one for https alone where the page was opened over https', async () => {
    const https = { host: 'nas.local', origin: 'https://nas.local' }
    const answer = await post('/api/auth/login', { password: PASSWORD }, https)
    const [header = '', ...more] = answer.headers['set-cookie'] ?? []
    expect(more).toEqual([])
    expect(header).toMatch(/^__Host-immich-ml-proxy-[\w-]{8}=[\w-]{43}; /)
    expect(header).toMatch(/; Path=\/; .*; HttpOnly; Secure; SameSite=Strict$/)
    const secure = cookieIn(answer)
    expect((await get('/api/config', secure)).status).toBe(200)
    // A browser that was at both sends both: logging out means out.
    const both = { cookie: `${cookie['cookie'] ?? ''}; ${secure['cookie'] ?? ''}` }
    const out = await post('/api/auth/logout', undefined, { ...https, ...both })
    expect(out.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-[\w-]+=; Path=\/; Expires=Thu, 01 Jan 1970.*; Secure/),
      expect.stringMatching(/^immich-[\w-]+=; Path=\/; Expires=Thu, 01 Jan 1970/),
    ])
    for (const one of [cookie, secure]) expect((await get('/api/config', one)).status).toBe(401)
  })

  test('is not one for https over http, also where a password is set or removed', async () => {
    const origin = { origin: proxy.url }
    const changed = await setPassword(OTHER, PASSWORD, { ...cookie, ...origin })
    expect(changed.headers['set-cookie']?.[0]).not.toMatch(/Secure|__Host/)
    const https = { host: 'nas.local', origin: 'https://nas.local' }
    const again = await setPassword(PASSWORD, OTHER, { ...cookieIn(changed), ...https })
    expect(again.headers['set-cookie']?.[0]).toMatch(/^__Host-.*; Secure/)
    const removed = await setPassword('', PASSWORD, { ...cookieIn(again), ...https })
    expect(removed.headers['set-cookie']).toHaveLength(2)
  })

  test('ends by a change of the password, everywhere but where it was changed', async () => {
    const events = await openEvents(cookie)
    const basicEvents = await openEvents(basic(PASSWORD))
    const changer = cookieIn(await setPassword(OTHER, PASSWORD, await login()))
    await Promise.all([events.ended, basicEvents.ended])
    expect((await get('/api/config', cookie)).status).toBe(401)
    expect((await get('/api/config', basic(PASSWORD))).status).toBe(401)
    expect((await get('/api/config', changer)).status).toBe(200)
  })

  test('ends by a change of config.json by hand', async () => {
    const events = await openEvents(cookie)
    const file = path.join(proxy.folder, 'config.json')
    const config = JSON.parse(await readFile(file, 'utf8')) as { security: Record<string, string> }
    config.security['passwordHash'] = 'nobody’s'
    await writeFile(file, JSON.stringify(config))
    await events.ended
    expect((await get('/api/config', cookie)).status).toBe(401)
    expect((await post('/api/auth/login', { password: PASSWORD })).status).toBe(401)
  })

  test('outlives a restart', async () => {
    const { folder } = proxy
    const sessions = await readFile(path.join(folder, 'sessions.json'), 'utf8')
    expect(sessions).not.toContain(cookie['cookie']?.split('=')[1])
    await restart()
    expect((await get('/api/config', cookie)).status).toBe(200)
  })

  test('ends by itself, its event stream too', async () => {
    await restart({ limits: { ...LIMITS, sessionMs: 600 } })
    const short = await login()
    const events = await openEvents(short)
    await events.ended
    expect((await get('/api/config', short)).status).toBe(401)
  })
})

describe('HTTP Basic', () => {
  test('does for a session, with any user name', async () => {
    await setPassword(PASSWORD)
    expect((await get('/api/config', basic(PASSWORD))).status).toBe(200)
    expect((await get('/api/config', basic(PASSWORD, ''))).status).toBe(200)
    expect((await get('/api/config', basic(OTHER))).status).toBe(401)
    expect((await post('/api/debug/toggle', { enabled: false }, basic(PASSWORD))).status).toBe(200)
    expect(statusOf(await get('/api/auth/status', basic(PASSWORD))).authenticated).toBe(true)
    // A right one that is sent by many calls at once is one attempt.
    const many = await Promise.all(Array.from({ length: 20 }, () => get('/api/health', basic(PASSWORD))))
    expect(many.every(({ status }) => status === 200)).toBe(true)
  })
})

describe('failed logins', () => {
  beforeEach(() => setPassword(PASSWORD))

  test.each(['login', 'Basic'])(
    'by %s: from the sixth within a minute 429, for the right one too',
    async (way) => {
      const attempt = (password: string): Promise<CallAnswer> =>
        way === 'login' ? post('/api/auth/login', { password }) : get('/api/config', basic(password))
      const cookie = await login()
      for (let count = 0; count < 5; count++) expect((await attempt(`wrong ${count}`)).status).toBe(401)
      for (const password of ['wrong 6', PASSWORD]) {
        const answer = await attempt(password)
        expect(answer.status).toBe(429)
        expect(answer.error).toMatch(/wait \d+ s/)
        // The rest of a minute; how much of it, the attempts' own tests say.
        expect(answer.headers['retry-after']).toMatch(/^\d{1,2}$/)
      }
      // Both ways count together; who is logged in stays so, and another client may try.
      expect((await get('/api/config', basic(PASSWORD))).status).toBe(429)
      expect((await post('/api/auth/login', { password: PASSWORD })).status).toBe(429)
      expect((await get('/api/config', cookie)).status).toBe(200)
      const body = { password: PASSWORD }
      const elsewhere = await call(proxy.url.replace('127.0.0.1', '[::1]'), '/api/auth/login', {
        method: 'POST',
        body,
      })
      expect(elsewhere.status).toBe(200)
    },
  )

  test('no header makes a client another one', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 6; count++) {
      const address = `192.168.7.${count}`
      const headers = { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` }
      statuses.push((await post('/api/auth/login', { password: 'wrong' }, headers)).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  })

  test('many at once are no way around', async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_value, index) => post('/api/auth/login', { password: `wrong ${index}` })),
    )
    expect(all.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(all.filter(({ status }) => status === 429)).toHaveLength(25)
    const same = await Promise.all(Array.from({ length: 10 }, () => get('/api/config', basic('wrong'))))
    expect(same.every(({ status }) => status === 429)).toBe(true)
  })

  test('with the current password count as well', async () => {
    const cookie = await login()
    for (let count = 0; count < 5; count++)
      expect((await setPassword(OTHER, 'wrong', cookie)).status).toBe(403)
    expect((await setPassword(OTHER, PASSWORD, cookie)).status).toBe(429)
  })
})

describe('the app’s own window', () => {
  test.each(['/config', '/debug'])(
    'gets in at %s by the token of the start, which goes from the address',
    async (where) => {
      await setPassword(PASSWORD)
      const { windowToken } = proxy.service
      expect(Buffer.from(windowToken, 'base64url')).toHaveLength(32)
      await post('/api/debug/toggle', { enabled: true }, basic(PASSWORD))
      const answer = await get(`${where}?token=${windowToken}&x=1`)
      expect(answer.status).toBe(303)
      expect(answer.headers.location).toBe(`${where}?x=1`)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers['set-cookie']?.[0]).toMatch(/=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
      expect((await get('/api/config', cookieIn(answer))).status).toBe(200)
      await get(`${where.toUpperCase()}/?token=${windowToken}`)
      const records = await get('/api/debug/records', basic(PASSWORD))
      expect(records.text + logged).not.toContain(windowToken)
    },
  )

  test('nobody else gets in by it, loopback or not', async () => {
    await setPassword(PASSWORD)
    const { windowToken } = proxy.service
    for (const token of ['', 'x', windowToken.slice(1), `${windowToken}A`, 'A'.repeat(43)]) {
      const answer = await get(`/config?token=${token}`)
      expect(answer.status).toBe(303)
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
    expect((await get(`/api/config?token=${windowToken}`)).status).toBe(401)
    expect((await get('/api/config', basic(windowToken))).status).toBe(401)
    expect((await post('/api/auth/login', { password: windowToken })).status).toBe(401)
    expect((await get('/api/config')).status).toBe(401)
    const entered = await call(proxy.url, `/config?token=${windowToken}`, {
      headers: { host: 'evil.example.com' },
    })
    expect(entered.status).toBe(403)
    expect(entered.headers['set-cookie']).toBeUndefined()
  })

  test('stays in when a password is set elsewhere, and has another token after a restart', async () => {
    const { windowToken } = proxy.service
    const cookie = cookieIn(await get(`/config?token=${windowToken}`))
    await setPassword(PASSWORD)
    expect((await get('/api/config', cookie)).status).toBe(200)
    await restart()
    expect(proxy.service.windowToken).not.toBe(windowToken)
    expect((await get('/api/config', cookie)).status).toBe(401)
  })
})

test('a forgotten password is removed at the computer', async () => {
  const cookie = cookieIn(await setPassword(PASSWORD))
  expect((await get('/api/config', cookie)).status).toBe(200)
  expect(proxy.service.resetPassword()).toBe(true)
  expect(statusOf(await get('/api/auth/status'))).toEqual({ passwordSet: false, authenticated: true })
  expect((await get('/api/config')).status).toBe(200)
  expect(await readFile(path.join(proxy.folder, 'config.json'), 'utf8')).not.toContain('scrypt')
  expect(proxy.service.resetPassword()).toBe(false)
})
