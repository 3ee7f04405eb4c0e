import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SMALL_BODY_BYTES } from '../../../../src-main/wire/limits.ts'
import { POOL_BUFFER_BYTES, POOL_QUARANTINE_MS, POOL_BUFFERS } from '../../../../src-main/predict/limits.ts'
import { BufferPool } from '../../../../src-main/predict/memory/buffer-pool.ts'

const PHOTO = 500_000
let lots: BufferPool

beforeEach(() => {
  vi.useFakeTimers()
  lots = new BufferPool()
})
afterEach(() => vi.useRealTimers())

/** Takes a lot that must be there. */
function take(): Buffer {
  const lot = lots.take(PHOTO)
  if (lot === undefined) throw new Error('no lot')
  return lot
}

test('bodies get as many bytes as they have, none of another one', () => {
  const taken = Array.from({ length: POOL_BUFFERS }, take)
  taken.forEach((lot, index) => lot.fill(index))
  for (const [index, lot] of taken.entries()) {
    expect(lot).toHaveLength(PHOTO)
    expect(lot.equals(Buffer.alloc(PHOTO, index))).toBe(true)
  }
  expect(lots.take(PHOTO)).toBeUndefined()
})

test('texts and very large photos get none', () => {
  expect([SMALL_BODY_BYTES, POOL_BUFFER_BYTES + 1].map((length) => lots.take(length))).toEqual([
    undefined,
    undefined,
  ])
  expect(lots.take(POOL_BUFFER_BYTES)).toHaveLength(POOL_BUFFER_BYTES)
})

test('what was given back last is used first', () => {
  const [first, second] = [take(), take()]
  lots.give(first)
  lots.give(second)
  expect([take().byteOffset, take().byteOffset]).toEqual([second.byteOffset, first.byteOffset])
})

test('what may still be sent is used by nobody else for a while', () => {
  const lot = take()
  lots.releaseAfter(lot)
  const others = Array.from({ length: POOL_BUFFERS - 1 }, take)
  expect(others.map((other) => other.byteOffset)).not.toContain(lot.byteOffset)
  expect(lots.take(PHOTO)).toBeUndefined()
  vi.advanceTimersByTime(POOL_QUARANTINE_MS)
  expect(take().byteOffset).toBe(lot.byteOffset)
})

test('the memory goes back when no lot is used, and comes again', () => {
  expect(lots.trim(), 'there is none yet').toBe(true)
  const [first, second] = [take(), take()]
  const block = first.buffer
  lots.give(first)
  expect(lots.trim()).toBe(false)
  lots.releaseAfter(second)
  expect(lots.trim(), 'something of it may still be sent').toBe(false)
  expect(take().buffer).toBe(block)
  lots.give(first)
  vi.advanceTimersByTime(POOL_QUARANTINE_MS)
  expect(lots.trim()).toBe(true)
  const next = take()
  expect(next).toHaveLength(PHOTO)
  expect(next.buffer).not.toBe(block)
  expect(Array.from({ length: POOL_BUFFERS }, () => lots.take(PHOTO)?.buffer)).toEqual([
    ...Array.from({ length: POOL_BUFFERS - 1 }, () => next.buffer),
    undefined,
  ])
})
