import fc from 'fast-check'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { HOPS_HEADER } from '../../../src-shared/config/names.ts'
import { immichForm, JOBS, predict } from '../../support/immich-client.ts'
import { multipartBody } from '../../support/multipart.ts'
import { gpu, nas, proxy, start, usePair } from '../../support/pair.ts'
import { PHOTO_FILE, PHOTO_SIZE, readPhoto } from '../../support/photo.ts'
import { configOf, startProxy } from '../../support/proxy.ts'

const run = promisify(execFile)
const photo = readPhoto()
const size = { imageHeight: PHOTO_SIZE.height, imageWidth: PHOTO_SIZE.width }

usePair({})

const route = (more: Record<string, unknown> = {}) => proxy.configure(configOf([gpu, nas], more))
const keys = async (response: Response) => Object.keys((await response.json()) as object)

/** Posts bytes as they are. */
function postBytes(body: Buffer, contentType: string): Promise<Response> {
  return fetch(new URL('/predict', proxy.url), {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: new Uint8Array(body),
  })
}

describe('what Immich sends', () => {
  test('a search query: the answer is the backend’s, byte by byte', async () => {
    await route()
    const direct = await (await predict(gpu.url, JOBS.searchText, 'Grüße aus 世界 🏔')).text()
    const answer = await predict(proxy.url, JOBS.searchText, 'Grüße aus 世界 🏔')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.text()).toBe(direct)
    expect(gpu.seen.at(-1)?.text).toBe('Grüße aus 世界 🏔')
    expect(gpu.seen.at(-1)?.entries).toEqual(JOBS.searchText)
  })

  test('a picture arrives unchanged', async () => {
    await route()
    const answer = await predict(proxy.url, JOBS.searchImage, photo)
    expect(await keys(answer)).toEqual(['clip', 'imageHeight', 'imageWidth'])
    expect(gpu.seen.at(-1)?.image?.equals(photo)).toBe(true)
  })

  test('faces and OCR: detection and recognition in one request', async () => {
    await route({ taskRouting: { ocr: 'nas' } })
    const faces = await predict(proxy.url, JOBS.faces, photo)
    expect(faces.status).toBe(200)
    expect(await keys(faces)).toEqual(['facial-recognition', 'imageHeight', 'imageWidth'])
    const ocr = await predict(proxy.url, JOBS.ocr, photo)
    expect(await ocr.json()).toMatchObject({ ocr: { text: ['read by nas', 'Grüße, 世界'] }, ...size })
    expect(gpu.seen).toHaveLength(1)
    expect(nas.seen).toHaveLength(1)
  })

  test('one request with several tasks goes to two backends and comes back as one', async () => {
    await route({ taskRouting: { clip: 'nas' }, modelTypeRouting: {} })
    const entries = { ...JOBS.ocr, ...JOBS.searchImage, ...JOBS.faces }
    const answer = await predict(proxy.url, entries, photo)
    expect(answer.status).toBe(200)
    expect(await keys(answer)).toEqual(['ocr', 'clip', 'facial-recognition', 'imageHeight', 'imageWidth'])
    expect(gpu.seen.map((seen) => seen.entries)).toEqual([{ ...JOBS.ocr, ...JOBS.faces }])
    expect(nas.seen.map((seen) => seen.entries)).toEqual([JOBS.searchImage])
    for (const backend of [gpu, nas]) expect(backend.seen[0]?.image?.equals(photo)).toBe(true)
  })

  test('clip’s two types go their own ways', async () => {
    await route({ modelTypeRouting: { textual: 'nas' } })
    await predict(proxy.url, JOBS.searchText, 'beach')
    await predict(proxy.url, JOBS.searchImage, photo)
    expect([nas.seen.length, gpu.seen.length]).toEqual([1, 1])
  })
})

