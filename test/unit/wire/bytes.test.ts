import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findAll, joinChunks, sliceChunks } from '../../../src-main/wire/bytes.ts'
import { splitAt } from '../../support/multipart.ts'

describe('bytes in chunks', () => {
  test('slices and joins like one buffer', () => {
    const content = Buffer.from('0123456789abcdef')
    fc.assert(
      fc.property(fc.array(fc.nat(16)), fc.nat(16), fc.nat(16), (cuts, from, to) => {
        const chunks = splitAt(content, cuts)
        expect(Buffer.concat(sliceChunks(chunks, from, to)).toString()).toBe(
          content.toString('latin1', from, to),
        )
        expect(joinChunks(chunks, from, to).toString()).toBe(content.toString('latin1', from, to))
      }),
    )
  })

  test('finds every place, across seams too, and each once', () => {
    const content = Buffer.from('ab--x--x-ab--x')
    fc.assert(
      fc.property(fc.array(fc.nat(content.length)), (cuts) => {
        expect(findAll(splitAt(content, cuts), Buffer.from('--x'))).toEqual([2, 5, 11])
      }),
    )
  })
})
