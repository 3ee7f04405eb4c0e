import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { freeMemory } from '../../../../src-main/predict/memory/free-memory.ts'
import { receiveBody } from '../../../../src-main/predict/receive.ts'

test('frees bytes that have their memory for themselves', () => {
  const before = process.memoryUsage().arrayBuffers
  const bytes = Buffer.allocUnsafeSlow(8 * 1024 * 1024)
  freeMemory(bytes)
  expect(bytes).toHaveLength(0)
  // No collection was waited for.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
})

test('leaves bytes alone whose memory others use', () => {
  const whole = Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer)
  freeMemory(whole.subarray(0, 3))
  freeMemory(whole.subarray(1))
  freeMemory(whole.subarray(2, 2))
  expect([...whole]).toEqual([1, 2, 3, 4])
})

test('leaves memory alone that may not be taken away', () => {
  const bytes = Buffer.from(new WebAssembly.Memory({ initial: 1 }).buffer)
  freeMemory(bytes)
  expect(bytes).toHaveLength(65_536)
})

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
