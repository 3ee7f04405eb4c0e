import { beforeEach, expect, test } from 'vitest'
import { BufferPool } from '../../../../src-main/predict/memory/buffer-pool.ts'
import { POOL_BUFFER_BYTES, POOL_BUFFERS } from '../../../../src-main/predict/memory/limits.ts'
import { SMALL_BODY_BYTES } from '../../../../src-main/wire/limits.ts'

const PHOTO_BYTES = 500_000
let pool: BufferPool

beforeEach(() => {
  pool = new BufferPool()
})

/** Acquires a buffer that must be there. */
function acquire(): Buffer {
  const buffer = pool.acquire(PHOTO_BYTES)
  if (buffer === undefined) throw new Error('no buffer is free')
  return buffer
}

test('each buffer has the length of its body and no byte of another one', () => {
  const buffers = Array.from({ length: POOL_BUFFERS }, acquire)
  buffers.forEach((buffer, index) => buffer.fill(index))
  for (const [index, buffer] of buffers.entries()) {
    expect(buffer.equals(Buffer.alloc(PHOTO_BYTES, index))).toBe(true)
  }
  expect(pool.acquire(PHOTO_BYTES)).toBeUndefined()
})

test('texts, very large photos and bodies of unknown length get none', () => {
  const lengths = [undefined, SMALL_BODY_BYTES, POOL_BUFFER_BYTES + 1]
  expect(lengths.map((length) => pool.acquire(length))).toEqual(lengths.map(() => undefined))
  expect(pool.acquire(POOL_BUFFER_BYTES)).toHaveLength(POOL_BUFFER_BYTES)
})

test('the buffer that was released last is acquired first', () => {
  const [first, second] = [acquire(), acquire()]
  pool.release(first)
  pool.release(second)
  expect([acquire().byteOffset, acquire().byteOffset]).toEqual([second.byteOffset, first.byteOffset])
})

test('a buffer that is not in use is not released', () => {
  const buffer = acquire()
  pool.release(buffer)
  expect(() => pool.release(buffer), 'twice').toThrow('not in use')
  expect(() => pool.release(Buffer.alloc(PHOTO_BYTES)), 'of other memory').toThrow('not in use')
  expect(acquire().byteOffset).not.toBe(acquire().byteOffset)
})

test('trim drops the block when no buffer is in use, and the next body gets another one', () => {
  expect(pool.trim(), 'there is none yet').toBe(true)
  const [first, second] = [acquire(), acquire()]
  const block = first.buffer
  pool.release(first)
  expect(pool.trim(), 'the second is in use').toBe(false)
  expect(acquire().buffer).toBe(block)
  pool.release(first)
  pool.release(second)
  expect(pool.trim()).toBe(true)
  const next = acquire()
  expect(next.buffer).not.toBe(block)
  expect(() => pool.release(second), 'of the old block').toThrow('not in use')
  const others = Array.from({ length: POOL_BUFFERS - 1 }, acquire)
  expect(new Set(others.map(({ buffer }) => buffer))).toEqual(new Set([next.buffer]))
  expect(pool.acquire(PHOTO_BYTES)).toBeUndefined()
})
