import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ClientGone } from '../../../src-main/predict/admission.ts'
import { announcedLength, receiveBody } from '../../../src-main/predict/receive.ts'
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

/** What a server receives of a photo, with all pieces as it saw them. */
async function receivePhoto(into?: Buffer): Promise<{ received: Buffer; pieces: Buffer[] }> {
  const request = await begin(`content-length: ${PHOTO.length}`)
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  const receiving = receiveBody(request, { into })
  client.write(PHOTO)
  const { chunks } = await receiving
  return { received: Buffer.concat(chunks), pieces }
}

describe('a body', () => {
  test('that is copied leaves none of its pieces behind', async () => {
    const { received, pieces } = await receivePhoto(Buffer.alloc(PHOTO.length))
    expect(received.equals(PHOTO)).toBe(true)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.map(({ length }) => length)).toEqual(pieces.map(() => 0))
  })

  test('that is not copied stays in its pieces', async () => {
    const { received, pieces } = await receivePhoto()
    expect(received.equals(PHOTO)).toBe(true)
    expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(PHOTO.length)
  })

  test('has the length that was announced', async () => {
    const request = await begin('content-length: 3')
    expect(announcedLength(request)).toBe(3)
    client.write('abc')
    expect(await receiveBody(request)).toMatchObject({ length: 3 })
  })

  test('in chunks has no announced length', async () => {
    const request = await begin('transfer-encoding: chunked')
    expect(announcedLength(request)).toBeUndefined()
    client.write('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
    expect(await receiveBody(request)).toMatchObject({ length: 5 })
  })
})

test('every piece that comes gives its sender the idle time anew', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const pieces = Array.from({ length: 10 }, (_, index) => Buffer.from(String(index)))
  const request = await begin(`content-length: ${pieces.length}`)
  const receiving = receiveBody(request, { idleTimeoutMs: 500 })
  for (const piece of pieces) {
    const arrived = once(request, 'data')
    client.write(piece)
    await arrived
    vi.advanceTimersByTime(499)
  }
  expect(await receiving).toMatchObject({ length: pieces.length })
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
