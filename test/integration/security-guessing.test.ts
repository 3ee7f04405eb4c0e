import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { call, type CallAnswer } from '../support/http.ts'
import { basic } from '../support/login.ts'
import { configOf, startProxy, type TestProxy } from '../support/proxy.ts'

const PASSWORD = 'correct horse'
/** Cheap, so that a test is. */
const LIMITS = { scryptCost: { N: 1024, r: 8, p: 1 } }

let proxy: TestProxy

beforeEach(async () => {
  proxy = await startProxy({ limits: LIMITS })
  await proxy.configure(configOf([{ name: 'one', url: 'http://127.0.0.1:9' }]))
})
afterEach(() => proxy.stop())

const setPassword = (password: string, current?: string): Promise<CallAnswer> =>
  call(proxy.url, '/api/auth/password', { method: 'POST', body: { password, current } })
const tryBasic = (password: string, localAddress = '127.0.0.1'): Promise<CallAnswer> =>
  call(proxy.url, '/api/status', { headers: basic(password), localAddress })

/** Guesses wrong by HTTP Basic until the client has to wait. */
async function lockOut(client: string): Promise<void> {
  for (let count = 0; count < 5; count++) expect((await tryBasic(`wrong ${count}`, client)).status).toBe(401)
  expect((await tryBasic('wrong 6', client)).status).toBe(429)
}

describe('a client that has to wait', () => {
  beforeEach(() => setPassword(PASSWORD))

  test('learns nothing from what another one was let in by', async () => {
    expect((await tryBasic(PASSWORD)).status).toBe(200)
    await lockOut('127.0.0.2')
    const answer = await tryBasic(PASSWORD, '127.0.0.2')
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
    expect((await tryBasic(PASSWORD)).status).toBe(200)
  })

  test('learns nothing from what it was let in by itself', async () => {
    expect((await tryBasic(PASSWORD)).status).toBe(200)
    await lockOut('127.0.0.1')
    const answers = await Promise.all([PASSWORD, 'wrong', PASSWORD].map((password) => tryBasic(password)))
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429])
    expect((await tryBasic(PASSWORD, '127.0.0.2')).status).toBe(200)
  })
})
