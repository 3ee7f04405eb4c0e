import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import net from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beforeEach, expect, test, vi } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { MAX_ENTRY_NAME_CHARS } from '../../../src-main/wire/limits.ts'
import { RECORDED_HEADERS, RECORDED_URL_CHARS } from '../../../src-main/traffic/limits.ts'
import { call } from '../../support/http.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { backend, config, proxy, useOneBackend } from '../../support/one-backend.ts'

useOneBackend({ debug: true })
beforeEach(() => {
  backend.lenient = true
})

/** A record with these is some 16 KB in an event: the buffers of the connection are soon full. */
const rawHeaders = Array.from({ length: 60 }, (_value, index) => [`x-${index}`, 'x'.repeat(256)]).flat()

/** Records requests, of which the event streams tell, and gives the streams a turn to write. */
async function flood(): Promise<void> {
  for (let count = 0; count < 20; count++)
    proxy.service.recorder.incoming({ method: 'GET', url: '/', rawHeaders })
  await nextTurn()
}

/** Opens an event stream, does not read, and fills it until bytes wait in the proxy. */
async function unreadStream(): Promise<{ socket: net.Socket; response: ServerResponse }> {
  const { recorder } = proxy.service
  recorder.setMaxRecords(10_000)
  const write = vi.spyOn(ServerResponse.prototype, 'write')
  const socket = net.connect(Number(new URL(proxy.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  socket.pause()
  await expect.poll(() => write.mock.contexts.length).toBeGreaterThan(0)
  const [response] = write.mock.contexts as ServerResponse[]
  write.mockRestore()
  if (response === undefined) throw new Error('the stream was not opened')
  // A batch at a time: one that is larger than a stream may leave unread ends it at once.
  await expect
    .poll(async () => {
      await flood()
      return response.writableLength
    })
    .toBeGreaterThan(0)
  return { socket, response }
}

test('the event stream of a client that does not read is ended', async () => {
  const { socket, response } = await unreadStream()
  // The stream's listener on the recorder goes with it.
  while (proxy.service.recorder.listenerCount('record') > 0) await flood()
  await expect.poll(() => response.destroyed).toBe(true)
  socket.destroy()
})

test('an event stream that nobody reads and that is ended by a password ends nothing else', async () => {
  const { socket, response } = await unreadStream()
  const password = { password: 'correct horse' }
  expect((await call(proxy.url, '/api/auth/password', { method: 'POST', body: password })).status).toBe(200)
  // What would be written after the end: a batch, and with it the heartbeat.
  proxy.service.recorder.incoming({ method: 'GET', url: '/after', rawHeaders })
  await expect.poll(() => response.destroyed).toBe(true)
  await expect.poll(() => proxy.service.recorder.listenerCount('record')).toBe(0)
  expect((await fetch(new URL('/ping', proxy.url))).status).toBe(200)
  socket.destroy()
})

test('an event stream that nobody reads ends with the service', async () => {
  const { socket, response } = await unreadStream()
  await proxy.service.stop(10_000)
  expect(response.destroyed).toBe(true)
  socket.destroy()
})

test('HEAD of the event stream is answered without opening one', async () => {
  const answer = await fetch(new URL('/api/events', proxy.url), { method: 'HEAD' })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  expect(proxy.service.recorder.listenerCount('record')).toBe(0)
})

test('many open event streams are no warning', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  const streams = await Promise.all(
    Array.from({ length: 15 }, () => fetch(new URL('/api/events', proxy.url))),
  )
  for (const stream of streams) await stream.body?.cancel()
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})

test('a name of a task may not be of any length: it stands in errors, records and logs', async () => {
  const long = 'x'.repeat(MAX_ENTRY_NAME_CHARS + 1)
  for (const entries of [
    { [long]: { visual: { modelName: 'x' } } },
    { clip: { [long]: { modelName: 'x' } } },
    { [long]: 1 },
  ]) {
    const answer = await predict(proxy.url, entries, 'a cat')
    expect(answer.status).toBe(400)
    expect((await answer.text()).length).toBeLessThan(500)
  }
  const fits = 'x'.repeat(MAX_ENTRY_NAME_CHARS)
  expect((await predict(proxy.url, { [fits]: { [fits]: { modelName: 'x' } } }, 'a cat')).status).toBe(200)
})

test('a body that consists of boundaries is described in one pass', async () => {
  const boundary = 'x'
  const entries = JSON.stringify(JOBS.searchText)
  const head = `--x\r\nContent-Disposition: form-data; name="entries"\r\n\r\n${entries}\r\n`
  const body = `${head}${'--x\r\n'.repeat(2_000_000)}\r\n--x--\r\n`
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  // Where each boundary was searched for from the beginning, this would take hours, and the test time out.
  await (await fetch(new URL('/predict', proxy.url), { method: 'POST', headers, body })).text()
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  expect(records.some(({ request }) => request.body.size === body.length)).toBe(true)
})

test('what a part says of itself is kept in short', async () => {
  const long = 'n'.repeat(3_000)
  const body =
    `--x\r\nContent-Disposition: form-data; name="entries"\r\n\r\n${JSON.stringify(JOBS.searchText)}\r\n` +
    `--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na cat\r\n` +
    `--x\r\nContent-Disposition: form-data; name="${long}"; filename="f"\r\nContent-Type: ${long}\r\n\r\n1\r\n--x--\r\n`
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  await (await fetch(new URL('/predict', proxy.url), { method: 'POST', headers, body })).text()
  const text = await (await proxy.get('/api/debug/records')).text()
  expect(text).toContain('nnn')
  expect(text).not.toContain('n'.repeat(257))
})

test('an address and headers of any size are kept in short', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_value, index) => [`x-${index}`, '1']))
  const long = 'u'.repeat(8_000)
  await call(proxy.url, `/none?${long}`, { headers: { [`x-${'n'.repeat(3_000)}`]: 'v'.repeat(3_000) } })
  await call(proxy.url, `/predict?${long}`, { method: 'POST', headers: many, body: {} })
  await call(proxy.url, '/ping', { headers: many })
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  const incoming = records.filter(({ type }) => type === 'incoming')
  expect(incoming.map(({ request }) => request.url.length)).toEqual([
    RECORDED_URL_CHARS,
    RECORDED_URL_CHARS,
    '/ping'.length,
  ])
  for (const { request } of incoming) {
    expect(Object.keys(request.headers).length).toBeLessThanOrEqual(RECORDED_HEADERS)
    for (const text of Object.entries(request.headers).flat()) expect(text.length).toBeLessThanOrEqual(256)
  }
})

test('a refused client is not recorded, and its requests push no record out', async () => {
  const recorded = (): number => proxy.service.recorder.status().recordCount
  await proxy.configure(config({ security: { allowedClients: ['127.0.0.2'] } }))
  proxy.service.recorder.clear()
  for (const path of ['/ping', '/PING/', '/predict', '/Predict']) {
    for (const method of ['GET', 'POST']) expect((await call(proxy.url, path, { method })).status).toBe(403)
  }
  expect(recorded()).toBe(0)
  await call(proxy.url, '/ping', { localAddress: '127.0.0.2' })
  await call(proxy.url, '/predict', { method: 'POST', body: {}, localAddress: '127.0.0.2' })
  // Every other path is open to the home network.
  await call(proxy.url, '/none')
  expect(recorded()).toBe(3)
})
