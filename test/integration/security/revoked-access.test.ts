/** Calls that were let in, and whose access was revoked before their body was read. */
import { once } from 'node:events'
import http from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { AuthStatus } from '../../../src-shared/api.ts'
import { call } from '../../support/http.ts'
import { basic, CHEAP_HASH, cookieIn } from '../../support/login.ts'
import { config, proxy, restart, useOneBackend } from '../../support/one-backend.ts'
import { configOf } from '../../support/proxy.ts'

const PASSWORD = 'correct horse'
const EVIL = configOf([{ name: 'evil', url: 'http://127.0.0.1:10' }])

useOneBackend({ limits: { scryptCost: CHEAP_HASH } })

type Headers = Record<string, string>

/** A call whose headers have been read by the proxy and of whose body ten bytes are sent. */
class BegunCall {
  readonly #request: http.ClientRequest
  readonly #rest: string

  private constructor(request: http.ClientRequest, rest: string) {
    this.#request = request
    this.#rest = rest
  }

  static async post(path: string, body: object, headers: Headers = {}): Promise<BegunCall> {
    const json = JSON.stringify(body)
    const request = http.request(new URL(path, proxy.url), {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': json.length,
        // Answered when the call is let in.
        expect: '100-continue',
        ...headers,
      },
    })
    request.flushHeaders()
    await once(request, 'continue')
    request.write(json.slice(0, 10))
    return new BegunCall(request, json.slice(10))
  }

  async finish(): Promise<{ status: number; text: string }> {
    this.#request.end(this.#rest)
    return this.answer()
  }

  async answer(): Promise<{ status: number; text: string }> {
    const [response] = (await once(this.#request, 'response')) as [http.IncomingMessage]
    return { status: response.statusCode ?? 0, text: await text(response) }
  }

  /** Sends a byte every 20 ms, so that the body never falls silent and only its whole time can end it. */
  drip(): NodeJS.Timeout {
    this.#request.on('error', () => undefined)
    return setInterval(() => this.#request.write(' '), 20)
  }
}

const post = (path: string, body?: object, headers: Headers = {}) =>
  call(proxy.url, path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
const stored = (): string => JSON.stringify(proxy.service.store.config)
const isDebug = (): boolean => proxy.service.recorder.enabled

describe('a call that began before', () => {
  test.each(['/api/config', '/api/debug/toggle', '/api/auth/password'])(
    'a password was set is not carried out afterwards: %s',
    async (path) => {
      const body = { ...EVIL, enabled: true, password: 'of somebody else' }
      const begun = await BegunCall.post(path, body)
      const owner = cookieIn(await post('/api/auth/password', { password: PASSWORD }))
      const before = stored()
      const answer = await begun.finish()
      expect(answer).toMatchObject({ status: 401, text: expect.stringContaining('log in') as string })
      expect(stored()).toBe(before)
      expect(isDebug()).toBe(false)
      expect((await call(proxy.url, '/api/config', { headers: owner })).status).toBe(200)
    },
  )

  test('a logout is not carried out afterwards', async () => {
    const cookie = cookieIn(await post('/api/auth/password', { password: PASSWORD }))
    const begun = await BegunCall.post('/api/debug/toggle', { enabled: true }, cookie)
    expect((await post('/api/auth/logout', undefined, cookie)).status).toBe(200)
    expect((await begun.finish()).status).toBe(401)
    expect(isDebug()).toBe(false)
  })

  test.each(['session', 'Basic'])(
    'a change of the password is not carried out afterwards: by %s',
    async (by) => {
      const cookie = cookieIn(await post('/api/auth/password', { password: PASSWORD }))
      const headers = by === 'Basic' ? basic(PASSWORD) : cookie
      const begun = await BegunCall.post('/api/config', EVIL, headers)
      const body = { password: 'battery staple', current: PASSWORD }
      expect((await post('/api/auth/password', body, cookie)).status).toBe(200)
      const before = stored()
      expect((await begun.finish()).status).toBe(401)
      expect(stored()).toBe(before)
    },
  )

  test('no access was revoked is carried out', async () => {
    const cookie = cookieIn(await post('/api/auth/password', { password: PASSWORD }))
    const begun = await BegunCall.post('/api/debug/toggle', { enabled: true }, cookie)
    expect((await begun.finish()).status).toBe(200)
    const login = await BegunCall.post('/api/auth/login', { password: PASSWORD })
    const answer = await login.finish()
    expect([answer.status, JSON.parse(answer.text) as AuthStatus]).toEqual([
      200,
      { passwordSet: true, authenticated: true },
    ])
  })
})

test('a save that waited for another one is asked again whether it may be made', async () => {
  const { service } = proxy
  let isIn = true
  service.store.once('change', () => {
    isIn = false
  })
  const first = service.saveConfig(config({ note: 'first' }))
  const second = service.saveConfig(EVIL, undefined, () => {
    if (!isIn) throw new Error('ended')
  })
  await first
  await expect(second).rejects.toThrow('ended')
  expect(service.store.config).toMatchObject({ note: 'first', defaultBackend: 'one' })
})

test('a body that drips in is cut off', async () => {
  await restart({ limits: { managementBodyTimeoutMs: 300 } })
  const begun = await BegunCall.post('/api/config', { ...EVIL, note: 'x'.repeat(100_000) })
  const dripping = begun.drip()
  try {
    const answer = await begun.answer()
    expect(answer).toMatchObject({ status: 408, text: expect.stringContaining('in time') as string })
  } finally {
    clearInterval(dripping)
  }
})
