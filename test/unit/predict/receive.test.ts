import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { receiveBody } from '../../../src-main/predict/receive.ts'

/** What a server receives of a body, with all pieces as it saw them. */
async function receive(body: Buffer, into?: Buffer): Promise<{ received: Buffer; pieces: Buffer[] }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    httpRequest({ host: '127.0.0.1', port, method: 'POST', headers: { 'content-length': body.length } })
      .on('error', () => undefined)
      .end(body)
    const [request] = (await once(server, 'request')) as [IncomingMessage]
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    const { chunks } = await receiveBody(request, { into })
    return { received: Buffer.concat(chunks), pieces }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const PHOTO = Buffer.alloc(500_000, 'photo')

test('a body that is copied leaves none of its pieces behind', async () => {
  const { received, pieces } = await receive(PHOTO, Buffer.alloc(PHOTO.length))
  expect(received.equals(PHOTO)).toBe(true)
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.map(({ length }) => length)).toEqual(pieces.map(() => 0))
})

test('a body that is not copied stays in its pieces', async () => {
  const { received, pieces } = await receive(PHOTO)
  expect(received.equals(PHOTO)).toBe(true)
  expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(PHOTO.length)
})
