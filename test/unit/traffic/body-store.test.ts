import { describe, expect, test, vi } from 'vitest'
import { MAX_SPARE_BLOCKS } from '../../../src-main/traffic/limits.ts'
import { BodyStore, type StoredBody } from '../../../src-main/traffic/body-store.ts'
import { BlockAllocator } from '../../../src-main/traffic/body-store-blocks.ts'

const BUDGET = 64_000
const BLOCK = BUDGET / 64

/** Bytes in memory of their own, as they come from a socket. */
function received(length: number, fill: number): Buffer {
  return Buffer.from(new Uint8Array(length).fill(fill).buffer)
}

function storeImage(bodies: BodyStore, chunks: readonly Buffer[], onDrop = vi.fn()): StoredBody {
  const body = bodies.store(chunks, true, onDrop)
  if (body === undefined) throw new Error('not stored')
  return body
}

describe('BodyStore', () => {
  test('gives back what it was given, whatever the chunks, whole and in part', () => {
    const bodies = new BodyStore(BUDGET)
    const chunks = [received(1, 1), received(BLOCK - 1, 2), received(3 * BLOCK + 7, 3), received(5, 4)]
    const whole = Buffer.concat(chunks)
    const body = storeImage(bodies, chunks)
    expect(bodies.read(body).equals(whole)).toBe(true)
    expect(bodies.read(body, BLOCK - 3, BLOCK + 3).equals(whole.subarray(BLOCK - 3, BLOCK + 3))).toBe(true)
    expect(body.length).toBe(whole.length)
  })

  test('stores copies: neither the sender’s bytes nor what was read change them', () => {
    const bodies = new BodyStore(BUDGET)
    for (const isImage of [true, false]) {
      const chunk = received(100, 1)
      const body = bodies.store([chunk], isImage, vi.fn())
      if (body === undefined) throw new Error('not stored')
      const read = bodies.read(body)
      chunk.fill(9)
      expect(bodies.read(body).equals(received(100, 1))).toBe(true)
      read.fill(8)
      expect(bodies.read(body).equals(received(100, 1))).toBe(true)
    }
  })

  test('what was read stays what it was when the memory is used again', () => {
    const bodies = new BodyStore(BUDGET)
    const body = storeImage(bodies, [received(BUDGET / 2, 1)])
    const read = bodies.read(body)
    for (let fill = 2; fill < 20; fill++) storeImage(bodies, [received(BUDGET / 2, fill)])
    expect(bodies.has(body)).toBe(false)
    expect(read.equals(received(BUDGET / 2, 1))).toBe(true)
  })

  test('holds no more than the budget, drops the oldest images first, and tells of each once', () => {
    const bodies = new BodyStore(BUDGET)
    const answer = bodies.store([received(1_000, 9)], false, vi.fn())
    const drops = Array.from({ length: 30 }, () => vi.fn())
    const stored = drops.map((onDrop, index) => storeImage(bodies, [received(10_000, index)], onDrop))
    expect(bodies.bytes).toBeLessThanOrEqual(BUDGET)
    const alive = stored.filter((body) => bodies.has(body))
    expect(alive.length).toBeGreaterThanOrEqual(4)
    expect(alive).toEqual(stored.slice(-alive.length))
    expect(drops.map((onDrop) => onDrop.mock.calls.length)).toEqual(
      stored.map((body) => (bodies.has(body) ? 0 : 1)),
    )
    for (const [index, body] of stored.entries()) {
      if (bodies.has(body)) expect(bodies.read(body).equals(received(10_000, index))).toBe(true)
    }
    expect(answer !== undefined && bodies.has(answer)).toBe(true)
  })

  test('a body larger than the budget is not stored, and none is dropped for it', () => {
    const bodies = new BodyStore(BUDGET)
    const body = storeImage(bodies, [received(10_000, 1)])
    expect(bodies.store([received(BUDGET + 1, 2)], true, vi.fn())).toBeUndefined()
    expect(bodies.has(body)).toBe(true)
  })

  test('a body that shares chunks with another is no second copy, and outlives it', () => {
    const bodies = new BodyStore(BUDGET)
    const [head, tail] = [received(300, 1), received(20_000, 2)]
    const incoming = storeImage(bodies, [head, tail])
    const before = bodies.bytes
    const other = storeImage(bodies, [head.subarray(0, 100), received(50, 3), tail.subarray(10)])
    expect(bodies.bytes - before).toBeLessThanOrEqual(BLOCK)
    bodies.drop(incoming)
    const filler = storeImage(bodies, [received(30_000, 4)])
    const expected = Buffer.concat([received(100, 1), received(50, 3), received(19_990, 2)])
    expect(bodies.read(other).equals(expected)).toBe(true)
    expect(bodies.read(filler).equals(received(30_000, 4))).toBe(true)
    bodies.drop(other)
    bodies.drop(filler)
    expect(bodies.bytes).toBe(0)
  })

  test('the same chunk is no second copy, but other bytes in its memory are', () => {
    const bodies = new BodyStore(BUDGET)
    const memory = received(2 * BLOCK, 1)
    const photo = memory.subarray(BLOCK)
    const incoming = storeImage(bodies, [photo])
    const before = bodies.bytes
    const outgoing = storeImage(bodies, [photo])
    expect(bodies.bytes).toBe(before)
    photo.fill(2)
    const next = storeImage(bodies, [memory.subarray(BLOCK)])
    expect(bodies.read(incoming).equals(received(BLOCK, 1))).toBe(true)
    expect(bodies.read(outgoing).equals(received(BLOCK, 1))).toBe(true)
    expect(bodies.read(next).equals(received(BLOCK, 2))).toBe(true)
  })

  test('a chunk whose copy was dropped is copied anew', () => {
    const bodies = new BodyStore(BUDGET)
    const chunk = received(5_000, 1)
    bodies.drop(storeImage(bodies, [chunk]))
    storeImage(bodies, [received(5_000, 2)])
    expect(bodies.read(storeImage(bodies, [chunk])).equals(received(5_000, 1))).toBe(true)
  })
})

test('blocks are used again, and only a few empty ones are retained', () => {
  const blocks = new BlockAllocator(10)
  const segments = Array.from({ length: 3 * MAX_SPARE_BLOCKS }, () => blocks.copy(received(10, 1)))
  const memory = new Set(segments.map((segment) => segment.buffer))
  expect(memory.size).toBe(3 * MAX_SPARE_BLOCKS)
  for (const segment of segments) blocks.release(segment)
  expect(blocks.bytes).toBe(0)
  const again = Array.from({ length: 2 * MAX_SPARE_BLOCKS }, () => blocks.copy(received(10, 2)))
  expect(again.filter((segment) => memory.has(segment.buffer))).toHaveLength(MAX_SPARE_BLOCKS)
})
