import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LOT_BYTES, LOT_QUARANTINE_MS, LOTS, SMALL_BODY_BYTES } from '../../src-main/defaults.ts'
import { Lots } from '../../src-main/predict/lots.ts'

const PHOTO = 500_000
let lots: Lots

beforeEach(() => {
  vi.useFakeTimers()
  lots = new Lots()
})
afterEach(() => vi.useRealTimers())

/** Takes a lot that must be there. */
function take(): Buffer {
  const lot = lots.take(PHOTO)
  if (lot === undefined) throw new Error('no lot')
  return lot
}

test('bodies get as many bytes as they have, none of another one', () => {
  const taken = Array.from({ length: LOTS }, take)
  taken.forEach((lot, index) => lot.fill(index))
  for (const [index, lot] of taken.entries()) {
    expect(lot).toHaveLength(PHOTO)
    expect(lot.equals(Buffer.alloc(PHOTO, index))).toBe(true)
  }
  expect(lots.take(PHOTO)).toBeUndefined()
})

test('texts and very large photos get none', () => {
  expect([SMALL_BODY_BYTES, LOT_BYTES + 1].map((length) => lots.take(length))).toEqual([undefined, undefined])
  expect(lots.take(LOT_BYTES)).toHaveLength(LOT_BYTES)
})

test('what was given back last is used first', () => {
  const [first, second] = [take(), take()]
  lots.give(first)
  lots.give(second)
  expect([take().byteOffset, take().byteOffset]).toEqual([second.byteOffset, first.byteOffset])
})

test('what may still be sent is used by nobody else for a while', () => {
  const lot = take()
  lots.giveLater(lot)
  const others = Array.from({ length: LOTS - 1 }, take)
  expect(others.map((other) => other.byteOffset)).not.toContain(lot.byteOffset)
  expect(lots.take(PHOTO)).toBeUndefined()
  vi.advanceTimersByTime(LOT_QUARANTINE_MS)
  expect(take().byteOffset).toBe(lot.byteOffset)
})

test('the memory goes back when no lot is used, and comes again', () => {
  expect(lots.letGo(), 'there is none yet').toBe(true)
  const [first, second] = [take(), take()]
  const block = first.buffer
  lots.give(first)
  expect(lots.letGo()).toBe(false)
  lots.giveLater(second)
  expect(lots.letGo(), 'something of it may still be sent').toBe(false)
  expect(take().buffer).toBe(block)
  lots.give(first)
  vi.advanceTimersByTime(LOT_QUARANTINE_MS)
  expect(lots.letGo()).toBe(true)
  const next = take()
  expect(next).toHaveLength(PHOTO)
  expect(next.buffer).not.toBe(block)
  expect(Array.from({ length: LOTS }, () => lots.take(PHOTO)?.buffer)).toEqual([
    ...Array.from({ length: LOTS - 1 }, () => next.buffer),
    undefined,
  ])
})
