import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest'
import { MAX_PASSWORD_CHARS } from '../../../src-shared/limits.ts'
import { call, type CallAnswer } from '../../support/http.ts'
import { basic, CHEAP_HASH } from '../../support/login.ts'
import { proxy, useOneBackend } from '../../support/one-backend.ts'

const PASSWORD = 'correct horse'

// On IPv6 as well: ::1 is another client than 127.0.0.1.
useOneBackend({ limits: { scryptCost: CHEAP_HASH }, host: '::' })

const setPassword = (password: string, current?: string): Promise<CallAnswer> =>
  call(proxy.url, '/api/auth/password', { method: 'POST', body: { password, current } })
const urlFor = (client: string): string =>
  client.includes(':') ? proxy.url.replace('127.0.0.1', '[::1]') : proxy.url
const tryBasic = (password: string, client = '127.0.0.1'): Promise<CallAnswer> =>
  call(urlFor(client), '/api/status', { headers: basic(password), localAddress: client })
const tryLogin = (password: string, client = '127.0.0.1'): Promise<CallAnswer> =>
  call(urlFor(client), '/api/auth/login', { method: 'POST', body: { password }, localAddress: client })

/** Guesses wrong by HTTP Basic until the client has to wait. */
async function lockOut(client: string): Promise<void> {
  for (let count = 0; count < 5; count++) expect((await tryBasic(`wrong ${count}`, client)).status).toBe(401)
  expect((await tryBasic('wrong 6', client)).status).toBe(429)
}

describe('a client that has to wait', () => {
  beforeEach(() => setPassword(PASSWORD))

  test('learns nothing from what another one was let in by', async () => {
    expect((await tryBasic(PASSWORD)).status).toBe(200)
    await lockOut('::1')
    const answer = await tryBasic(PASSWORD, '::1')
    expect(answer.status).toBe(429)
    expect(answer.headers['retry-after']).toMatch(/^\d{1,2}$/)
    expect((await tryBasic(PASSWORD)).status).toBe(200)
  })

  test('learns nothing from what it was let in by itself', async () => {
    expect((await tryBasic(PASSWORD)).status).toBe(200)
    await lockOut('127.0.0.1')
    const answers = await Promise.all([PASSWORD, 'wrong', PASSWORD].map((password) => tryBasic(password)))
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429])
    expect((await tryBasic(PASSWORD, '::1')).status).toBe(200)
  })
})

test('guesses from all over 127.0.0.0/8 are those of one client', async () => {
  await setPassword(PASSWORD)
  const statuses: number[] = []
  for (let index = 1; index <= 20; index++) {
    const client = `127.0.${index}.${index}`
    statuses.push((await (index % 2 === 0 ? tryBasic : tryLogin)('wrong', client)).status)
  }
  expect(statuses).toEqual([...Array<number>(5).fill(401), ...Array<number>(15).fill(429)])
})

describe('a password of a megabyte', () => {
  // One of these becomes eighteen characters.
  const overlong = '\uFDFA'.repeat(300_000)
  let normalize: MockInstance<typeof String.prototype.normalize>

  beforeEach(() => {
    normalize = vi.spyOn(String.prototype, 'normalize')
  })
  afterEach(() => {
    const lengths = normalize.mock.contexts.map((text) => String(text).length)
    normalize.mockRestore()
    expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(4 * MAX_PASSWORD_CHARS)
  })

  test('is unfit, and not looked at', async () => {
    const answer = await setPassword(overlong)
    expect(answer.status).toBe(400)
    expect(answer.error).toContain('longer than')
    expect((await setPassword('\uFDFA'.repeat(4 * MAX_PASSWORD_CHARS))).status).toBe(400)
  })

  test('is wrong as a login and as the current one, not looked at, and counts', async () => {
    await setPassword(PASSWORD)
    for (let count = 0; count < 3; count++) expect((await tryLogin(overlong)).status).toBe(401)
    const headers = basic(PASSWORD)
    const body = { password: 'battery staple', current: overlong }
    for (let count = 0; count < 2; count++) {
      const answer = await call(proxy.url, '/api/auth/password', { method: 'POST', headers, body })
      expect(answer.status).toBe(403)
    }
    expect((await tryLogin(PASSWORD)).status).toBe(429)
  })

  test('is wrong by HTTP Basic, as far as a header goes', async () => {
    await setPassword(PASSWORD)
    expect((await tryBasic('x'.repeat(4 * MAX_PASSWORD_CHARS + 1))).status).toBe(401)
    expect((await tryBasic(PASSWORD)).status).toBe(200)
  })

  test('the longest password there may be is taken, however it is written', async () => {
    // A letter and two accents each: one character.
    const long = 'u\u0308\u0304'.repeat(MAX_PASSWORD_CHARS)
    expect((await setPassword(long)).status).toBe(200)
    expect((await tryLogin(long)).status).toBe(200)
    expect((await tryLogin(long.normalize('NFC'))).status).toBe(200)
  })
})
