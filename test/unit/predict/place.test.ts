import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'
import { Admission } from '../../../src-main/predict/admission.ts'
import { BufferPool } from '../../../src-main/predict/memory/buffer-pool.ts'
import { Place } from '../../../src-main/predict/place.ts'
import { RequestBody } from '../../../src-main/predict/receive.ts'

const LENGTH = 100_000

function placeOf(admission: Admission, cancellation = new Cancellation()): Place {
  const position = { isText: false, number: 1 }
  return new Place({ admission, position, cancellation, startedAt: performance.now() })
}

test('two dispatches share a place; while both wait outside, another prediction has it', async () => {
  const admission = new Admission({ predictions: 1 })
  const place = placeOf(admission)
  const onEmpty = vi.fn()
  await place.enter()
  await place.enter()
  place.whenEmpty(onEmpty)
  let finish: (value: string) => void = () => undefined
  const waiting = new Promise<string>((resolve) => (finish = resolve))
  const first = place.outside(waiting)
  expect([admission.predictions.used, onEmpty.mock.calls.length]).toEqual([1, 0])
  const second = place.outside(waiting)
  expect([admission.predictions.used, admission.outside, onEmpty.mock.calls.length]).toEqual([0, 2, 1])
  const other = placeOf(admission)
  await other.enter()
  finish('free')
  await expect.poll(() => admission.predictions.waiting).toBe(1)
  other.end()
  expect(await Promise.all([first, second])).toEqual(['free', 'free'])
  expect([admission.predictions.used, admission.outside]).toEqual([1, 0])
  place.leave()
  expect(admission.predictions.used).toBe(1)
  place.end()
  expect(admission.predictions.used).toBe(0)
})

test('a body that leaves the pool is found where it is now, byte by byte, and its buffer is free', async () => {
  const pool = new BufferPool()
  const request = Object.assign(new PassThrough(), { headers: { 'content-length': String(LENGTH) } })
  const body = new RequestBody(request as unknown as IncomingMessage, pool)
  const reading = body.read()
  const sent = Buffer.alloc(LENGTH, 'photo')
  request.end(Buffer.from(sent))
  const { chunks } = await reading
  const own = Buffer.from('own entries')
  const pieces = [chunks[0]?.subarray(0, 10) ?? own, own, chunks[0]?.subarray(10) ?? own]
  expect(body.located(pieces)).toBe(pieces)
  expect(pool.trim()).toBe(false)
  body.leavePool()
  pool.acquire(LENGTH)?.fill(0)
  const [head, between, tail] = body.located(pieces)
  expect(between).toBe(own)
  expect(Buffer.concat([head ?? own, tail ?? own]).equals(sent)).toBe(true)
  // It gives nothing back a second time.
  body.release()
})
