/** `POST /api/backends/try`: one at a time, within the slots, never on a paused one, judged answers alone. */
import { describe, expect, test } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import type { BackendAvailability } from '../../../src-main/backends/availability.ts'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import type { TryAnswer, TryInfo } from '../../../src-shared/try.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { errorOf, gpu, nas, proxy, start, state, usePair, working } from '../../support/pair.ts'
import { PHOTO_SIZE, readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'
import { RawServer } from '../../support/raw-server.ts'

const photo = readPhoto()
/** With the side by which a pause is told. */
const availability = (): BackendAvailability => proxy.service.availability as BackendAvailability
const ALL = ['clip', 'facial-recognition', 'ocr']
usePair({}, () => configOf([gpu, nas]))

const tryOn = (body: Record<string, unknown>): Promise<Response> =>
  proxy.post('/api/backends/try', { backend: { url: gpu.url }, tasks: ['clip'], ...body })
const image = photo.toString('base64')
async function answered(body: Record<string, unknown>): Promise<TryAnswer> {
  const response = await tryOn(body)
  expect(response.status).toBe(200)
  return (await response.json()) as TryAnswer
}

test('tells vectors, faces and texts with two times each, by the models that are Immich’s defaults', async () => {
  const { results, ...size } = await answered({ tasks: ALL, image, text: 'a dog' })
  expect(size).toEqual({ imageWidth: PHOTO_SIZE.width, imageHeight: PHOTO_SIZE.height })
  expect(results.map(({ work, modelName, ok }) => [work, modelName, ok])).toEqual([
    ['clip/visual', 'ViT-B-32__openai', true],
    ['clip/textual', 'ViT-B-32__openai', true],
    ['facial-recognition', 'buffalo_l', true],
    ['ocr', 'PP-OCRv5_mobile', true],
  ])
  for (const { firstMs, againMs } of results) {
    expect(firstMs).toBeGreaterThan(0)
    expect(againMs).toBeGreaterThan(0)
  }
  expect(results[0]?.vector).toHaveLength(512)
  expect(results[2]?.faces?.map(({ length }) => length)).toEqual([512, 512])
  expect(results[3]?.texts?.[0]?.text).toBe('read by gpu')
  // Twice each: as loaded, and once more.
  expect(gpu.seen).toHaveLength(8)
  expect(gpu.seen[0]?.image?.equals(photo)).toBe(true)
  expect(gpu.seen[4]?.entries).toEqual(JOBS.faces)
  expect(gpu.seen[6]?.entries).toEqual(JOBS.ocr)
})

test('uses the models that Immich asked for last, and GET tells them', async () => {
  const info = async () => (await (await proxy.get('/api/backends/try')).json()) as TryInfo
  expect((await info()).models.map(({ isDefault }) => isDefault)).toEqual([true, true, true, true])
  const asked = { clip: { visual: { modelName: 'nllb-clip-base-siglip__v1' } } }
  await predict(proxy.url, asked, photo)
  expect((await info()).models[0]).toEqual({
    work: 'clip/visual',
    modelName: 'nllb-clip-base-siglip__v1',
    isDefault: false,
  })
  await answered({ image })
  expect(gpu.seen.at(-1)?.entries).toEqual(asked)
})

test('what failed to be answered is not remembered', async () => {
  gpu.predictFault = { kind: 'status', status: 422 }
  await predict(proxy.url, { clip: { visual: { modelName: 'misspelled' } } }, photo)
  const { models } = (await (await proxy.get('/api/backends/try')).json()) as TryInfo
  expect(models[0]).toMatchObject({ modelName: 'ViT-B-32__openai', isDefault: true })
})

test('one at a time: another one is refused before its picture is read, and may come afterwards', async () => {
  const held = gate()
  gpu.predictFault = [{ kind: 'held', until: held.promise }]
  const first = tryOn({ image })
  await working(gpu, 1)
  const second = await tryOn({ image })
  expect([second.status, await errorOf(second)]).toEqual([
    409,
    expect.stringContaining('Another try is running'),
  ])
  held.resolve()
  expect((await first).status).toBe(200)
  expect((await tryOn({ image })).status).toBe(200)
})

test('a client that hangs up ends its try', async () => {
  gpu.predictFault = [{ kind: 'hang' }]
  const abort = new AbortController()
  const gone = fetch(new URL('/api/backends/try', proxy.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ backend: { url: gpu.url }, tasks: ['clip'], text: 'x' }),
    signal: abort.signal,
  }).catch(() => undefined)
  await working(gpu, 1)
  abort.abort()
  await gone
  await working(gpu, 0)
  await expect.poll(async () => (await tryOn({ text: 'x' })).status).toBe(200)
})

test('waits for a slot of the backend', async () => {
  await proxy.configure({ ...configOf([gpu]), backends: [{ name: 'gpu', url: gpu.url, maxConcurrent: 1 }] })
  const held = gate()
  gpu.predictFault = [{ kind: 'held', until: held.promise }]
  const before = predict(proxy.url, JOBS.searchImage, photo)
  await working(gpu, 1)
  const trying = tryOn({ image })
  await expect.poll(() => state('gpu').waiting).toBe(1)
  expect(gpu.mostActive).toBe(1)
  held.resolve()
  expect((await before).status).toBe(200)
  expect((await trying).status).toBe(200)
  expect(gpu.mostActive).toBe(1)
  expect(state('gpu').inFlight).toBe(0)
})

