/** What follows an answer that was given before the whole request had come. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { linger } from '../../../src-main/http/answer.ts'
import { LINGER_BYTES, LINGER_CHUNK_BYTES } from '../../../src-main/http/limits.ts'
import { listening } from '../../support/listening.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('the rest of a body in tiny chunks is not read to its end', async () => {
  // Its time limit must not be what ends it.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const server = createServer()
  const client = connect(await listening(server), '127.0.0.1')
  client.on('error', () => undefined)
  client.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n')
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  request.on('error', () => undefined)
  const closed = once(request, 'close')
  response.end('refused')
  linger(response)
  client.write('1\r\nx\r\n'.repeat(LINGER_BYTES / LINGER_CHUNK_BYTES + 1))
  await closed
  expect(request.complete).toBe(false)
  client.destroy()
  server.close()
})
