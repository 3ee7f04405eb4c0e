import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BackendClient, type BackendRequest } from '../../../src-main/backends/client.ts'
import { MAX_ANSWER_BYTES } from '../../../src-main/backends/limits.ts'
import { pingBackend } from '../../../src-main/backends/ping.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import type { BackendConfig } from '../../../src-shared/config/schema.ts'
import { httpAnswer, RawServer } from '../../support/raw-server.ts'

const RESULT = '{"clip":"[0.5,0.25]"}'

let server: RawServer
let client: BackendClient
let answer: Buffer = Buffer.alloc(0)

const clientOf = (more: Partial<BackendConfig> = {}) =>
  new BackendClient({ name: 'a', url: server.url, ...more })
const predict = (more: Partial<BackendRequest> = {}) =>
  client.send({
    method: 'POST',
    path: '/predict',
    headers: [],
    chunks: [Buffer.from('x')],
    length: 1,
    timeoutMs: 60_000,
    ...more,
  })

beforeEach(async () => {
  server = await RawServer.start((socket) => void socket.write(answer))
  client = clientOf()
})
afterEach(async () => {
  await client.destroy()
  server.stop()
})

test('no compression is asked for', async () => {
  answer = httpAnswer('200 OK', RESULT)
  await predict({ headers: ['content-type', 'x/y'] })
  client = clientOf({ headers: { 'X-Key': 'k' } })
  await predict()
  client = clientOf({ headers: { 'Accept-Encoding': 'gzip' } })
  await predict()
  const asked = server.requests.map((request) => request.match(/^accept-encoding: .*$/gim))
  expect(asked).toEqual([
    ['accept-encoding: identity'],
    ['accept-encoding: identity'],
    ['Accept-Encoding: gzip'],
  ])
})

test('an answer that is compressed all the same is read, and its headers are those of what was read', async () => {
  const codings: [string, Buffer][] = [
    ['gzip', gzipSync(RESULT)],
    ['br', brotliCompressSync(RESULT)],
  ]
  for (const [coding, body] of codings) {
    answer = httpAnswer('200 OK', body, [`content-encoding: ${coding}`, 'content-type: application/json'])
    const { body: plain, headers } = await predict()
    expect(plain.toString()).toBe(RESULT)
    expect(headers).toEqual({ 'content-type': 'application/json', 'content-length': String(RESULT.length) })
  }
})

test('an error that is compressed is handed on in the clear; one that cannot be read keeps its status', async () => {
  answer = httpAnswer('500 Oops', gzipSync('cannot decode image'), ['content-encoding: gzip'])
  expect(await predict()).toMatchObject({ status: 500, body: Buffer.from('cannot decode image') })
  answer = httpAnswer('500 Oops', 'bytes of it', ['content-encoding: zstd'])
  expect(await predict()).toEqual({ status: 500, headers: { 'content-length': '0' }, body: Buffer.alloc(0) })
})

test.each([
  [
    'unknown',
    httpAnswer('200 OK', 'x', ['content-encoding: zstd']),
    /^answer compressed by "zstd", which the proxy cannot read/,
  ],
  ['broken', httpAnswer('200 OK', 'x', ['content-encoding: gzip']), /^answer compressed by gzip, but broken/],
  [
    'a bomb',
    httpAnswer('200 OK', gzipSync(Buffer.alloc(MAX_ANSWER_BYTES + 1)), ['content-encoding: gzip']),
    /^answer larger than 64 MB once decompressed$/,
  ],
])('a result whose compression is %s is a failure', async (_what, bytes, text) => {
  answer = bytes
  const error: unknown = await predict().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(BackendError)
  expect(error).toMatchObject({
    kind: 'answer',
    answered: true,
    message: expect.stringMatching(text) as string,
  })
})

test('the body of a ping does not count, nor does how it is compressed', async () => {
  answer = httpAnswer('200 OK', 'x', ['content-encoding: zstd'])
  expect(await pingBackend(client, { timeoutMs: 60_000, hops: 'me' })).toMatchObject({ ok: true, error: '' })
})
