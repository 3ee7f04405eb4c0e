/**
 * Port conflicts. macOS and Windows let another program listen on 127.0.0.1:PORT beside our 0.0.0.0:PORT; Linux does not.
 * So that the tests run on all three, the foreign listener has a port of its own here, and the probe is sent to that.
 */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, Server } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { nextFreePort, type TryPort } from '../../../src-main/desktop/lifecycle/free-port.ts'
import type { ListeningServer } from '../../../src-main/listener/server.ts'
import * as probe from '../../../src-main/listener/port-conflict.ts'
import { Listener } from '../../../src-main/listener/listener.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { listening } from '../../support/listening.ts'
import { startProxy } from '../../support/proxy.ts'

vi.mock(import('../../../src-main/listener/port-conflict.ts'), { spy: true })
const { isWildcard, foreignListenerAnswers } = probe

const open: Server[] = []

async function opened<Kind extends Server>(
  server: Kind,
  host: string,
): Promise<{ server: Kind; port: number }> {
  open.push(server)
  return { server, port: await listening(server, 0, host) }
}

const ours = (): Promise<{ server: HttpServer; port: number }> => opened(createHttpServer(), '0.0.0.0')
const foreign = (): Promise<{ port: number }> => opened(createServer(), '127.0.0.1')

afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

test('our own server reports the connection', async () => {
  const { server, port } = await ours()
  expect(await foreignListenerAnswers(server, port)).toBe(false)
  expect(server.listenerCount('connection')).toBe(createHttpServer().listenerCount('connection'))
})

test('a foreign listener accepts it and ours is told nothing, however many other connections come', async () => {
  const { server, port } = await ours()
  const other = await foreign()
  const traffic = setInterval(() => void fetch(`http://127.0.0.1:${port}/`).catch(() => undefined), 10)
  expect(await foreignListenerAnswers(server, other.port, 100)).toBe(true)
  clearInterval(traffic)
  server.closeAllConnections()
})

test('a busy process is given time to report it', async () => {
  const { server, port } = await ours()
  const answer = foreignListenerAnswers(server, port, 50)
  // Nothing else runs in this process for longer than the probe waits.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  expect(await answer).toBe(false)
})

test('a port on which nothing listens has no foreign listener', async () => {
  const { server } = await ours()
  const { port } = await foreign()
  open.pop()?.close()
  expect(await foreignListenerAnswers(server, port, 100)).toBe(false)
})

test('only beside a wildcard can a foreign listener have the port', () => {
  expect(['0.0.0.0', '::', '127.0.0.1', '192.168.1.5'].map(isWildcard)).toEqual([true, true, false, false])
})

test('a proxy on all addresses serves, and knows that it is alone', async () => {
  const proxy = await startProxy({ host: '0.0.0.0' })
  expect((await proxy.get('/api/status')).status).toBe(200)
  expect(await proxy.service.foreignListenerAnswers()).toBe(false)
  await proxy.stop()
})

test('a proxy with a foreign listener on its port does not start, and closes the port', async () => {
  const { port } = await opened(createServer(), '127.0.0.1')
  open.pop()?.close()
  const isMet = vi.spyOn(probe, 'foreignListenerAnswers').mockResolvedValue(true)
  await expect(startProxy({ host: '0.0.0.0', port })).rejects.toMatchObject({ code: 'PORT_TAKEN' })
  // On a single address there can be no foreign listener, so none is looked for.
  await (await startProxy({ port })).stop()
  isMet.mockRestore()
  await (await startProxy({ host: '0.0.0.0', port })).stop()
})

test('the listener asks the server that is in force', async () => {
  let isForeignListener = false
  const server: ListeningServer = {
    address: { host: '0.0.0.0', port: 1 },
    foreignListenerAnswers: () => Promise.resolve(isForeignListener),
    close: () => Promise.resolve(),
  }
  const listener = new Listener({
    open: () => Promise.resolve(server),
    log: silentLogger(),
  })
  expect(await listener.foreignListenerAnswers()).toBe(false)
  await listener.start(server.address)
  expect(await listener.foreignListenerAnswers()).toBe(false)
  isForeignListener = true
  expect(await listener.foreignListenerAnswers()).toBe(true)
})

test('a port that another program holds on 127.0.0.1 alone is not free for all addresses', async () => {
  const held = 5_000
  const attempt: TryPort = (port, host) =>
    Promise.resolve(host === '127.0.0.1' && port === held ? undefined : port)
  expect(await nextFreePort(held - 1, '0.0.0.0', attempt)).toBe(held + 1)
  expect(await nextFreePort(held - 1, '192.168.1.5', attempt)).toBe(held)
})

test('a privileged port is followed by one that everybody may have, and none near by any', async () => {
  const asked: number[] = []
  const none: TryPort = (port) => {
    asked.push(port)
    return Promise.resolve(port === 0 ? 40_000 : undefined)
  }
  expect(await nextFreePort(80, '127.0.0.1', none)).toBe(40_000)
  expect(asked[0]).toBe(1_024)
  expect(await nextFreePort(65_535, '127.0.0.1', none)).toBe(40_000)
  expect(await nextFreePort(3_004, '127.0.0.1', () => Promise.resolve(undefined))).toBeUndefined()
})

test.each([
  [80, 'choose one above 1023'],
  [5_000, 'reserved by this system'],
])('port %i that is denied says what to do: %s', async (port, words) => {
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
  const refuse = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
    queueMicrotask(() => this.emit('error', denied))
    return this
  })
  const start = startProxy({ port })
  await expect(start).rejects.toMatchObject({ code: 'PORT_DENIED' })
  await expect(start).rejects.toThrow(words)
  refuse.mockRestore()
})
