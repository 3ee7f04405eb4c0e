import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'
import { Admission } from '../../../src-main/predict/admission.ts'
import { BufferPool } from '../../../src-main/predict/memory/buffer-pool.ts'
import { PredictionPermit } from '../../../src-main/predict/prediction-permit.ts'
import { RequestBody } from '../../../src-main/predict/receive.ts'

const LENGTH = 100_000

function permitOf(admission: Admission, cancellation = new Cancellation()): PredictionPermit {
  const position = { isText: false, number: 1 }
  return new PredictionPermit({ admission, position, cancellation, startedAt: performance.now() })
}

test('two dispatches share a permit; while both wait for a backend, another prediction has it', async () => {
  const admission = new Admission({ predictions: 1 })
  const permit = permitOf(admission)
  const onEmpty = vi.fn()
  await permit.enter()
  await permit.enter()
  permit.whenEmpty(onEmpty)
  let finish: (value: string) => void = () => undefined
  const waiting = new Promise<string>((resolve) => (finish = resolve))
  const first = permit.releaseDuring(waiting)
  expect([admission.predictions.used, onEmpty.mock.calls.length]).toEqual([1, 0])
  const second = permit.releaseDuring(waiting)
  expect([admission.predictions.used, admission.waitingForBackend, onEmpty.mock.calls.length]).toEqual([
    0, 2, 1,
  ])
  const other = permitOf(admission)
  await other.enter()
  finish('free')
  await expect.poll(() => admission.predictions.waiting).toBe(1)
  other.end()
  expect(await Promise.all([first, second])).toEqual(['free', 'free'])
  expect([admission.predictions.used, admission.waitingForBackend]).toEqual([1, 0])
  permit.leave()
  expect(admission.predictions.used).toBe(1)
  permit.end()
  expect(admission.predictions.used).toBe(0)
})

test('a body that leaves the pool is found where it is now, byte by byte, and its buffer is free', async () => {
  const pool = new BufferPool()
  const request = Object.assign(new PassThrough(), { headers: { 'content-length': String(LENGTH) } })
  const body = new RequestBody(request as unknown as IncomingMessage, pool)
  const reading = body.read()
  const sent = Buffer.alloc(LENGTH, 'photo')
  request.end(Buffer.from(sent))
  const received = await reading
  const own = Buffer.from('own entries')
  const [first = own] = received.chunks
  const chunks = [first.subarray(0, 10), own, first.subarray(10)]
  expect(body.located(chunks)).toBe(chunks)
  expect(pool.trim()).toBe(false)
  body.leavePool()
  pool.acquire(LENGTH)?.fill(0)
  const [head, between, tail] = body.located(chunks)
  expect(between).toBe(own)
  expect(Buffer.concat([head ?? own, tail ?? own]).equals(sent)).toBe(true)
  // It gives nothing back a second time.
  body.release()
})
