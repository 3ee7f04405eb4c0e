/** Long answers that nobody reads: what is held for them, and how long. */
import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { BodyStore } from '../../../src-main/traffic/body-store.ts'
import { EVENTS_WAITING_TOTAL_BYTES } from '../../../src-main/http/limits.ts'
import { gate } from '../../support/gate.ts'
import { call } from '../../support/http.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { gpu, port, proxy, start, usePair, working } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'

usePair()

const photo = readPhoto()
const LARGE = Buffer.concat([photo.subarray(0, -2), Buffer.alloc(10_000_000), photo.subarray(-2)])
/** What may be held for one reader: a piece, and what waits in Node's own queue. */
const HELD_BYTES = 1_000_000

/** Records a photo of 10 MB, and returns the id of its record. */
async function recordLarge(): Promise<string> {
  await (await predict(proxy.url, JOBS.searchImage, LARGE)).arrayBuffer()
  const records = (await (await proxy.get('/api/debug/records')).json()) as { id: string; type: string }[]
  return records.find(({ type }) => type === 'incoming')?.id ?? ''
}

/** Asks for something and does not read it; resolves once bytes of the answer wait in the proxy. */
async function unread(target: string): Promise<{ socket: Socket; response: ServerResponse }> {
  const write = vi.spyOn(ServerResponse.prototype, 'write')
  const socket = connect(port(), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  const waiting = () =>
    (write.mock.contexts as ServerResponse[]).find(({ writableLength }) => writableLength > 0)
  await expect.poll(waiting, { interval: 1 }).toBeDefined()
  const response = waiting()
  write.mockRestore()
  if (response === undefined) throw new Error('nothing waits')
  return { socket, response }
}

describe('of an answer that nobody reads a piece is held', () => {
  beforeEach(async () => {
    await start({ debug: true })
    await proxy.configure(configOf([gpu]))
  })

  test.each(['/request', '/parts/1'])('a recorded body: %s', async (path) => {
    const id = await recordLarge()
    const { socket, response } = await unread(`/api/debug/records/${id}${path}`)
    expect(response.writableLength).toBeLessThan(HELD_BYTES)
    socket.destroy()
    // Read, it is whole.
    const body = Buffer.from(await (await proxy.get(`/api/debug/records/${id}${path}`)).arrayBuffer())
    expect(body.includes(LARGE)).toBe(true)
  })

  test('a body that is dropped meanwhile is cut off, not taken for whole', async () => {
    const id = await recordLarge()
    const { socket, response } = await unread(`/api/debug/records/${id}/request`)
    proxy.service.recorder.clear()
    socket.resume()
    await once(socket, 'close')
    expect([response.destroyed, response.writableFinished]).toEqual([true, false])
  })

  test('the archive of all records, and there is one at a time', async () => {
    await recordLarge()
    const { socket, response } = await unread('/api/debug/har')
    expect(response.writableLength).toBeLessThan(HELD_BYTES)
    const second = await proxy.get('/api/debug/har')
    expect([second.status, await second.json()]).toEqual([
      503,
      { error: 'Another export is being sent; try again when it is done' },
    ])
    socket.destroy()
    await expect.poll(async () => (await proxy.get('/api/debug/har')).status).toBe(200)
  })

  test('the archive holds each body whole', async () => {
    await recordLarge()
    const { log } = (await (await proxy.get('/api/debug/har')).json()) as {
      log: { entries: { request: { postData: { text: string } }; response: { content: { text: string } } }[] }
    }
    expect(log.entries).toHaveLength(2)
    for (const { request, response } of log.entries) {
      expect(Buffer.from(request.postData.text, 'base64').includes(LARGE)).toBe(true)
      expect(JSON.parse(Buffer.from(response.content.text, 'base64').toString())).toHaveProperty('clip')
    }
  })

  test('the list of records', async () => {
    const { recorder } = proxy.service
    recorder.setMaxRecords(10_000)
    for (let count = 0; count < 3_000; count++)
      recorder.incoming({ method: 'GET', url: '/'.padEnd(2_000, 'x'), rawHeaders: [] })
    const { socket, response } = await unread('/api/debug/records')
    expect(response.writableLength).toBeLessThan(HELD_BYTES)
    socket.destroy()
    expect(await (await proxy.get('/api/debug/records')).json()).toHaveLength(recorder.list().length)
  })

  test('a replay copies its body when its turn has come', async () => {
    await start({ debug: true, limits: { heldBytes: 25_000_000, recordedBytes: 512_000_000 } })
    await proxy.configure(configOf([gpu]))
    const id = await recordLarge()
    const copies = vi.spyOn(BodyStore.prototype, 'read')
    const held = gate()
    gpu.predictFault = { kind: 'held', until: held.promise }
    const replays = Array.from({ length: 10 }, (_, index) =>
      proxy.post(`/api/debug/records/${id}/replay`, index % 2 === 0 ? {} : { backend: 'gpu' }),
    )
    await working(gpu, 2)
    await expect.poll(() => proxy.service.waiting).toBe(8)
    expect(copies).toHaveBeenCalledTimes(2)
    held.resolve()
    for (const answer of await Promise.all(replays))
      expect(await answer.json()).toMatchObject({ statusCode: 200 })
    copies.mockRestore()
  })
})

test('a client that takes nothing for long loses its connection', async () => {
  await start({ debug: true, limits: { untakenMs: 300 } })
  await proxy.configure(configOf([gpu]))
  const id = await recordLarge()
  const { socket, response } = await unread(`/api/debug/records/${id}/request`)
  await once(response, 'close')
  expect(response.writableFinished).toBe(false)
  socket.destroy()
  // One that reads, however slowly, keeps its own.
  expect(
    (await (await proxy.get(`/api/debug/records/${id}/request`)).arrayBuffer()).byteLength,
  ).toBeGreaterThan(1e7)
})

test('where too much waits for all clients together, the largest end', async () => {
  await start({ debug: true, limits: { untakenMs: 60_000, untakenBytes: 1 } })
  await proxy.configure(configOf([gpu]))
  const id = await recordLarge()
  const { socket, response } = await unread(`/api/debug/records/${id}/request`)
  await once(response, 'close')
  expect(response.writableFinished).toBe(false)
  socket.destroy()
})

test('many event streams that nobody reads share what is held for them', async () => {
  await start({ debug: true })
  const { recorder } = proxy.service
  recorder.setMaxRecords(10_000)
  const streams: { socket: Socket; response: ServerResponse }[] = []
  const rawHeaders = Array.from({ length: 60 }, (_, index) => [`x-${index}`, 'x'.repeat(256)]).flat()
  const flood = async () => {
    for (let count = 0; count < 50; count++) recorder.incoming({ method: 'GET', url: '/', rawHeaders })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const opening = vi.spyOn(ServerResponse.prototype, 'write')
  for (let count = 0; count < 20; count++) {
    const socket = connect(port(), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.pause()
    socket.write('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await expect.poll(() => new Set(opening.mock.contexts).size).toBe(count + 1)
    streams.push({ socket, response: [...new Set(opening.mock.contexts)][count] as ServerResponse })
  }
  opening.mockRestore()
  let most = 0
  while (streams.some(({ response }) => !response.destroyed)) {
    await flood()
    most = Math.max(
      most,
      streams.reduce((sum, { response }) => sum + (response.destroyed ? 0 : response.writableLength), 0),
    )
  }
  // One event of each may go over it.
  expect(most).toBeLessThan(1.1 * EVENTS_WAITING_TOTAL_BYTES)
  for (const { socket } of streams) socket.destroy()
})

test('a page of another site gets nothing of the API, and may link to the pages', async () => {
  await start()
  const ask = async (target: string, site: string) =>
    (await call(proxy.url, target, { headers: { 'sec-fetch-site': site } })).status
  expect(await ask('/api/status', 'cross-site')).toBe(403)
  expect(await ask('/API/debug/har', 'cross-site')).toBe(403)
  expect(await ask('/api/status', 'same-origin')).toBe(200)
  expect(await ask('/api/status', 'none')).toBe(200)
  // Not refused: there is none.
  expect(await ask('/none', 'cross-site')).toBe(404)
})
