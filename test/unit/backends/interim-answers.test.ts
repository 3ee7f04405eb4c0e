import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BackendClient } from '../../../src-main/backends/client.ts'
import { withoutInterimAnswers } from '../../../src-main/backends/interim-answers.ts'
import { MAX_INTERIM_HEAD_BYTES } from '../../../src-main/backends/limits.ts'
import { splitAt } from '../../support/multipart.ts'
import { httpAnswer, RawServer, writeApart } from '../../support/raw-server.ts'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const PROCESSING = 'HTTP/1.1 102 Processing\r\nx-progress: 40\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n'
const ANSWER = httpAnswer('200 OK', '{"clip":"[1]"}')

describe('withoutInterimAnswers', () => {
  const of = (text: string): [string, boolean] => {
    const { rest, isFinal } = withoutInterimAnswers(Buffer.from(text, 'latin1'))
    return [rest.toString('latin1'), isFinal]
  }

  test.each([
    ['none', 'HTTP/1.1 200 OK\r\n'],
    ['an error', 'HTTP/1.0 503 Busy\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-x\r\n'],
    ['few bytes of none', '\x15\x03\x01'],
  ])('leaves %s', (_what, text) => {
    expect(of(text)).toEqual([text, true])
  })

  test.each([CONTINUE, PROCESSING, HINTS, CONTINUE + PROCESSING + HINTS, CONTINUE.replaceAll('\r\n', '\n')])(
    'cuts %j off',
    (interim) => {
      expect(of(`${interim}HTTP/1.1 200 OK`)).toEqual(['HTTP/1.1 200 OK', true])
      expect(of(interim), 'the answer is still to come').toEqual(['', false])
    },
  )

  test('waits for what decides, and for the end of a head', () => {
    for (let length = 0; length < CONTINUE.length; length++) {
      expect(of(CONTINUE.slice(0, length))).toEqual([CONTINUE.slice(0, length), false])
    }
  })

  test('leaves a head without end to undici, which refuses it', () => {
    const endless = `${CONTINUE.slice(0, -2)}x: ${'y'.repeat(MAX_INTERIM_HEAD_BYTES)}`
    expect(of(endless)).toEqual([endless, true])
  })
})

describe('a request', () => {
  let server: RawServer
  let client: BackendClient
  let chunks: Buffer[] = []

  beforeEach(async () => {
    server = await RawServer.start((socket) => void writeApart(socket, chunks))
    client = new BackendClient({ name: 'a', url: server.url })
  })
  afterEach(async () => {
    await client.destroy()
    server.stop()
  })

  const predict = () =>
    client.send({
      method: 'POST',
      path: '/predict',
      headers: [],
      chunks: [Buffer.from('photo')],
      length: 5,
      timeoutMs: 60_000,
    })

  test.each([
    ['100 Continue', CONTINUE],
    ['102 Processing', PROCESSING],
    ['103 Early Hints', HINTS],
    ['all of them, twice', (CONTINUE + PROCESSING + HINTS).repeat(2)],
  ])('gets the answer behind %s, and the connection is used again', async (_what, interim) => {
    chunks = [Buffer.from(interim), ANSWER]
    for (let count = 0; count < 3; count++) {
      const { status, body } = await predict()
      expect([status, body.toString()]).toEqual([200, '{"clip":"[1]"}'])
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect([server.accepted, server.requests.length]).toEqual([1, 3])
  })

  test('gets it whatever the packets', async () => {
    const bytes = Buffer.concat([Buffer.from(CONTINUE + HINTS), ANSWER])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        chunks = splitAt(bytes, cuts)
        const { status, headers, body } = await predict()
        expect([status, headers['link'], body.toString()]).toEqual([200, undefined, '{"clip":"[1]"}'])
      }),
      { numRuns: 50 },
    )
  })

  test('that is cut off behind one has not been answered', async () => {
    server.respond = (socket) => void socket.end(CONTINUE)
    await expect(predict()).rejects.toMatchObject({ kind: 'reset', answered: false })
  })
})
