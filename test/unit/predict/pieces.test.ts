import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_SMALL_PIECES, SMALL_PIECE_BYTES } from '../../../src-main/predict/limits.ts'
import { Pieces } from '../../../src-main/predict/pieces.ts'

const collect = (pieces: readonly Buffer[]): Buffer[] => {
  const collected = new Pieces()
  for (const piece of pieces) collected.add(piece)
  return collected.take()
}

test('all bytes stay in their order, in few pieces', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 3 * SMALL_PIECE_BYTES }))
  fc.assert(
    fc.property(fc.array(size, { maxLength: 300 }), (sizes) => {
      const pieces = sizes.map((length, index) => Buffer.alloc(length, index))
      const collected = collect(pieces)
      expect(Buffer.concat(collected).equals(Buffer.concat(pieces))).toBe(true)
      const large = pieces.filter(({ length }) => length >= SMALL_PIECE_BYTES).length
      const bytes = Buffer.concat(pieces).length
      expect(collected.length).toBeLessThanOrEqual(2 * large + bytes / SMALL_PIECE_BYTES + 1)
    }),
  )
})

test('a piece alone, and a large one, are not copied', () => {
  const query = Buffer.from('a search query')
  const photo = Array.from({ length: 3 }, () => Buffer.alloc(SMALL_PIECE_BYTES))
  expect(collect([query])[0]).toBe(query)
  expect(collect([query, ...photo]).every((piece, index) => piece === [query, ...photo][index])).toBe(true)
  expect(collect(Array.from({ length: MAX_SMALL_PIECES - 1 }, () => query))).toHaveLength(1)
})
