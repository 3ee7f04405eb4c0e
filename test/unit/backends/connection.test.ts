/** The memory of a request's body may be overwritten as soon as `send` has settled, whatever the backend does. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BackendClient, type BackendRequest } from '../../../src-main/backends/client.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'
import { v8Function } from '../../../src-main/platform/v8-function.ts'
import { urlOf } from '../../support/listening.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
/** More than the buffers of two sockets take: some of it is still in the process when the answer comes. */
const BODY_BYTES = 32 * 1024 * 1024
const OWN = 'o'
const OTHER = 'x'

let server: Server
let client: BackendClient

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true })
  client = new BackendClient({ name: 'raw', url: await urlOf(server) })
})
afterEach(async () => {
  await client.destroy()
  server.close()
})

async function nextConnection(): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket]
  return socket.on('error', () => undefined)
}

/** Reads a connection until the other side has closed it; the text behind the head of the request. */
async function bodyOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume()
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString('latin1')
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

function requestOf(chunks: readonly Buffer[], more: Partial<BackendRequest> = {}): BackendRequest {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  return { method: 'POST', path: '/predict', headers: [], chunks, length, timeoutMs: 60_000, ...more }
}

const bodies = {
  'one chunk': () => [Buffer.alloc(BODY_BYTES, OWN)],
  'several chunks': () => Array.from({ length: 4 }, () => Buffer.alloc(BODY_BYTES / 4, OWN)),
}

test.each(Object.entries(bodies))(
  'an answer that comes before a body of %s was taken ends the connection',
  async (_, create) => {
    const chunks = create()
    const sending = client.send(requestOf(chunks))
    const connection = await nextConnection()
    connection.write(ANSWER)
    expect((await sending).status).toBe(200)
    for (const chunk of chunks) chunk.fill(OTHER)
    const body = await bodyOf(connection)
    expect(body.length, 'it was cut off').toBeLessThan(BODY_BYTES)
    expect(body.includes(OTHER)).toBe(false)
    // The next request gets a connection of its own.
    const next = client.send(requestOf([Buffer.from('next')]))
    const second = await nextConnection()
    second.write(ANSWER)
    expect((await next).status).toBe(200)
  },
)

test.each(Object.entries(bodies))(
  'a request with a body of %s that is cancelled sends nothing more',
  async (_, create) => {
    const chunks = create()
    const cancellation = new Cancellation()
    const sending = client.send(requestOf(chunks, { cancellation })).catch((error: unknown) => error)
    const connection = await nextConnection()
    await once(connection, 'readable')
    cancellation.cancel()
    expect(await sending).toBeInstanceOf(BackendError)
    for (const chunk of chunks) chunk.fill(OTHER)
    expect((await bodyOf(connection)).includes(OTHER)).toBe(false)
  },
)

test('a connection is used again where the body was taken whole', async () => {
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => {
    connections.push(socket)
    let received = ''
    socket
      .on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1')
        if (!received.endsWith(OTHER)) return
        received = ''
        socket.write(ANSWER)
      })
      .resume()
  })
  for (let time = 0; time < 3; time++) {
    const chunks = [Buffer.alloc(500_000, OWN), Buffer.from(OTHER)]
    expect((await client.send(requestOf(chunks))).status).toBe(200)
    // undici takes the next request for a connection one turn after the answer.
    await nextTurn()
  }
  expect(connections).toHaveLength(1)
})

/** Sends a small body and has its connection closed behind the answer; the body, which nothing here holds any more. */
async function exchanged(): Promise<WeakRef<Buffer>> {
  const body = Buffer.alloc(100_000, OWN)
  const sending = client.send(requestOf([body]))
  const connection = await nextConnection()
  connection.resume()
  connection.end(ANSWER.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
  await sending
  return new WeakRef(body)
}

test('the body of a request that was answered is not retained', async () => {
  const body = await exchanged()
  const collect = v8Function('--expose-gc', 'gc') as () => void
  await expect
    .poll(() => {
      collect()
      return body.deref() === undefined
    })
    .toBe(true)
})