test('a paused backend is never asked, by whatever name its URL is posted', async () => {
  availability().set('gpu', 'pause', {
    availability: 'paused',
    reason: 'paused until 18:30',
    until: null,
  })
  const refused = await tryOn({ backend: { name: 'other', url: `${gpu.url}/` }, image })
  expect([refused.status, await errorOf(refused)]).toEqual([
    409,
    'gpu: paused until 18:30; resume or start it to try it',
  ])
  expect(gpu.seen).toEqual([])
  availability().set('gpu', 'pause', undefined)
  expect((await tryOn({ image })).status).toBe(200)
})

test('has no effect on health and figures: a bad picture turns nothing red', async () => {
  gpu.predictFault = { kind: 'status', status: 500, body: 'secret of the backend' }
  const response = await tryOn({ tasks: ALL, image })
  const text = await response.text()
  expect(text).not.toContain('secret')
  const { results } = JSON.parse(text) as TryAnswer
  expect(results.map(({ ok, error }) => [ok, error])).toEqual([
    [false, 'answered 500'],
    [false, 'answered 500'],
    [false, 'answered 500'],
  ])
  expect(state('gpu')).toMatchObject({ status: 'healthy', requests: 0, failures: 0, lastError: null })
})

test('of a server that is no machine-learning one it tells the status alone', async () => {
  const other = await RawServer.start((socket) => {
    socket.end(
      'HTTP/1.1 200 OK\r\ncontent-length: 27\r\nconnection: close\r\n\r\n{"clip":"password=hunter2"}',
    )
  })
  const { results } = await answered({ backend: { url: other.url }, text: 'x' })
  expect(results).toEqual([
    expect.objectContaining({ ok: false, error: 'answered 200, but not as a machine-learning server does' }),
  ])
  expect(JSON.stringify(results)).not.toContain('hunter2')
  other.stop()
})

test('sends stored headers to the server they were entered for alone', async () => {
  const secret = { name: 'gpu', url: gpu.url, headers: { Authorization: 'Bearer s3cr3t' } }
  await proxy.configure({ ...configOf([gpu, nas]), backends: [secret, { name: 'nas', url: nas.url }] })
  await answered({ backend: { name: 'gpu', url: gpu.url, headers: { Authorization: MASK } }, text: 'x' })
  expect(gpu.seen.at(-1)?.headers.authorization).toBe('Bearer s3cr3t')
  const refused = await tryOn({
    backend: { name: 'gpu', url: nas.url, headers: { Authorization: MASK } },
    text: 'x',
  })
  expect(refused.status).toBe(400)
  await answered({ backend: { url: nas.url }, text: 'x' })
  expect(nas.seen.at(-1)?.headers.authorization).toBeUndefined()
})

test('is recorded in debug mode, as an exchange of no client', async () => {
  await start({ debug: true })
  await proxy.configure(configOf([gpu]))
  await answered({ text: 'x' })
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  const own = records.filter(({ request }) => request.url.endsWith('/predict'))
  expect(own.map(({ type, backend, tasks }) => [type, backend, tasks])).toEqual([
    ['outgoing', 'gpu', ['clip/textual']],
    ['outgoing', 'gpu', ['clip/textual']],
  ])
})

describe('what cannot be tried is refused with a reason', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no task', { tasks: [], image }, 'The body must be JSON like'],
    ['an unknown task', { tasks: ['x'], image }, 'The body must be JSON like'],
    ['neither a picture nor a text', {}, 'Nothing to try'],
    ['faces of a text', { tasks: ['facial-recognition'], text: 'x' }, 'Nothing to try'],
    ['an image that is none', { image: 'aGVsbG8=' }, 'must be a JPEG, PNG or WebP'],
    ['a URL that is none', { backend: { url: 'x' }, image }, 'Not tried: '],
  ])('%s', async (_what, body, message) => {
    const refused = await tryOn(body)
    expect([refused.status, await errorOf(refused)]).toEqual([400, expect.stringContaining(message)])
  })

  test('a body over 4 MB, and over 1 MB for any other call', async () => {
    const large = await tryOn({ image: 'x'.repeat(4 * 1024 * 1024) })
    expect([large.status, await errorOf(large)]).toEqual([413, 'The body is larger than 4 MB; send less'])
    const big = 'x'.repeat(2 * 1024 * 1024)
    expect((await tryOn({ image: big })).status).toBe(400)
    const other = await proxy.post('/api/backends/test', { url: big })
    expect([other.status, await errorOf(other)]).toEqual([413, 'The body is larger than 1 MB; send less'])
  })
})

test('this proxy itself is told to be a loop', async () => {
  const { results } = await answered({ backend: { url: proxy.url }, text: 'x' })
  expect(results[0]).toMatchObject({
    ok: false,
    error: expect.stringContaining('leads back to the proxy itself') as string,
  })
})