describe('other layouts', () => {
  const BOUNDARY = 'abcdef'
  const TYPE = `multipart/form-data; boundary=${BOUNDARY}`
  const entriesPart = { name: 'entries', content: Buffer.from(JSON.stringify(JOBS.searchImage)) }
  const imagePart = (content: Buffer) => ({
    name: 'image',
    filename: 'blob',
    contentType: 'image/jpeg',
    content,
  })

  test('parts in any order', async () => {
    await route()
    const form = new FormData()
    form.append('image', new Blob([new Uint8Array(photo)]), 'größe.jpg')
    form.append('entries', JSON.stringify(JOBS.searchImage))
    const answer = await fetch(new URL('/predict', proxy.url), { method: 'POST', body: form })
    expect(await keys(answer)).toEqual(['clip', 'imageHeight', 'imageWidth'])
    expect(gpu.seen.at(-1)?.image?.equals(photo)).toBe(true)
    const text = new FormData()
    text.append('text', 'schön')
    text.append('entries', JSON.stringify(JOBS.searchText))
    expect((await fetch(new URL('/predict', proxy.url), { method: 'POST', body: text })).status).toBe(200)
    expect(gpu.seen.at(-1)?.text).toBe('schön')
  })

  test('in any order and to two backends', async () => {
    await route({ taskRouting: { ocr: 'nas' } })
    const entries = { ...JOBS.searchImage, ...JOBS.ocr }
    const body = multipartBody(BOUNDARY, [
      imagePart(photo),
      { ...entriesPart, content: Buffer.from(JSON.stringify(entries)) },
    ])
    expect(await keys(await postBytes(body, TYPE))).toEqual(['clip', 'ocr', 'imageHeight', 'imageWidth'])
    for (const backend of [gpu, nas]) expect(backend.seen[0]?.image?.equals(photo)).toBe(true)
  })

  test.each([
    ['entries first', (picture: Buffer) => [entriesPart, imagePart(picture)]],
    ['the image first', (picture: Buffer) => [imagePart(picture), entriesPart]],
  ])('the boundary’s text inside the image, %s', async (_name, layout) => {
    await route()
    const inside = Buffer.from(`--${BOUNDARY}\r\n x \r\n--${BOUNDARY.slice(0, 4)}`)
    // Behind the headers of the picture, so that it still decodes.
    const picture = Buffer.concat([photo.subarray(0, -2), inside, photo.subarray(-2)])
    const answer = await postBytes(multipartBody(BOUNDARY, layout(picture)), TYPE)
    expect(answer.status).toBe(200)
    expect(gpu.seen.at(-1)?.image?.equals(picture)).toBe(true)
  })

  test('a body without a length', async () => {
    await route()
    const body = multipartBody(BOUNDARY, [entriesPart, imagePart(photo)])
    const answer = await fetch(new URL('/predict', proxy.url), {
      method: 'POST',
      headers: { 'content-type': TYPE },
      body: new Blob([new Uint8Array(body)]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(200)
    expect(gpu.seen.at(-1)?.headers['content-length']).toBe(String(body.length))
  })
})

describe('both ways of reading a body agree', () => {
  const send = (parts: { name: string; content: Buffer }[]) =>
    postBytes(multipartBody('b', parts), 'multipart/form-data; boundary=b')
  const entries = (value: object) => ({ name: 'entries', content: Buffer.from(JSON.stringify(value)) })
  const text = { name: 'text', content: Buffer.from('x') }

  test('of a repeated entries field the last counts, as on the backend', async () => {
    await route({ taskRouting: { clip: 'nas' } })
    const answer = await send([entries(JOBS.ocr), text, entries(JOBS.searchText)])
    expect(answer.status).toBe(200)
    expect(nas.seen.map((seen) => seen.entries)).toEqual([JOBS.searchText])
  })

  test('a text over 1 MB is refused, before entries as behind them', async () => {
    await route()
    const long = { name: 'text', content: Buffer.alloc(1_200_000, 'x') }
    const answers = [
      await send([entries(JOBS.searchText), long]),
      await send([long, entries(JOBS.searchText)]),
    ]
    // The real backend takes no field over 1 MB either.
    expect(answers.map((answer) => answer.status)).toEqual([413, 413])
    expect(answers[0]?.statusText).toBe('The form is too large: the field "text" has more than 1 MB')
    expect(nas.seen).toEqual([])
  })

  test.each(['before', 'behind'])('a hundred parts and more %s entries are refused', async (where) => {
    await route()
    const many = Array.from({ length: 120 }, (_, index) => ({ name: `f${index}`, content: Buffer.from('x') }))
    const own = entries(JOBS.searchText)
    expect((await send(where === 'before' ? [...many, own] : [own, ...many])).status).toBe(413)
  })
})

describe('with curl', () => {
  const curl = async (...args: string[]) => {
    const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', ...args, `${proxy.url}/predict`])
    const at = stdout.lastIndexOf('\n')
    return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) }
  }
  const image = `image=@${fileURLToPath(PHOTO_FILE)}`

  test('a merged answer of two backends', async () => {
    await route({ taskRouting: { clip: 'nas' } })
    const entries = JSON.stringify({ ...JOBS.searchImage, ...JOBS.ocr })
    const { status, body } = await curl('-F', `entries=${entries}`, '-F', image)
    expect(status).toBe(200)
    expect(Object.keys(JSON.parse(body) as object)).toEqual(['clip', 'ocr', 'imageHeight', 'imageWidth'])
  })

  test.each([
    ['{"facial-recognition": {"detection": {}, "recognition": {}}}', image],
    ['{"clip": {"textual": {}, "visual": {}}}', image],
    ['{"clip": {"textual": {}}}', 'text=cat on a sofa'],
    ['{"ocr": {"detection": {}, "recognition": {}}}', image],
    ['{"facial_recognition": {"image": {}}}', image],
  ])('the original’s example %s', async (entries, payload) => {
    for (const backend of [gpu, nas]) backend.lenient = true
    await route({ modelTypeRouting: { textual: 'nas' }, taskRouting: { 'facial-recognition': 'nas' } })
    const { status, body } = await curl('-F', `entries=${entries}`, '-F', payload)
    expect(status).toBe(200)
    expect(Object.keys(JSON.parse(body) as object)[0]).toBe(Object.keys(JSON.parse(entries) as object)[0])
    if (entries.includes('facial')) expect(nas.seen).toHaveLength(1)
  })

  test('a body over a megabyte, which curl announces with Expect', async () => {
    await route()
    const file = path.join(proxy.folder, 'big.jpg')
    await writeFile(file, Buffer.concat([photo.subarray(0, -2), Buffer.alloc(3_000_000), photo.subarray(-2)]))
    const { status } = await curl('-F', `entries=${JSON.stringify(JOBS.searchImage)}`, '-F', `image=@${file}`)
    expect(status).toBe(200)
  })
})

describe('bad input', () => {
  test.each([
    ['no entries', undefined],
    ['entries that are no JSON', '{'],
    ['entries without a task', '{}'],
    ['a task without types', '{"clip":{}}'],
  ])('%s: 400', async (_name, entries) => {
    await route()
    const form = new FormData()
    if (entries !== undefined) form.append('entries', entries)
    form.append('text', 'x')
    const answer = await fetch(new URL('/predict', proxy.url), { method: 'POST', body: form })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ error: expect.stringContaining('entries') as string })
    expect(answer.statusText).toContain('entries')
    expect(gpu.seen).toHaveLength(0)
  })

  test('not multipart: 415; a broken or cut-off body: 400', async () => {
    await route()
    expect((await proxy.post('/predict', {})).status).toBe(415)
    const type = 'multipart/form-data; boundary=b'
    expect((await postBytes(Buffer.from('nonsense'), type)).status).toBe(400)
    const body = multipartBody('b', [{ name: 'entries', content: Buffer.from('{"clip":{"visual":{}}}') }])
    expect((await postBytes(body.subarray(0, -4), type)).status).toBe(400)
    expect((await postBytes(body, 'multipart/form-data')).status).toBe(400)
  })

  test('over the size limit: 413, announced or not', async () => {
    await start({ limits: { maxBodyBytes: 100_000 } })
    await route()
    const announced = await predict(proxy.url, JOBS.searchImage, photo)
    expect(announced.status).toBe(413)
    expect(await announced.json()).toEqual({ error: expect.stringContaining('larger than') as string })
    const form = immichForm(JOBS.searchImage, photo)
    const encoded = new Response(form)
    const streamed = await fetch(new URL('/predict', proxy.url), {
      method: 'POST',
      headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
      body: encoded.body,
      duplex: 'half',
    } as RequestInit)
    expect(streamed.status).toBe(413)
    expect((await predict(proxy.url, JOBS.searchText, 'still there')).status).toBe(200)
  })

  test('__proto__ as a task is a task like any other: the backend’s answer is handed on', async () => {
    await route()
    const form = new FormData()
    form.append('entries', '{"__proto__":{"visual":{"modelName":"m"}}}')
    form.append('text', 'x')
    const answer = await fetch(new URL('/predict', proxy.url), { method: 'POST', body: form })
    // The real backend knows no such task either.
    expect([422, 500]).toContain(answer.status)
    expect(({} as Record<string, unknown>)['visual']).toBeUndefined()
    gpu.lenient = true
    const split = new FormData()
    split.append('entries', '{"__proto__":{"a":{}},"constructor":{"b":{}}}')
    split.append('text', 'x')
    await route({ taskRouting: { constructor: 'nas' } })
    nas.lenient = true
    const merged = await fetch(new URL('/predict', proxy.url), { method: 'POST', body: split })
    expect(merged.status).toBe(200)
    expect(await merged.text()).toMatch(/^\{"__proto__":.*,"constructor":/)
  })

  test('an image of 0 bytes: the backend’s 500 is handed on, and nobody stays unhealthy', async () => {
    await route()
    const answer = await predict(proxy.url, JOBS.searchImage, Buffer.alloc(0))
    expect(answer.status).toBe(500)
    expect(await answer.text()).toBe('Internal Server Error')
    await expect.poll(() => proxy.service.monitor.healthOf('gpu')?.status).toBe('healthy')
  })

  test('the backend’s own 4xx is handed on with its body, and the backend is not blamed', async () => {
    await route()
    const missingName = await predict(proxy.url, { clip: { visual: {} } }, photo)
    expect(missingName.status).toBe(422)
    const alone = await predict(proxy.url, { ocr: { recognition: { modelName: 'm' } } }, photo)
    expect(alone.status).toBe(400)
    expect(await alone.json()).toEqual({ detail: 'recognition depends on output of detection' })
    expect(proxy.service.monitor.healthOf('gpu')?.status).toBe('healthy')
  })
})

