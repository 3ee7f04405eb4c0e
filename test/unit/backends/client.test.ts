/** What the client of a backend makes of answers, of none, and of connections that break. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BackendClient, headerOf, type BackendRequest } from '../../../src-main/backends/client.ts'
import { IDLE_CLOSE_AFTER_MS, IDLE_CLOSE_WITHIN_MS } from '../../../src-main/backends/limits.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'
import type { BackendConfig } from '../../../src-shared/config/schema.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { urlOf } from '../../support/listening.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

useFolder()

let server: ReturnType<typeof createServer>
let client: BackendClient
let url = ''
/** Connections that were ever opened. */
let accepted = 0
let handle: Handler

beforeEach(async () => {
  accepted = 0
  handle = (_request, response) => void response.end('{}')
  server = createServer((request, response) => handle(request, response))
  server.on('connection', () => accepted++)
  url = await urlOf(server)
  client = new BackendClient({ name: 'a', url })
})
afterEach(async () => {
  vi.useRealTimers()
  await client.destroy()
  server.closeAllConnections()
  server.close()
})

const settings = (more: Partial<BackendConfig>): BackendConfig => ({ name: 'a', url, ...more })
const ping = (more: Partial<BackendRequest> = {}): Promise<{ status: number; body: Buffer }> =>
  client.send({ method: 'GET', path: '/ping', headers: [], timeoutMs: 60_000, ...more })

/** The error that a request fails with. */
async function failure(request: Promise<unknown>): Promise<BackendError> {
  const error: unknown = await request.then(
    () => expect.unreachable('it was answered'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof BackendError)) throw error
  return error
}

/** Resolves when a connection is closed, in order or not. */
const end = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve))

/** Answers the first requests with these, and all later ones well. */
function first(...handlers: Handler[]): void {
  handle = (request, response) => {
    const next = handlers.shift()
    if (next === undefined) response.end('pong')
    else next(request, response)
  }
}
const reset: Handler = ({ socket }) => void socket.resetAndDestroy()
/** In order, once all that was sent has been read. */
const close: Handler = (request) => void request.resume().once('end', () => request.socket.destroy())

test('whether the port accepts a connection', async () => {
  expect(await client.accepts(5_000)).toBe(true)
  const closed = once(server, 'close')
  server.close()
  await closed
  expect(await client.accepts(5_000)).toBe(false)
})

describe('a request', () => {
  test('goes below the path of the URL, with the headers of the backend over those of the client', async () => {
    client = new BackendClient(settings({ url: `${url}/ml/`, headers: { 'X-Key': 'own' } }))
    const seen: IncomingMessage[] = []
    const bodies: Buffer[] = []
    handle = (request, response) => {
      seen.push(request)
      request.on('data', (chunk: Buffer) => bodies.push(chunk)).on('end', () => response.end('{"ok":true}'))
    }
    const chunks = [Buffer.from('one '), Buffer.from('two')]
    const answer = await client.send({
      method: 'POST',
      path: '/predict',
      headers: ['content-type', 'text/plain', 'x-key', 'theirs'],
      chunks,
      length: 7,
      timeoutMs: 60_000,
    })
    expect(answer.body.toString()).toBe('{"ok":true}')
    expect(Buffer.concat(bodies).toString()).toBe('one two')
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/ml/predict',
      headers: { 'x-key': 'own', 'content-type': 'text/plain', 'content-length': '7' },
    })
  })

  test('uses the connection of the one before', async () => {
    for (let count = 0; count < 3; count++) {
      await ping()
      // undici takes the next request for a connection one turn after the answer.
      await nextTurn()
    }
    expect(accepted).toBe(1)
  })

  test('with settings that cannot be used fails, each time and with what is wrong', async () => {
    client = new BackendClient(settings({ tls: { ca: `${folder}/missing.pem` } }))
    for (let count = 0; count < 2; count++) {
      const { kind, message } = await failure(ping())
      expect([kind, message]).toEqual(['connect', expect.stringMatching(/^tls\.ca cannot be read \(/)])
    }
    expect(accepted).toBe(0)
  })
})

describe('an answer', () => {
  test('is read whole, a header that was sent twice as one text', async () => {
    handle = (_request, response) => {
      response.writeHead(201, [
        ['x-twice', 'a'],
        ['x-twice', 'b'],
      ])
      response.write('first ')
      response.end('second')
    }
    const answer = await client.send({ method: 'GET', path: '/', headers: [], timeoutMs: 60_000 })
    expect([answer.status, answer.body.toString()]).toEqual([201, 'first second'])
    expect([headerOf(answer, 'x-twice'), headerOf(answer, 'x-none')]).toEqual(['a, b', undefined])
  })

  test('that is larger than it may be ends the connection', async () => {
    const closed: Promise<unknown>[] = []
    handle = ({ socket }, response) => {
      closed.push(end(socket))
      response.end(Buffer.alloc(200_000))
    }
    const error = await failure(ping({ maxAnswerBytes: 100_000 }))
    expect([error.kind, error.answered]).toEqual(['answer', true])
    await Promise.all(closed)
    expect(closed).toHaveLength(1)
  })

  test('that is no HTTP is told as such', async () => {
    handle = ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9\r\n')
    expect((await failure(ping())).message).toBe('not an HTTP answer')
  })
})

