/** `/healthz` and `/readyz`, which answer everybody. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { call } from '../../support/http.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'
import { RawClient } from '../../support/raw-client.ts'

useFolder()
let proxy: TestProxy | undefined
afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})

const start = async (more: Parameters<typeof startProxy>[0] = {}): Promise<TestProxy> =>
  (proxy = await startProxy({ userDataDir: folder, ...more }))

const ALL = [
  ['/healthz', 'ok'],
  ['/readyz', 'ready'],
] as const

describe.each(ALL)('%s', (name, word) => {
  test('is one word for any Host, without a backend, and with a password set', async () => {
    const { url } = await start()
    expect((await proxy?.post('/api/auth/password', { password: 'correct horse' }))?.status).toBe(200)
    for (const host of ['ml.example.com', '10.42.0.7:3004', 'localhost', '']) {
      const answer = await call(url, name, { headers: { host } })
      expect([host, answer.status, answer.text]).toEqual([host, 200, word])
      expect(answer.headers['content-type']).toMatch(/^text\/plain/)
      expect(answer.headers['cache-control']).toBe('no-store')
    }
    // As old load balancers ask.
    expect(await RawClient.untilClosed(url, `GET ${name} HTTP/1.0\r\n\r\n`)).toContain(word)
  })

  test('is for clients that may use nothing else, too', async () => {
    const one = { name: 'one', url: 'http://127.0.0.1:9' }
    const { url } = await start()
    await proxy?.configure({ ...configOf([one]), security: { allowedClients: ['192.0.2.1'] } })
    expect((await call(url, '/ping')).status).toBe(403)
    expect((await call(url, name)).text).toBe(word)
  })

  test('takes GET and HEAD', async () => {
    const { url } = await start()
    expect(await call(url, name, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    for (const method of ['POST', 'PUT', 'OPTIONS', 'DELETE']) {
      const answer = await call(url, name, { method })
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD'])
    }
  })

  test('leaves no record and no line in the log', async () => {
    let logged = ''
    const log = streamLogger('debug', { write: (line) => void (logged += line) })
    const running = await start({ debug: true, log })
    const { url } = running
    await call(url, name)
    await call(url, '/ping')
    expect(await (await running.get('/api/debug/status')).json()).toMatchObject({ recordCount: 1 })
    expect(logged).toContain('GET /ping')
    expect(logged).not.toContain(name)
  })
})

describe('/readyz', () => {
  test('is misconfigured after a start with a broken config.json, until something is saved', async () => {
    await writeFile(path.join(folder, 'config.json'), '{"backends": [')
    const { url } = await start()
    expect(await call(url, '/readyz')).toMatchObject({ status: 503, text: 'misconfigured' })
    expect(await call(url, '/healthz')).toMatchObject({ status: 200, text: 'ok' })
    await proxy?.configure(configOf([{ name: 'one', url: 'http://127.0.0.1:9' }]))
    expect(await call(url, '/readyz')).toMatchObject({ status: 200, text: 'ready' })
  })
})
