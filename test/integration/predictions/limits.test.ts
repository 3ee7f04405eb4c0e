import { describe, expect, test } from 'vitest'
import { MAX_UNANNOUNCED_BODY_BYTES } from '../../../src-main/predict/limits.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { multipartBody } from '../../support/multipart.ts'
import { readPhoto } from '../../support/photo.ts'
import {
  abandonedSearch,
  errorOf,
  gpu,
  port,
  proxy,
  search,
  searchInFlight,
  startLimited,
  usePair,
  working,
} from '../../support/pair.ts'
import { RawClient } from '../../support/raw-client.ts'

const photo = readPhoto()
usePair()

describe('admission', () => {
  test('more predictions than may be in flight wait, a text before images, then 503 with Retry-After', async () => {
    await startLimited({ predictions: 1, admissionTimeoutMs: 2_000 })
    const { running: first, release } = await searchInFlight('first')
    const image = predict(proxy.url, JOBS.searchImage, photo)
    await expect.poll(() => proxy.service.waiting).toBe(1)
    const text = search('second')
    await expect.poll(() => proxy.service.waiting).toBe(2)
    release()
    await Promise.all([first, image, text])
    // As the backend saw them: two answers over two connections may be read in either order.
    expect(gpu.seen.map((seen) => seen.text ?? 'image')).toEqual(['first', 'second', 'image'])
    gpu.predictFault = { kind: 'hang' }
    const hanging = abandonedSearch()
    await working(gpu, 1)
    const refused = await search('b')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await errorOf(refused)).toContain('1 predictions are in flight')
    hanging.hangUp()
    await hanging.ended
  })

  test('more bytes than may be held wait; one alone always fits', async () => {
    await startLimited({ heldBytes: 300_000, admissionTimeoutMs: 5_000 })
    gpu.durationMs = 50
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => predict(proxy.url, JOBS.searchImage, photo)),
    )
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
    expect(gpu.mostActive).toBe(1)
    const large = Buffer.concat([photo.subarray(0, -2), Buffer.alloc(400_000), photo.subarray(-2)])
    expect((await predict(proxy.url, JOBS.searchImage, large)).status).toBe(200)
  })

  test('a slow sender of a large body keeps no text out', async () => {
    await startLimited({ heldBytes: 10_000_000, admissionTimeoutMs: 10_000 })
    const clients = await Promise.all(Array.from({ length: 2 }, () => RawClient.connect(port())))
    for (const client of clients) {
      client.send(
        'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999999\r\n\r\n--b',
      )
    }
    // One has reserved all that there is, the other waits for it.
    await expect.poll(() => proxy.service.waiting).toBe(1)
    expect((await search('others')).status).toBe(200)
    for (const client of clients) client.close()
  })

  test('large bodies that come at the same time do not wait for each other, and a text is served between them', async () => {
    await startLimited({ heldBytes: 8_000_000, admissionTimeoutMs: 10_000 })
    const large = Buffer.concat([photo.subarray(0, -2), Buffer.alloc(3_500_000), photo.subarray(-2)])
    const body = multipartBody('b', [
      { name: 'entries', content: Buffer.from(JSON.stringify(JOBS.searchImage)) },
      { name: 'image', filename: 'blob', content: large },
    ])
    const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(port())))
    const answers = clients.map((client) => client.firstAnswer())
    for (const client of clients) {
      client.send(
        `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`,
      )
    }
    // Together they are more than may be held, and none of them is whole.
    for (const client of clients) client.send(body.subarray(0, -100_000))
    await expect.poll(() => proxy.service.waiting).toBeGreaterThan(0)
    const text = search('person')
    for (const client of clients) client.send(body.subarray(-100_000))
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect((await text).status).toBe(200)
    for (const client of clients) client.close()
  })

  const CHUNKED_HEAD =
    'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n'
  const asChunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

  test('a body without a length is served; while it comes it counts as the largest that it may be', async () => {
    await startLimited({ heldBytes: 2_000_000, admissionTimeoutMs: 500 })
    const body = multipartBody('b', [
      { name: 'entries', content: Buffer.from(JSON.stringify(JOBS.searchImage)) },
      { name: 'image', filename: 'blob', content: photo },
    ])
    const clients = await Promise.all(Array.from({ length: 2 }, () => RawClient.connect(port())))
    for (const client of clients) client.send(CHUNKED_HEAD)
    const answers = clients.map((client) => client.firstAnswer())
    // Either may be the one that waits.
    const refused = await Promise.race(answers.map((answer, index) => answer.then(() => index)))
    expect(await answers[refused]).toMatch(/^HTTP\/1\.1 503 [\s\S]*in flight/)
    const served = 1 - refused
    clients[served]?.send(Buffer.concat([asChunk(body), Buffer.from('0\r\n\r\n')]))
    expect(await answers[served]).toMatch(/^HTTP\/1\.1 200 /)
    for (const client of clients) client.close()
  })

  test('a body without a length that is larger than such a one may be: 413 that asks for a Content-Length', async () => {
    await startLimited()
    const client = await RawClient.connect(port())
    client.send(CHUNKED_HEAD)
    for (let sent = 0; sent <= MAX_UNANNOUNCED_BODY_BYTES; sent += 1_000_000) {
      client.send(asChunk(Buffer.alloc(1_000_000)))
    }
    expect(await client.firstAnswer()).toMatch(/^HTTP\/1\.1 413 [\s\S]*larger than 8 MB[\s\S]*Content-Length/)
    client.close()
  })

  test('a body that is refused while it is still sent is answered all the same', async () => {
    await startLimited({ maxBodyBytes: 1_000_000 })
    const client = await RawClient.connect(port())
    client.send(
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 8000000\r\n\r\n',
    )
    for (let sent = 0; sent < 8; sent++) client.send(Buffer.alloc(1_000_000))
    expect(await client.firstAnswer()).toMatch(/^HTTP\/1\.1 413 /)
    client.close()
  })

  test('a sender that is silent in the middle of a management call is cut off too', async () => {
    await startLimited({ bodyIdleTimeoutMs: 300 })
    const call =
      'POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"'
    expect(await RawClient.exchange(port(), call)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"error"/)
  })

  test('entries over 1 MB: 413; more than 100: 413; more than 100 parts: 413', async () => {
    await startLimited()
    const big = { clip: { visual: { modelName: 'x'.repeat(1_100_000) } } }
    expect((await predict(proxy.url, big, photo)).status).toBe(413)
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`t${index}`, { a: {} }]))
    expect((await predict(proxy.url, many, 'x')).status).toBe(413)
    const parts = Array.from({ length: 120 }, (_, index) => ({
      name: `f${index}`,
      content: Buffer.from('x'),
    }))
    const body = multipartBody('b', [...parts, { name: 'entries', content: Buffer.from('{"a":{"b":{}}}') }])
    const answer = await fetch(new URL('/predict', proxy.url), {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: new Uint8Array(body),
    })
    expect(answer.status).toBe(413)
    const immichFirst = multipartBody('b', [
      { name: 'entries', content: Buffer.from(JSON.stringify(JOBS.searchImage)) },
      ...parts,
      { name: 'image', filename: 'blob', content: photo },
    ])
    const beforePhoto = await fetch(new URL('/predict', proxy.url), {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: new Uint8Array(immichFirst),
    })
    expect(beforePhoto.status).toBe(413)
    expect(gpu.seen).toHaveLength(0)
  })

  test('headers over 16 KB: 431 as JSON; what is no HTTP: 400', async () => {
    await startLimited()
    const long = await RawClient.exchange(
      port(),
      `GET /ping HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(17_000)}\r\n\r\n`,
    )
    expect(long).toMatch(/^HTTP\/1\.1 431 /)
    expect(long).toContain('{"error":"The headers are larger than 16 KB"}')
    expect(await RawClient.exchange(port(), 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"error"/)
  })

  test('headers that never end: 408 after the limit', async () => {
    await startLimited({ headersTimeoutMs: 500 })
    expect(await RawClient.exchange(port(), 'GET /ping HTTP/1.1\r\nHost: x\r\n')).toMatch(
      /^HTTP\/1\.1 408 [\s\S]*"error"/,
    )
  })

  test('a sender that is silent in the middle of a body is cut off with 408, others are unaffected', async () => {
    await startLimited({ bodyIdleTimeoutMs: 300 })
    const head =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b'
    const slow = RawClient.exchange(port(), head)
    expect((await search('others')).status).toBe(200)
    expect(await slow).toMatch(/^HTTP\/1\.1 408 [\s\S]*No byte of the body came/)
  })

  test('connections over the limit get a 503 as JSON', async () => {
    await startLimited({ connections: 3 })
    const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.connect(port())))
    const refused = await RawClient.exchange(port(), 'GET /ping HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(refused).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after[\s\S]*"error"/)
    for (const client of clients) client.close()
    await expect.poll(async () => (await proxy.get('/ping').catch(() => undefined))?.status).toBe(200)
  })

  test.each([
    ['GET /ping', 'GET /ping HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['GET /api/status', 'GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    [
      'POST /api/config',
      'POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    ],
    ['POST /predict', 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
  ])(
    'an idle connection is closed after %s, so that dead ones do not use up the limit',
    async (_what, call) => {
      await startLimited({ keepAliveMs: 100 })
      const client = await RawClient.connect(port())
      client.send(call)
      expect(await client.answer).toMatch(/^HTTP\/1\.1 \d+ [\s\S]*keep-alive/i)
    },
  )

  test('Content-Length together with Transfer-Encoding is refused', async () => {
    await startLimited()
    const smuggled =
      'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(await RawClient.exchange(port(), smuggled)).toMatch(/^HTTP\/1\.1 400 /)
  })
})
