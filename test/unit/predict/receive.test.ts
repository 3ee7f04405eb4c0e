import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ClientGone } from '../../../src-main/platform/cancellation.ts'
import { MAX_TINY_CHUNKS, MAX_UNANNOUNCED_BODY_BYTES } from '../../../src-main/predict/limits.ts'
import { BufferPool } from '../../../src-main/predict/memory/buffer-pool.ts'
import { receiveBody, RequestBody } from '../../../src-main/predict/receive.ts'
import { listening } from '../../support/listening.ts'

let server: Server
let client: Socket

beforeEach(async () => {
  server = createServer()
  client = connect(await listening(server), '127.0.0.1')
  // The server cuts the connection off where a body is refused.
  client.on('error', () => undefined)
})
afterEach(() => {
  vi.useRealTimers()
  client.destroy()
  server.closeAllConnections()
  server.close()
})

/** Sends the head of a request with these headers; returns the request as the server has it. */
async function begin(...headers: string[]): Promise<IncomingMessage> {
  client.write(['POST / HTTP/1.1', 'host: a', ...headers, '', ''].join('\r\n'))
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  return request
}

const PHOTO = Buffer.alloc(500_000, 'photo')

/** What a server receives of a photo, with all chunks as it saw them. */
async function receivePhoto(into?: Buffer): Promise<{ received: Buffer; chunks: Buffer[] }> {
  const request = await begin(`content-length: ${PHOTO.length}`)
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  const receiving = receiveBody(request, { into })
  client.write(PHOTO)
  const body = await receiving
  return { received: Buffer.concat(body.chunks), chunks }
}

describe('a body', () => {
  test('that is copied leaves none of its chunks behind', async () => {
    const { received, chunks } = await receivePhoto(Buffer.alloc(PHOTO.length))
    expect(received.equals(PHOTO)).toBe(true)
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.map(({ length }) => length)).toEqual(chunks.map(() => 0))
  })

  test('in chunks of one byte is copied together', async () => {
    const request = await begin('transfer-encoding: chunked')
    const receiving = receiveBody(request)
    client.write(`${'1\r\nx\r\n'.repeat(MAX_TINY_CHUNKS)}0\r\n\r\n`)
    const { chunks, length } = await receiving
    const expected = Buffer.alloc(MAX_TINY_CHUNKS, 'x')
    expect([length, Buffer.concat(chunks).equals(expected)]).toEqual([MAX_TINY_CHUNKS, true])
    expect(chunks.length).toBeLessThan(50)
  })

  test('in more chunks of one byte is refused', async () => {
    const request = await begin('transfer-encoding: chunked')
    const receiving = receiveBody(request)
    client.write('1\r\nx\r\n'.repeat(MAX_TINY_CHUNKS + 1))
    await expect(receiving).rejects.toMatchObject({ code: 'BODY_IN_PIECES', status: 413 })
  })

  test('in many small chunks that are larger is taken', async () => {
    const receiving = receiveBody(await begin('transfer-encoding: chunked'))
    client.write(`${`80\r\n${'x'.repeat(128)}\r\n`.repeat(2 * MAX_TINY_CHUNKS)}0\r\n\r\n`)
    expect(await receiving).toMatchObject({ length: 128 * 2 * MAX_TINY_CHUNKS })
  })

  test('that is not copied stays in its chunks', async () => {
    const { received, chunks } = await receivePhoto()
    expect(received.equals(PHOTO)).toBe(true)
    expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(PHOTO.length)
  })
})

describe('the body of a request', () => {
  const pool = new BufferPool()

  test('that is announced comes into a buffer of the pool, which is free again after its release', async () => {
    const body = new RequestBody(await begin(`content-length: ${PHOTO.length}`), pool)
    expect(body.announcedLength()).toBe(PHOTO.length)
    const receiving = body.read()
    client.write(PHOTO)
    const { chunks } = await receiving
    expect(Buffer.concat(chunks).equals(PHOTO)).toBe(true)
    expect(pool.trim(), 'the buffer is in use').toBe(false)
    body.release()
    body.release()
    expect(pool.trim()).toBe(true)
  })

  test('in chunks has no announced length', async () => {
    const body = new RequestBody(await begin('transfer-encoding: chunked'), pool)
    expect(body.announcedLength()).toBeUndefined()
    const receiving = body.read()
    client.write('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
    expect(await receiving).toMatchObject({ length: 5 })
  })

  test('is refused unread where more is announced than a body may have', async () => {
    const body = new RequestBody(await begin('content-length: 1048577'), pool, { maxBytes: 1024 * 1024 })
    expect(() => body.announcedLength()).toThrow('The body is larger than 1 MB')
  })

  test('in chunks may not be as large as one that is announced', async () => {
    const body = new RequestBody(await begin('transfer-encoding: chunked'), pool)
    const receiving = body.read()
    const size = MAX_UNANNOUNCED_BODY_BYTES + 1
    client.write(`${size.toString(16)}\r\n`)
    client.write(Buffer.alloc(size))
    await expect(receiving).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      message: expect.stringContaining('has no Content-Length') as string,
    })
  })
})

test('every chunk that comes gives its sender the idle time anew', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const chunks = Array.from({ length: 10 }, (_, index) => Buffer.from(String(index)))
  const request = await begin(`content-length: ${chunks.length}`)
  const receiving = receiveBody(request, { idleTimeoutMs: 500 })
  for (const chunk of chunks) {
    const arrived = once(request, 'data')
    client.write(chunk)
    await arrived
    vi.advanceTimersByTime(499)
  }
  expect(await receiving).toMatchObject({ length: chunks.length })
})

describe('a body is given up', () => {
  test('with 413 as soon as it is larger than it may be, whatever is still to come', async () => {
    const request = await begin('transfer-encoding: chunked')
    const receiving = receiveBody(request, { maxBytes: 1024 * 1024 })
    client.write(`200000\r\n${'x'.repeat(1024 * 1024 + 1)}`)
    await expect(receiving).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      status: 413,
      message: 'The body is larger than 1 MB',
    })
  })

  test('with 408 when its sender falls silent', async () => {
    const request = await begin('content-length: 10')
    const receiving = receiveBody(request, { idleTimeoutMs: 100 })
    client.write('half')
    await expect(receiving).rejects.toMatchObject({
      code: 'BODY_TIMEOUT',
      status: 408,
      message: 'No byte of the body came within 0.1 s',
    })
  })

  test('when its sender goes away', async () => {
    const request = await begin('content-length: 10')
    const receiving = receiveBody(request)
    client.write('half', () => client.resetAndDestroy())
    await expect(receiving).rejects.toThrow(ClientGone)
  })
})
