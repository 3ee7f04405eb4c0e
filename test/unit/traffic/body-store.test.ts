import { describe, expect, test, vi } from 'vitest'
import { MAX_SPARE_SLABS } from '../../../src-main/traffic/limits.ts'
import { BodyStore, type StoredBytes } from '../../../src-main/traffic/body-store.ts'
import { BodySlabs } from '../../../src-main/traffic/body-store-slabs.ts'

const BUDGET = 64_000
const SLAB = BUDGET / 64

/** Bytes in memory of their own, as they come from a socket. */
function received(length: number, fill: number): Buffer {
  return Buffer.from(new Uint8Array(length).fill(fill).buffer)
}

function keepImage(bodies: BodyStore, chunks: readonly Buffer[], onDrop = vi.fn()): StoredBytes {
  const body = bodies.keep(chunks, true, onDrop)
  if (body === undefined) throw new Error('not kept')
  return body
}

describe('BodyStore', () => {
  test('gives back what it was given, whatever the pieces, whole and in part', () => {
    const bodies = new BodyStore(BUDGET)
    const chunks = [received(1, 1), received(SLAB - 1, 2), received(3 * SLAB + 7, 3), received(5, 4)]
    const whole = Buffer.concat(chunks)
    const body = keepImage(bodies, chunks)
    expect(bodies.read(body).equals(whole)).toBe(true)
    expect(bodies.read(body, SLAB - 3, SLAB + 3).equals(whole.subarray(SLAB - 3, SLAB + 3))).toBe(true)
    expect(body.length).toBe(whole.length)
  })

  test('keeps copies: neither the sender’s bytes nor what was read change them', () => {
    const bodies = new BodyStore(BUDGET)
    for (const isImage of [true, false]) {
      const chunk = received(100, 1)
      const body = bodies.keep([chunk], isImage, vi.fn())
      if (body === undefined) throw new Error('not kept')
      const read = bodies.read(body)
      chunk.fill(9)
      expect(bodies.read(body).equals(received(100, 1))).toBe(true)
      read.fill(8)
      expect(bodies.read(body).equals(received(100, 1))).toBe(true)
    }
  })

  test('what was read stays what it was when the memory is used again', () => {
    const bodies = new BodyStore(BUDGET)
    const body = keepImage(bodies, [received(BUDGET / 2, 1)])
    const read = bodies.read(body)
    for (let fill = 2; fill < 20; fill++) keepImage(bodies, [received(BUDGET / 2, fill)])
    expect(bodies.has(body)).toBe(false)
    expect(read.equals(received(BUDGET / 2, 1))).toBe(true)
  })

  test('holds no more than the budget, drops the oldest images first, and tells of each once', () => {
    const bodies = new BodyStore(BUDGET)
    const answer = bodies.keep([received(1_000, 9)], false, vi.fn())
    const drops = Array.from({ length: 30 }, () => vi.fn())
    const kept = drops.map((onDrop, index) => keepImage(bodies, [received(10_000, index)], onDrop))
    expect(bodies.bytes).toBeLessThanOrEqual(BUDGET)
    const alive = kept.filter((body) => bodies.has(body))
    expect(alive.length).toBeGreaterThanOrEqual(4)
    expect(alive).toEqual(kept.slice(-alive.length))
    expect(drops.map((onDrop) => onDrop.mock.calls.length)).toEqual(
      kept.map((body) => (bodies.has(body) ? 0 : 1)),
    )
    for (const [index, body] of kept.entries()) {
      if (bodies.has(body)) expect(bodies.read(body).equals(received(10_000, index))).toBe(true)
    }
    expect(answer !== undefined && bodies.has(answer)).toBe(true)
  })

  test('a body larger than the budget is not kept, and nothing goes for it', () => {
    const bodies = new BodyStore(BUDGET)
    const body = keepImage(bodies, [received(10_000, 1)])
    expect(bodies.keep([received(BUDGET + 1, 2)], true, vi.fn())).toBeUndefined()
    expect(bodies.has(body)).toBe(true)
  })

  test('a body that shares pieces with another is no second copy, and outlives it', () => {
    const bodies = new BodyStore(BUDGET)
    const [head, tail] = [received(300, 1), received(20_000, 2)]
    const incoming = keepImage(bodies, [head, tail])
    const before = bodies.bytes
    const other = keepImage(bodies, [head.subarray(0, 100), received(50, 3), tail.subarray(10)])
    expect(bodies.bytes - before).toBeLessThanOrEqual(SLAB)
    bodies.drop(incoming)
    const filler = keepImage(bodies, [received(30_000, 4)])
    const expected = Buffer.concat([received(100, 1), received(50, 3), received(19_990, 2)])
    expect(bodies.read(other).equals(expected)).toBe(true)
    expect(bodies.read(filler).equals(received(30_000, 4))).toBe(true)
    bodies.drop(other)
    bodies.drop(filler)
    expect(bodies.bytes).toBe(0)
  })

  test('the same piece is no second copy, but other bytes in its memory are', () => {
    const bodies = new BodyStore(BUDGET)
    const lots = received(2 * SLAB, 1)
    const photo = lots.subarray(SLAB)
    const incoming = keepImage(bodies, [photo])
    const before = bodies.bytes
    const outgoing = keepImage(bodies, [photo])
    expect(bodies.bytes).toBe(before)
    photo.fill(2)
    const next = keepImage(bodies, [lots.subarray(SLAB)])
    expect(bodies.read(incoming).equals(received(SLAB, 1))).toBe(true)
    expect(bodies.read(outgoing).equals(received(SLAB, 1))).toBe(true)
    expect(bodies.read(next).equals(received(SLAB, 2))).toBe(true)
  })

  test('a piece whose copy was dropped is copied anew', () => {
    const bodies = new BodyStore(BUDGET)
    const chunk = received(5_000, 1)
    bodies.drop(keepImage(bodies, [chunk]))
    keepImage(bodies, [received(5_000, 2)])
    expect(bodies.read(keepImage(bodies, [chunk])).equals(received(5_000, 1))).toBe(true)
  })
})

test('slabs are used again, and only a few wait empty', () => {
  const slabs = new BodySlabs(10)
  const pieces = Array.from({ length: 3 * MAX_SPARE_SLABS }, () => slabs.copy(received(10, 1)))
  const memory = new Set(pieces.map((piece) => piece.buffer))
  expect(memory.size).toBe(3 * MAX_SPARE_SLABS)
  for (const piece of pieces) slabs.release(piece)
  expect(slabs.bytes).toBe(0)
  const again = Array.from({ length: 2 * MAX_SPARE_SLABS }, () => slabs.copy(received(10, 2)))
  expect(again.filter((piece) => memory.has(piece.buffer))).toHaveLength(MAX_SPARE_SLABS)
})