describe('a connection that breaks', () => {
  const post = (body = Buffer.from('a photo')): ReturnType<typeof ping> =>
    ping({ method: 'POST', path: '/predict', chunks: [body], length: body.length })
  /** Reads the request whole before it resets the connection. */
  const resetOnceRead: Handler = (request) =>
    void request.resume().once('end', () => request.socket.resetAndDestroy())

  test('under a ping before the answer began is replaced once', async () => {
    first(reset)
    expect((await ping()).body.toString()).toBe('pong')
    expect(accepted).toBe(2)
    first(reset, reset)
    expect((await failure(ping())).kind).toBe('reset')
  })

  test('after a photo was sent whole is not: the photo may end whatever reads it', async () => {
    first(resetOnceRead)
    const fresh = await failure(post())
    expect([fresh.kind, fresh.mayBeCause, accepted]).toEqual(['reset', true, 1])
    // Nor is one that has carried a request right before.
    await post()
    await nextTurn()
    first(resetOnceRead)
    const used = await failure(post())
    expect([used.kind, used.mayBeCause, accepted]).toEqual(['reset', true, 2])
  })

  test('that had been idle is replaced at once, unless it breaks later than a close takes to arrive', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    await post()
    await nextTurn()
    vi.advanceTimersByTime(IDLE_CLOSE_AFTER_MS)
    first(close)
    expect((await post()).body.toString()).toBe('pong')
    expect(accepted).toBe(2)
    // The replacement is not kept: this one opens another.
    await post()
    await nextTurn()
    vi.advanceTimersByTime(IDLE_CLOSE_AFTER_MS)
    // Later by the clock, and after the loop has turned: one that stands still says nothing of the connection.
    first((request, response) => {
      setImmediate(() =>
        setImmediate(() =>
          setImmediate(() => {
            vi.advanceTimersByTime(IDLE_CLOSE_WITHIN_MS + 1)
            close(request, response)
          }),
        ),
      )
    })
    expect((await failure(post())).mayBeCause).toBe(true)
    expect(accepted).toBe(3)
  })

  test('before a photo was sent whole is replaced: nobody has read it', async () => {
    const photo = Buffer.alloc(64 * 1024 * 1024)
    let received = 0
    first(reset, (request, response) => {
      request
        .on('data', (chunk: Buffer) => (received += chunk.length))
        .once('end', () => response.end('pong'))
    })
    expect((await post(photo)).body.toString()).toBe('pong')
    expect([accepted, received]).toEqual([2, photo.length])
  })

  test('after the answer began is not: the backend may have done its work', async () => {
    first((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.socket?.destroy())
    })
    const error = await failure(ping())
    expect([error.kind, error.answered]).toEqual(['reset', true])
    expect(accepted).toBe(1)
  })

  test('because all were dropped after a sleep is replaced as well', async () => {
    let asked: () => void = () => undefined
    const arrived = new Promise<void>((resolve) => (asked = resolve))
    first(() => asked())
    const sent = post()
    await arrived
    client.reset()
    expect((await sent).body.toString()).toBe('pong')
    expect(accepted).toBe(2)
  })

  test('cannot be opened where nobody listens', async () => {
    server.close()
    await once(server, 'close')
    const error = await failure(ping())
    expect([error.kind, error.message, error.connected]).toEqual(['connect', 'connection refused', false])
  })
})

describe('no answer', () => {
  test('within the time limit ends the request, and tells whether there was a connection', async () => {
    handle = () => undefined
    const error = await failure(ping({ timeoutMs: 100 }))
    expect([error.kind, error.message, error.connected]).toEqual(['timeout', 'timed out after 0.1 s', true])
  })

  test('is waited for when the client goes away, and the backend learns of it', async () => {
    const arrived = new Promise<Socket>((resolve) => {
      handle = ({ socket }) => resolve(socket)
    })
    const cancellation = new Cancellation()
    const sent = failure(ping({ cancellation }))
    const socket = await arrived
    const closed = end(socket)
    cancellation.cancel()
    expect((await sent).kind).toBe('aborted')
    await closed
    expect((await failure(ping({ cancellation }))).kind).toBe('aborted')
  })
})

test('a client that was closed still sends what its last requests ask for, on connections of their own', async () => {
  await ping()
  await client.close()
  expect((await ping()).body.toString()).toBe('{}')
  expect(accepted).toBe(2)
})
