/** Requests that are sent without waiting for the answers to those before them, and clients that end their side early. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, ServerResponse } from 'node:http'
import { connect, Server, type Socket } from 'node:net'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { Connections } from '../../../src-main/listener/connections.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { gate } from '../../support/gate.ts'
import { JOBS } from '../../support/immich-client.ts'
import { listening } from '../../support/listening.ts'
import { gpu, port, proxy, startLimited, start, state, usePair, working } from '../../support/pair.ts'
import { multipartBody } from '../../support/multipart.ts'
import { BOUNDARY, TYPE } from '../../support/prediction-bodies.ts'
import { configOf } from '../../support/proxy.ts'
import { RawClient } from '../../support/raw-client.ts'

useFolder()
usePair()

const get = (target: string, method = 'GET') => `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`

/** Sends requests at once on a new connection, whose errors are the test's to await as its end. */
async function sendGets(to: number, count: number): Promise<Socket> {
  const socket = connect(to, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(get('/').repeat(count))
  return socket
}

/** A search query as bytes. */
function searchBytes(query: string): string {
  const entries = Buffer.from(JSON.stringify(JOBS.searchText))
  const parts = [
    { name: 'entries', content: entries },
    { name: 'text', content: Buffer.from(query) },
  ]
  const body = multipartBody(BOUNDARY, parts).toString('latin1')
  const headers = `Host: 127.0.0.1\r\nContent-Type: ${TYPE}\r\nContent-Length: ${body.length}`
  return `POST /predict HTTP/1.1\r\n${headers}\r\n\r\n${body}`
}

async function open(): Promise<Socket> {
  const socket = connect(port(), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** The status of each answer on a connection, until there are so many. */
async function statuses(socket: Socket, count: number): Promise<number[]> {
  const found: number[] = []
  let rest = ''
  while (found.length < count && !socket.destroyed) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    rest += chunk.toString('latin1')
    const answers = rest.split('HTTP/1.1 ')
    rest = `HTTP/1.1 ${answers.pop() ?? ''}`
    found.push(...answers.slice(1).map((answer) => Number(answer.slice(0, 3))))
    // The last one, of which nothing follows.
    if (found.length === count - 1) found.push(Number(rest.slice(9, 12)))
  }
  return found
}

test('10,000 requests sent at once are all answered, in order', async () => {
  await startLimited()
  const socket = await open()
  for (let sent = 0; sent < 10_000; sent += 1_000) {
    socket.write(
      Array.from({ length: 1_000 }, (_, index) =>
        index % 2 === 0 ? get('/none') : get('/ping', 'PUT'),
      ).join(''),
    )
  }
  const found = await statuses(socket, 10_000)
  expect(found).toEqual(found.map((_, index) => (index % 2 === 0 ? 404 : 405)))
  expect(found).toHaveLength(10_000)
  socket.destroy()
})

test('predictions of one connection are worked on one at a time', async () => {
  await startLimited()
  const socket = await open()
  gpu.durationMs = 1
  socket.write(Array.from({ length: 200 }, (_, index) => searchBytes(`query ${index}`)).join(''))
  expect(new Set(await statuses(socket, 200))).toEqual(new Set([200]))
  expect(gpu.mostActive).toBe(1)
  expect(gpu.seen.map(({ text }) => text)).toEqual(
    Array.from({ length: 200 }, (_, index) => `query ${index}`),
  )
  socket.destroy()
})

test('of 10,000 predictions of a client that has left, those are sent on that were at work', async () => {
  await startLimited()
  const socket = await open()
  const held = gate()
  gpu.predictFault = { kind: 'held', until: held.promise }
  socket.write(searchBytes('x').repeat(10_000))
  await working(gpu, 1)
  socket.destroy()
  held.resolve()
  await expect.poll(() => proxy.service.work.inFlight).toBe(0)
  expect((await proxy.get('/ping')).status).toBe(200)
  await expect.poll(() => state('gpu').inFlight).toBe(0)
  // One more may have been begun before the system told of the client.
  expect(gpu.seen.length).toBeLessThanOrEqual(3)
})

test.skipIf(process.platform !== 'linux')(
  'files that nobody reads are closed with their connections',
  async () => {
    await mkdir(path.join(folder, 'assets'))
    await writeFile(path.join(folder, 'index.html'), '<html></html>')
    await writeFile(path.join(folder, 'assets/a-12345678.js'), 'x'.repeat(500_000))
    await start({ viewsFolder: folder })
    const openFiles = () => readdirSync('/proc/self/fd').length
    const before = openFiles()
    const sockets = await Promise.all(Array.from({ length: 6 }, open))
    for (const socket of sockets) socket.write(get('/assets/a-12345678.js').repeat(1_000))
    const { url } = proxy
    for (let index = 0; index < 20; index++) await (await fetch(new URL('/api/status', url))).arrayBuffer()
    // Of each connection both ends, and the one file that is being sent.
    expect(openFiles() - before).toBeLessThan(6 * 3 + 10)
    for (const socket of sockets) socket.destroy()
    await expect.poll(() => openFiles() - before).toBeLessThan(10)
  },
)

test.each([
  ['without a Host header', 'GET /ping HTTP/1.1\r\n\r\n', 400],
  ['with an expectation that is not known', 'GET /ping HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n', 417],
])('a request %s is refused in its turn, so that no such answers pile up', async (_what, bytes, status) => {
  await startLimited()
  expect(await RawClient.exchange(port(), bytes)).toMatch(
    new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\{"error":`),
  )
  const answers = vi.spyOn(ServerResponse.prototype, 'writeHead')
  const socket = await open()
  socket.write(get('/api/events'))
  await once(socket, 'data')
  socket.write(bytes.repeat(100))
  expect((await proxy.get('/healthz')).status).toBe(200)
  expect(answers.mock.calls.filter(([one]) => one === status)).toEqual([])
  answers.mockRestore()
  socket.destroy()
})

test('on a connection that its answer ends no further request is begun', async () => {
  const begun: ServerResponse[] = []
  const connections = new Connections((_request, response) => void begun.push(response), vi.fn())
  const server = createServer((request, response) => connections.take(request, response))
  server.on('connection', (socket) => connections.add(socket))
  const client = await RawClient.connect(await listening(server))
  client.send(get('/').repeat(2))
  await expect.poll(() => begun.length).toBe(1)
  begun[0]?.setHeader('connection', 'close').end('ok')
  expect((await client.answer).match(/HTTP\/1\.1 200/g)).toHaveLength(1)
  expect(begun.length).toBe(1)
  server.close()
})

test('100-continue is no such expectation', async () => {
  await startLimited()
  const headers = 'Host: a\r\nExpect: 100-continue\r\nConnection: close'
  const answer = await RawClient.untilClosed(proxy.url, `GET /healthz HTTP/1.1\r\n${headers}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 100 [\s\S]*HTTP\/1\.1 200 /)
})

test('a client that has ended its side is answered; of a prediction it is told why it is not', async () => {
  await startLimited()
  const half = await RawClient.connect(port())
  half.sendLast(get('/ping'))
  expect(await half.answer).toMatch(/^HTTP\/1\.1 200 [^]*pong$/)
  const held = gate()
  gpu.predictFault = { kind: 'held', until: held.promise }
  const search = await RawClient.connect(port())
  search.sendLast(searchBytes('x'))
  expect(await search.answer).toMatch(/^HTTP\/1\.1 400 The client ended its side of the connection/)
  await expect.poll(() => proxy.service.work.inFlight).toBe(0)
  const stream = await RawClient.connect(port())
  stream.sendLast(get('/api/events'))
  expect(await stream.answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(proxy.service.recorder.listenerCount('record')).toBe(0)
  held.resolve()
})

test('what came before garbage is answered, then the garbage', async () => {
  await startLimited({}, configOf([gpu]))
  const text = await RawClient.untilClosed(
    proxy.url,
    `${searchBytes('x')}${get('/ping')}${get('/none')}garbage\r\n\r\n`,
  )
  expect([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)).toEqual([
    '200',
    '200',
    '404',
    '400',
  ])
})

test('an error of a server that listens, and of an answer, end nothing', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen')
  await startLimited()
  const [server] = listen.mock.contexts.slice(-1) as Server[]
  // As for each connection that cannot be accepted, where the system has no file descriptor left.
  server?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
  const late = vi.spyOn(ServerResponse.prototype, 'writeHead').mockImplementationOnce(function (
    this: ServerResponse,
  ) {
    this.end()
    this.write('after the end')
    return this
  })
  expect((await proxy.get('/none')).status).toBe(200)
  expect(late).toHaveBeenCalled()
  expect((await proxy.get('/ping')).status).toBe(200)
  vi.restoreAllMocks()
})

test('of a connection that brings too many no further request is made, and the next one makes no others of them', async () => {
  let made = 0
  const connections = new Connections(() => undefined, vi.fn(), 10)
  const server = createServer((request, response) => {
    made++
    connections.take(request, response)
  })
  server.on('connection', (socket) => connections.add(socket))
  const to = await listening(server)
  const send = (count: number) => sendGets(to, count)
  const modest = await send(7)
  await expect.poll(() => made).toBe(7)
  // One at work, four that wait, and the one that is too many.
  await once(await send(1_000), 'close')
  expect(made).toBe(7 + 6)
  // Six wait still, and four that waited are gone: not enough of them.
  await once(await send(1_000), 'close')
  expect(made).toBe(7 + 6 + 2)
  modest.destroy()
  await once(modest, 'close')
  const last = await send(7)
  await expect.poll(() => made).toBe(7 + 6 + 2 + 7)
  last.destroy()
  server.closeAllConnections()
  server.close()
})

test('more waiting requests than may wait end the connection that brings them', async () => {
  const begun: ServerResponse[] = []
  const connections = new Connections((_request, response) => void begun.push(response), vi.fn(), 5)
  const server = createServer((request, response) => connections.take(request, response))
  server.on('connection', (socket) => connections.add(socket))
  const to = await listening(server)
  const send = (count: number) => sendGets(to, count)
  const modest = await send(5)
  await expect.poll(() => begun.length).toBe(1)
  const greedy = await send(20)
  await once(greedy, 'close')
  expect(modest.destroyed).toBe(false)
  for (let answered = 0; answered < 5; answered++) {
    await expect
      .poll(() => begun.some((response) => !response.writableEnded && !response.destroyed))
      .toBe(true)
    for (const response of begun) if (!response.writableEnded) response.end('ok')
  }
  modest.destroy()
  server.closeAllConnections()
  server.close()
})
