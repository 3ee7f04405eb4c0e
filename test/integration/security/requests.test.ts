/** Requests that no browser and no Immich sends. */
import { describe, expect, test } from 'vitest'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { call } from '../../support/http.ts'
import { config, proxy, useOneBackendForAll } from '../../support/one-backend.ts'
import { RawClient } from '../../support/raw-client.ts'

let logged = ''
const log = streamLogger('info', { write: (line) => void (logged += line) })
useOneBackendForAll({ log })

const HOST = 'Host: 127.0.0.1\r\n'
const send = (line: string, headers = HOST): Promise<string> =>
  RawClient.untilClosed(proxy.url, `${line} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)

describe('a method that /ping does not take', () => {
  test.each(['OPTIONS', 'PUT', 'POST', 'DELETE', 'PATCH', 'TRACE'])('%s is told so', async (method) => {
    const answer = await call(proxy.url, '/ping', { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, HEAD')
    expect(answer.error).toBe(`/ping takes GET, not ${method}`)
  })

  test('is not HEAD, which is answered without a body', async () => {
    const answer = await call(proxy.url, '/ping', { method: 'HEAD' })
    expect([answer.status, answer.text]).toEqual([200, ''])
  })

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT'])(
    '%s is refused to a client that may not come in',
    async (method) => {
      await proxy.configure(config({ security: { allowedClients: ['192.0.2.1'] } }))
      for (const path of ['/ping', '/PING/']) {
        const answer = await call(proxy.url, path, { method })
        expect([answer.status, answer.headers.allow]).toEqual([403, undefined])
      }
      await proxy.configure(config({ security: null }))
    },
  )
})

describe('a target that is no path', () => {
  test.each([
    'GET http://[/config',
    'GET http://evil.com:99999/config?token=x',
    'GET http://127.0.0.1/config',
    'GET http://127.0.0.1/ping',
    'POST http://127.0.0.1/predict',
    'DELETE http://127.0.0.1/api/debug/records',
  ])('is refused as JSON, and no error of ours: %s', async (line) => {
    const answer = await send(line)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('\r\ncontent-type: application/json')
    expect(answer).toContain('{"error":"The target of a request must be a path')
    expect(logged).not.toContain('"level":50')
  })

  test('is not the star of OPTIONS', async () => {
    expect(await send('OPTIONS *')).toMatch(/^HTTP\/1\.1 404 There is no OPTIONS \*\r\n/)
  })
})

describe('an odd path', () => {
  test.each(['/api/debug/records/%E0%A4%A', '/api/debug/records/%', '/api/debug/records/%E0%A4%A/parts/1'])(
    'with half an escape is told so: %s',
    async (path) => {
      const answer = await call(proxy.url, path)
      expect(answer.status).toBe(400)
      expect(answer.error).toMatch(/^The address has a % that begins no character/)
    },
  )

  test.each([
    ['/config?token=x&y=%zz', '/config?y=%25zz'],
    ['/config?token', '/config'],
    ['/config/?a=http://[&token=x?y', '/config/?a=http%3A%2F%2F%5B'],
  ])('loses its token and nothing else: %s', async (path, location) => {
    const answer = await call(proxy.url, path)
    expect([answer.status, answer.headers.location]).toEqual([303, location])
  })

  test.each(['//[/config?token=x', '/[/config#?token=x', '/\\evil.com/config?token=x'])(
    'leads nowhere else: %s',
    async (path) => {
      const answer = await send(`GET ${path}`)
      expect(answer).toMatch(/^HTTP\/1\.1 404 /)
      expect(answer).not.toMatch(/\r\nlocation:/i)
    },
  )
})

describe('two Host headers', () => {
  const two = (second: string): string => `${HOST}Host: ${second}\r\n`

  test.each(['GET /', 'GET /config', 'GET /api/config', 'DELETE /api/debug/records', 'GET /none'])(
    'are refused: %s',
    async (line) => {
      for (const second of ['evil.example.com', '127.0.0.1']) {
        const answer = await send(line, two(second))
        expect(answer).toMatch(/^HTTP\/1\.1 400 /)
        expect(answer).toContain('more than one Host header')
      }
    },
  )

  test('are nothing to /ping, which takes any', async () => {
    expect(await send('GET /ping', two('evil.example.com'))).toMatch(/^HTTP\/1\.1 200 /)
  })
})
