import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Cancellation, ClientGone } from '../../../src-main/platform/cancellation.ts'
import type { Outcome } from '../../../src-main/predict/progress.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { gate } from '../../support/gate.ts'
import { JOBS } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import {
  predictionParts,
  requestOf,
  type PartsOptions,
  type PredictionParts,
} from '../../support/prediction-parts.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

const IMAGE = JSON.stringify(JOBS.searchImage)
const BOTH = JSON.stringify({ ...JOBS.ocr, ...JOBS.searchImage })
const photo = readPhoto()

let gpu: SimulatedBackend
let nas: SimulatedBackend
let parts: PredictionParts

beforeEach(async () => {
  ;[gpu, nas] = await Promise.all([startBackend({ name: 'gpu' }), startBackend({ name: 'nas' })])
})
afterEach(async () => {
  await parts.stop()
  await Promise.all([gpu.stop(), nas.stop()])
})

/** Everything goes to `gpu`, but for what a test routes elsewhere. */
function start(more: Partial<Config> = {}, options: PartsOptions = {}): void {
  const backends = [gpu, nas].map(({ name, url }) => ({ name, url }))
  parts = predictionParts({ defaultBackend: 'gpu', backends, ...more }, options)
}

const errorsOf = (body: Buffer): { error: string; errors?: string[] } =>
  JSON.parse(body.toString()) as { error: string; errors?: string[] }

describe('a request for one route', () => {
  test('goes on with the bytes that came, and its answer comes back as it is', async () => {
    start()
    const request = requestOf(IMAGE, photo)
    const sent = vi.spyOn(parts.dispatcher, 'run')
    const reply = await parts.predictor.predict(request)
    expect(sent.mock.calls[0]?.[1]).toEqual(request.body.withEntries())
    expect(reply).toMatchObject({ status: 200, contentType: 'application/json; charset=utf-8' })
    expect(reply.reason).toBeUndefined()
    expect(gpu.seen[0]?.image?.equals(photo)).toBe(true)
    expect(Object.keys(JSON.parse(reply.body.toString()) as object)).toEqual([
      'clip',
      'imageHeight',
      'imageWidth',
    ])
  })

  test('is answered with the error of its backend, the reason beside it', async () => {
    start()
    gpu.predictFault = { kind: 'status', status: 503, body: 'warming up', headers: { 'retry-after': '7' } }
    const reply = await parts.predictor.predict(requestOf(IMAGE, photo))
    expect(reply).toMatchObject({
      status: 503,
      contentType: 'text/plain',
      retryAfter: '7',
      reason: 'gpu: answered 503',
    })
    expect(reply.body.toString()).toBe('warming up')
  })

  test('is answered 502 where no backend can be reached', async () => {
    start()
    await gpu.kill()
    const reply = await parts.predictor.predict(requestOf(IMAGE, photo))
    expect(reply.status).toBe(502)
    expect(errorsOf(reply.body).errors).toEqual(['gpu: connection refused'])
  })

  test('is answered 504 where no backend answers in time', async () => {
    start({}, { requestTimeoutMs: 50 })
    gpu.predictFault = { kind: 'hang' }
    expect((await parts.predictor.predict(requestOf(IMAGE, photo))).status).toBe(504)
  })

  test('has the time that is left of its limit, which counts from its arrival', async () => {
    start({}, { requestTimeoutMs: 60_000 })
    const request = requestOf(IMAGE, photo, { startedAt: performance.now() - 60_000 })
    expect(await parts.predictor.predict(request)).toMatchObject({
      status: 504,
      reason: 'time limit reached',
    })
    expect(gpu.seen).toEqual([])
  })
})

describe('a request for several routes', () => {
  test('is split, and its answers are merged in the order of the request', async () => {
    start({ taskRouting: { ocr: 'nas' } })
    const reply = await parts.predictor.predict(requestOf(BOTH, photo))
    expect(reply.status).toBe(200)
    const merged = JSON.parse(reply.body.toString()) as Record<string, unknown>
    expect(Object.keys(merged)).toEqual(['ocr', 'clip', 'imageHeight', 'imageWidth'])
    expect([gpu, nas].map(({ seen }) => seen.map(({ entries }) => Object.keys(entries)))).toEqual([
      [['clip']],
      [['ocr']],
    ])
  })

  test('fails as a whole where one of them fails, with the names of what failed', async () => {
    start({ taskRouting: { ocr: 'nas' } })
    nas.predictFault = { kind: 'status', status: 503 }
    const reply = await parts.predictor.predict(requestOf(BOTH, photo))
    expect(reply.status).toBe(502)
    expect(errorsOf(reply.body)).toEqual({
      error: 'Failed to process some types',
      errors: ['ocr/detection, ocr/recognition on nas: answered 503'],
    })
    expect(reply.reason).toBe('ocr/detection, ocr/recognition on nas: answered 503')
  })
})

test('without backends a request is refused with what to do, and without a default as well', async () => {
  start({ backends: [], defaultBackend: '' })
  await expect(parts.predictor.predict(requestOf(IMAGE, photo))).rejects.toMatchObject({
    code: 'NO_BACKENDS',
    status: 503,
  })
  await parts.stop()
  start({ defaultBackend: '' })
  const reply = await parts.predictor.predict(requestOf(IMAGE, photo))
  expect(reply.status).toBe(503)
  expect(errorsOf(reply.body).error).toContain('No backend is configured for clip/visual')
})

test('a new configuration is in force for the next request, one that runs keeps the one it began with', async () => {
  start()
  const held = gate()
  gpu.predictFault = [{ kind: 'held', until: held.promise }]
  const entries = requestOf(IMAGE, photo).entries
  const running = parts.predictor.predict(requestOf(IMAGE, photo, { entries }))
  await once(gpu, 'prediction')
  parts.registry.apply({ ...parts.registry.current.config, defaultBackend: 'nas' })
  expect((await parts.predictor.predict(requestOf(IMAGE, photo, { entries }))).status).toBe(200)
  expect(nas.seen).toHaveLength(1)
  held.resolve()
  expect((await running).status).toBe(200)
  expect(gpu.seen).toHaveLength(1)
})

test('a client that goes away ends the prediction on its backend', async () => {
  start()
  gpu.predictFault = { kind: 'hang' }
  const cancellation = new Cancellation()
  const running = parts.predictor.predict(requestOf(IMAGE, photo, { cancellation }))
  await once(gpu, 'prediction')
  cancellation.cancel()
  await expect(running).rejects.toThrow(ClientGone)
  expect(parts.slots.useOf(parts.backend('gpu')).inFlight).toBe(0)
})

test('a defect in one dispatch is told after the others have settled: they still read the body', async () => {
  start({ taskRouting: { ocr: 'nas' } })
  const defect = new Error('a defect')
  const held = gate()
  const sending = held.promise.then((): Outcome => ({ kind: 'aborted' }))
  vi.spyOn(parts.dispatcher, 'run').mockRejectedValueOnce(defect).mockReturnValueOnce(sending)
  const settled = vi.fn()
  const predicting = parts.predictor.predict(requestOf(BOTH, photo)).finally(settled)
  const told = expect(predicting).rejects.toBe(defect)
  // A rejection passes through within one turn.
  await nextTurn()
  expect(settled).not.toHaveBeenCalled()
  held.resolve()
  await told
})
