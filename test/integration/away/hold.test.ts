/** What waits for a backend that is away under the policy `wait`. */
import { once } from 'node:events'
import http from 'node:http'
import { expect, test } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import { checkAll, gpu, nas, proxy, search, start, startLimited, state, usePair } from '../../support/pair.ts'
import { configOf } from '../../support/proxy.ts'

const photo = readPhoto()
usePair()

/** The only backend is waited for; nobody would wait else. */
const WAIT = { defaultPolicy: 'wait', hold: { graceSeconds: 0 } }
const image = (job: object = JOBS.searchImage) => predict(proxy.url, job, photo)
const held = (count: number, name = 'gpu') => expect.poll(() => state(name).held).toBe(count)
const losses = (task: 'clip' | 'ocr' = 'clip') => proxy.service.immich.status().losses[task]

/** The proxy with `gpu` alone, which is away. */
async function away(limits: Parameters<typeof startLimited>[0] = {}, more: object = {}): Promise<void> {
  await startLimited(limits, configOf([gpu], { ...WAIT, ...more }))
  await gpu.kill()
  await checkAll()
}

test('images wait in order and are all answered; a text fails at once and names why', async () => {
  await away()
  const photos = Promise.all([1, 2, 3].map(() => image()))
  await held(3)
  const text = await search()
  expect([text.status, text.statusText]).toEqual([502, 'gpu: connection refused'])
  expect(await (await proxy.get('/api/status')).json()).toMatchObject({ overall: 'waiting' })
  await gpu.start()
  expect((await photos).map((answer) => answer.status)).toEqual([200, 200, 200])
  expect(losses().count).toBe(0)
})

test('a wait in vain ends in time for an error, which is counted as lost with its reason', async () => {
  await away({ holdMs: 300 })
  const answer = await image()
  expect([answer.status, answer.statusText]).toEqual([502, 'gpu: connection refused'])
  expect(losses()).toMatchObject({
    count: 1,
    byReason: { away: 1 },
    recent: [{ reason: 'away', text: 'gpu: connection refused' }],
  })
})

test('beyond the places: 503 with Retry-After, counted as lost; searches and other tasks go on', async () => {
  await startLimited(
    { heldRequests: 2, predictions: 4 },
    configOf([gpu, nas], {
      ...WAIT,
      defaultBackend: 'nas',
      taskRouting: { clip: 'gpu' },
      taskRoutingPolicy: { clip: 'wait' },
      modelTypeRouting: { textual: 'nas' },
    }),
  )
  await gpu.kill()
  await checkAll()
  const waiting = [image(), image()]
  await held(2)
  const refused = await image()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(losses()).toMatchObject({ count: 1, byReason: { full: 1 } })
  for (let index = 0; index < 6; index++) {
    expect([(await search()).status, (await image(JOBS.ocr)).status]).toEqual([200, 200])
  }
  await gpu.start()
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
})

test('bytes of what waits are counted apart from those in flight', async () => {
  await away({ bytesOnHold: photo.length + 2_000, heldBytes: photo.length * 2 })
  const waiting = image()
  await held(1)
  expect((await image()).status).toBe(503)
  await gpu.start()
  expect((await waiting).status).toBe(200)
})

test('a client that hangs up frees the capacity that it held, and is no loss', async () => {
  await away({ heldRequests: 1 })
  const abort = new AbortController()
  const gone = predict(proxy.url, JOBS.searchImage, photo, { signal: abort.signal }).catch(() => 'gone')
  await held(1)
  abort.abort()
  expect(await gone).toBe('gone')
  await held(0)
  const next = image()
  await held(1)
  await gpu.start()
  expect((await next).status).toBe(200)
  expect(losses().count).toBe(0)
})

test('a save plans what waits anew, also where its entries are to be split now', async () => {
  await away()
  const one = image()
  const both = image({ ...JOBS.faces, ...JOBS.ocr })
  await held(2)
  const rerouted = { ...configOf([gpu, nas]), defaultBackend: 'nas', taskRouting: { ocr: 'gpu' } }
  await proxy.configure({ ...rerouted, taskRoutingPolicy: { ocr: 'wait' } })
  expect((await one).status).toBe(200)
  await held(1)
  await gpu.start()
  const answer = await both
  expect(Object.keys((await answer.json()) as object)).toEqual(
    expect.arrayContaining(['facial-recognition', 'ocr']),
  )
  expect(nas.seen.map(({ entries }) => Object.keys(entries))).toEqual([['clip'], ['facial-recognition']])
  for (const seen of [...nas.seen, ...gpu.seen]) expect(seen.image?.equals(photo)).toBe(true)
})

