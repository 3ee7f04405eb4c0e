/** The memory of bodies of calls, which anybody on the home network can send, with a password set too. */
import { expect, test } from 'vitest'
import { call } from '../../support/http.ts'
import { proxy, restart, useOneBackend } from '../../support/one-backend.ts'
import { RawClient } from '../../support/raw-client.ts'

useOneBackend({ debug: true })

const port = (): number => Number(new URL(proxy.url).port)

function head(target: string, length: string): string {
  return `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${length}\r\n\r\n`
}

test('a body in chunks of one byte is refused before it takes a hundred times its size', async () => {
  const client = await RawClient.connect(port())
  client.send(head('/api/auth/login', 'Transfer-Encoding: chunked') + '1\r\nx\r\n'.repeat(90_000))
  const answer = await client.firstAnswer()
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(answer).toContain('too many small chunks')
  await client.answer
  expect((await call(proxy.url, '/api/auth/status')).status).toBe(200)
})

test('a prediction in chunks of one byte is refused, and the rest is not read for long', async () => {
  const client = await RawClient.connect(port())
  const type = 'multipart/form-data; boundary=b'
  client.send(head('/predict', 'Transfer-Encoding: chunked').replace('application/json', type))
  const sending = setInterval(() => client.send('1\r\nx\r\n'.repeat(5_000)), 10)
  try {
    const answer = await client.firstAnswer()
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('too many small chunks')
    await client.answer
  } finally {
    clearInterval(sending)
  }
})

test('where bodies take too much together, a further one is busy until one of them has ended', async () => {
  await restart({ limits: { heldApiBytes: 2_000 } })
  const slow = await RawClient.connect(port())
  slow.send(`${head('/api/auth/login', 'Content-Length: 5000')}${'x'.repeat(1_500)}`)
  const toggle = () =>
    call(proxy.url, '/api/debug/toggle', { method: 'POST', body: { enabled: true, more: 'x'.repeat(600) } })
  await expect.poll(async () => (await toggle()).status).toBe(503)
  const { error, headers } = await toggle()
  expect([error, headers['retry-after']]).toEqual([expect.stringMatching(/^Busy: /), '5'])
  slow.close()
  await expect.poll(async () => (await toggle()).status).toBe(200)
  // Bodies that were answered are not counted any more.
  for (let count = 0; count < 10; count++) expect((await toggle()).status).toBe(200)
})

test('a compressed body counts as large as it may become', async () => {
  await restart({ limits: { heldApiBytes: 2_000 } })
  const answer = await RawClient.exchange(
    port(),
    head('/api/debug/toggle', 'Content-Encoding: gzip\r\nContent-Length: 3') + 'xyz',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
})

test('a body to an unknown path is recorded whole, however small its chunks are', async () => {
  const body = 'x'.repeat(200)
  const chunks = '1\r\nx\r\n'.repeat(200)
  await RawClient.exchange(port(), `${head('/none', 'Transfer-Encoding: chunked')}${chunks}0\r\n\r\n`)
  const recorded = (): object[] => proxy.service.recorder.list()
  await expect.poll(recorded).toMatchObject([{ request: { body: { size: 200, preview: body } } }])
})

/** An object of so many members, which is within the limit of a body and too much for a schema. */
const many = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_value, index) => [`b ${index}`, 'x']))

test.each([
  ['/api/backends/test', { url: 'http://127.0.0.1:9', headers: many(50_000) }, 'has more than 1000 entries'],
  [
    '/api/backends/try',
    { backend: { headers: many(200_000) }, tasks: ['clip'], text: 'x' },
    'must be JSON like',
  ],
  ['/api/immich/missing', { tasks: Array.from({ length: 200_000 }, () => 'x') }, 'must be JSON like'],
])('a body of far too many members is not judged one by one: %s', async (target, body, error) => {
  const answer = await call(proxy.url, target, { method: 'POST', body })
  expect([answer.status, answer.error]).toEqual([400, expect.stringContaining(error)])
  // Each problem that is told names a field; there is one.
  expect(answer.error.length).toBeLessThan(200)
})