describe('failures', () => {
  test('several dispatches, one failing: 502 with what failed where', async () => {
    await route({ taskRouting: { clip: 'nas' } })
    nas.predictFault = { kind: 'status', status: 503 }
    const answer = await predict(proxy.url, { ...JOBS.searchImage, ...JOBS.ocr }, photo)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toEqual({
      error: 'Failed to process some types',
      errors: ['clip/visual on nas: answered 503'],
    })
    expect(answer.statusText).toBe('clip/visual on nas: answered 503')
  })

  test('no backend configured: 503', async () => {
    const answer = await predict(proxy.url, JOBS.searchText, 'x')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ error: expect.stringContaining('No backends') as string })
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  test('GET /predict: 405 that names POST', async () => {
    const answer = await proxy.get('/predict')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('redirects are not followed', async () => {
    await route()
    gpu.predictFault = { kind: 'status', status: 307, headers: { location: `${nas.url}/predict` } }
    const answer = await predict(proxy.url, JOBS.searchText, 'x')
    expect(answer.status).toBe(502)
    expect(answer.statusText).toContain('redirect')
    expect(nas.seen).toHaveLength(0)
  })
})

test('hop-by-hop headers, credentials and cookies stay here; others go on', async () => {
  await route()
  await predict(proxy.url, JOBS.searchText, 'x', {
    headers: { authorization: 'Basic x', cookie: 'a=b', 'x-api-key': 'k', traceparent: '00-abc' },
  })
  const headers = gpu.seen[0]?.headers ?? {}
  expect(headers.authorization).toBeUndefined()
  expect(headers.cookie).toBeUndefined()
  expect(headers['x-api-key']).toBeUndefined()
  expect(headers['traceparent']).toBe('00-abc')
  expect(headers.host).toBe(new URL(gpu.url).host)
})

test('a header configured for a backend replaces the client’s of that name', async () => {
  const backend = { name: 'gpu', url: gpu.url, headers: { 'User-Agent': 'own', 'X-Token': 'own' } }
  await proxy.configure({ defaultBackend: 'gpu', backends: [backend] })
  await predict(proxy.url, JOBS.searchText, 'x', { headers: { 'x-token': 'client' } })
  expect(gpu.seen[0]?.headers).toMatchObject({ 'user-agent': 'own', 'x-token': 'own' })
})

test('round robin per route over the healthy backends of a pool', async () => {
  await route({ taskRouting: { clip: ['gpu', 'nas'] } })
  for (let index = 0; index < 6; index++) await predict(proxy.url, JOBS.searchText, `query ${index}`)
  expect([gpu.seen.length, nas.seen.length]).toEqual([3, 3])
})

describe('a request that comes back to the proxy', () => {
  test('is recognised at once and answered 508, never a storm', async () => {
    await proxy.configure({ defaultBackend: 'me', backends: [{ name: 'me', url: proxy.url }] })
    const answer = await predict(proxy.url, JOBS.searchText, 'x')
    expect(answer.status).toBe(508)
    expect(await answer.json()).toEqual({
      error: expect.stringContaining('leads back to the proxy') as string,
    })
    const health = proxy.service.monitor.healthOf('me')
    expect(health).toMatchObject({
      status: 'unhealthy',
      error: expect.stringContaining('leads back') as string,
    })
    expect((await proxy.get('/ping')).status).toBe(503)
  })

  test('over two proxies too; a chain of two without a circle works', async () => {
    const second = await startProxy()
    try {
      await second.configure(configOf([gpu]))
      await proxy.configure({ defaultBackend: 'second', backends: [{ name: 'second', url: second.url }] })
      expect((await predict(proxy.url, JOBS.searchText, 'x')).status).toBe(200)
      await second.configure({ defaultBackend: 'first', backends: [{ name: 'first', url: proxy.url }] })
      const answer = await predict(proxy.url, JOBS.searchText, 'x')
      expect(answer.ok).toBe(false)
      expect(answer.status).toBe(508)
    } finally {
      await second.stop()
    }
  })

  test('hops from outside that look like a long chain are refused', async () => {
    await route()
    const answer = await predict(proxy.url, JOBS.searchText, 'x', { headers: { [HOPS_HEADER]: 'a,b,c,d' } })
    expect(answer.status).toBe(508)
  })
})

test('random bytes get a clear error, and the next request its answer', async () => {
  await route()
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, isOpened) => {
      const opening = isOpened ? '--b\r\nContent-Disposition: form-data; name="entries"\r\n\r\n' : ''
      const answer = await fetch(`${proxy.url}/predict`, {
        method: 'POST',
        body: Buffer.concat([Buffer.from(opening), bytes]),
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      })
      expect([400, 413, 415]).toContain(answer.status)
      expect(await answer.json()).toEqual({ error: expect.stringMatching(/\w{3,}/) as string })
    }),
    { numRuns: 300 },
  )
  expect((await predict(proxy.url, JOBS.searchText, 'x')).status).toBe(200)
})