test('a stop of the program fails what waits, and counts it', async () => {
  await away()
  const waiting = image()
  await held(1)
  const { service } = proxy
  const stopped = service.stop()
  expect((await waiting).status).toBe(502)
  await stopped
  expect(service.immich.status().losses.clip).toMatchObject({ count: 1, byReason: { stopped: 1 } })
})

test('the time that it was held is a segment of its own in the record', async () => {
  await away()
  await proxy.post('/api/debug/toggle', { enabled: true })
  const waiting = image()
  await held(1)
  await gpu.start()
  await waiting
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  const sent = records.filter(({ type, response }) => type === 'outgoing' && response.statusCode === 200)
  expect(sent).toHaveLength(1)
  expect(sent[0]?.heldMs).toBeGreaterThan(0)
})

/** A prediction whose answer is read as it comes. */
async function open(): Promise<{ request: http.ClientRequest; answer: Promise<http.IncomingMessage> }> {
  const form = new Response(
    (() => {
      const data = new FormData()
      data.append('entries', JSON.stringify(JOBS.searchImage))
      data.append('image', new Blob([new Uint8Array(photo)]))
      return data
    })(),
  )
  const body = Buffer.from(await form.arrayBuffer())
  const request = http.request(`${proxy.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': form.headers.get('content-type') ?? '', 'content-length': body.length },
  })
  const answer = once(request, 'response').then(([response]) => response as http.IncomingMessage)
  request.end(body)
  return { request, answer }
}

const BEYOND = { hold: { graceSeconds: 0, beyondMinutes: 1 } }

test('beyond: the headers of a 200, a space again and again, then the JSON', async () => {
  await away({ holdMs: 100, earlyByteMs: 20 }, BEYOND)
  const { answer } = await open()
  const response = await answer
  expect(response.statusCode).toBe(200)
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await expect.poll(() => text.length).toBeGreaterThan(3)
  expect(text.trim()).toBe('')
  await gpu.start()
  await once(response, 'end')
  expect(Object.keys(JSON.parse(text) as object)).toContain('clip')
  expect(losses().count).toBe(0)
})

test('beyond: an attempt after the wait has the whole time of a request again', async () => {
  await away({ holdMs: 100, earlyByteMs: 20, requestTimeoutMs: 400 }, BEYOND)
  const { answer } = await open()
  const response = await answer
  // Far beyond the time limit of the request.
  await new Promise((resolve) => setTimeout(resolve, 500))
  gpu.durationMs = 200
  await gpu.start()
  let text = ''
  for await (const chunk of response) text += String(chunk)
  expect(Object.keys(JSON.parse(text) as object)).toContain('clip')
})

test('beyond: what fails after its headers ends with the socket, never with an empty answer', async () => {
  await away({ holdMs: 50, earlyByteMs: 20 }, BEYOND)
  const { answer } = await open()
  const response = await answer
  response.resume()
  const ended = once(response, 'end').catch((error: unknown) => error)
  gpu.predictFault = { kind: 'status', status: 422 }
  await gpu.start()
  expect(await ended).toMatchObject({ code: 'ECONNRESET' })
  // The request itself was at fault.
  expect(losses().count).toBe(0)
})

test('beyond: a client that goes away after its headers leaves', async () => {
  await away({ holdMs: 50, earlyByteMs: 20 }, BEYOND)
  const { request, answer } = await open()
  const response = await answer
  response.on('error', () => undefined)
  await held(1)
  request.destroy()
  await held(0)
})

test('a model that cannot be loaded is not asked for again; other tasks go on, images wait', async () => {
  await start()
  await proxy.configure(configOf([gpu]))
  const detail = JSON.stringify({ detail: 'Failed to load model ViT-B-32__openai' })
  gpu.predictFault = [{ kind: 'status', status: 500, body: detail }]
  const waiting = image()
  await held(1)
  expect((await image(JOBS.ocr)).status).toBe(200)
  expect((await search()).status).toBe(200)
  expect(gpu.seen.filter(({ entries }) => 'visual' in (entries['clip'] ?? {}))).toHaveLength(1)
  expect(state('gpu').benched).toMatchObject([
    { task: 'clip/visual/ViT-B-32__openai', reason: 'cannot load its model; restart it' },
  ])
  const { warnings } = (await (await proxy.get('/api/status')).json()) as { warnings: string[] }
  expect(warnings).toContain('gpu cannot load its model (clip/visual/ViT-B-32__openai); restart it')
  // A restart mends it.
  await gpu.kill()
  await checkAll()
  await gpu.start()
  expect((await waiting).status).toBe(200)
})
