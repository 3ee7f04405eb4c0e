import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_SMALL_CHUNKS, SMALL_CHUNK_BYTES } from '../../../src-main/predict/limits.ts'
import { ChunkCollector } from '../../../src-main/predict/chunk-collector.ts'

const collect = (chunks: readonly Buffer[]): Buffer[] => {
  const collected = new ChunkCollector()
  for (const chunk of chunks) collected.add(chunk)
  return collected.take()
}

test('all bytes stay in their order, in few chunks', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 3 * SMALL_CHUNK_BYTES }))
  fc.assert(
    fc.property(fc.array(size, { maxLength: 300 }), (sizes) => {
      const chunks = sizes.map((length, index) => Buffer.alloc(length, index))
      const collected = collect(chunks)
      expect(Buffer.concat(collected).equals(Buffer.concat(chunks))).toBe(true)
      const large = chunks.filter(({ length }) => length >= SMALL_CHUNK_BYTES).length
      const bytes = Buffer.concat(chunks).length
      expect(collected.length).toBeLessThanOrEqual(2 * large + bytes / SMALL_CHUNK_BYTES + 1)
    }),
  )
})

test('a chunk alone, and a large one, are not copied', () => {
  const query = Buffer.from('a search query')
  const photo = Array.from({ length: 3 }, () => Buffer.alloc(SMALL_CHUNK_BYTES))
  expect(collect([query])[0]).toBe(query)
  expect(collect([query, ...photo]).every((chunk, index) => chunk === [query, ...photo][index])).toBe(true)
  expect(collect(Array.from({ length: MAX_SMALL_CHUNKS - 1 }, () => query))).toHaveLength(1)
})
