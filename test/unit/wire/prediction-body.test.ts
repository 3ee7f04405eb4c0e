import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPredictionBody } from '../../../src-main/wire/prediction-body.ts'
import { readGeneralLayout } from '../../../src-main/wire/general-layout.ts'
import { boundaryOf } from '../../../src-main/wire/multipart.ts'
import { findParts } from '../../../src-main/traffic/describe.ts'
import { joinChunks } from '../../../src-main/wire/bytes.ts'
import { multipartBody, splitAt } from '../../support/multipart.ts'
import {
  BOUNDARY,
  bytesOf,
  ENTRIES,
  imagePart,
  immichLayout,
  joined,
  TRICKY_IMAGE,
  TYPE,
} from '../../support/prediction-bodies.ts'

describe('both ways of reading a body', () => {
  test('read the same entries and hand on the same parts', () => {
    const bytes = bytesOf(splitAt(immichLayout(TRICKY_IMAGE), [10, 90, 200]))
    const fast = readPredictionBody(bytes, TYPE)
    const general = readGeneralLayout(bytes, TYPE)
    expect(fast.entriesText).toBe(ENTRIES)
    expect(general.entriesText).toBe(ENTRIES)
    for (const body of [fast, general]) {
      const sent = body.withEntries('{"ocr":{}}')
      // Node's own parser stops at the boundary's text inside the picture; the description does not.
      const parts = findParts(sent.chunks, sent.length, boundaryOf(sent.contentType) ?? '')
      expect(parts.map(({ name }) => name)).toEqual(['entries', 'image'])
      const [entries, picture] = parts.map(({ start, end }) => joinChunks(sent.chunks, start, end))
      expect(entries?.toString()).toBe('{"ocr":{}}')
      expect(picture?.equals(TRICKY_IMAGE)).toBe(true)
    }
  })

  test('with all entries the received bytes are the sent ones, not even copied', () => {
    const bytes = bytesOf(splitAt(immichLayout(TRICKY_IMAGE), [50]))
    const sent = readPredictionBody(bytes, TYPE).withEntries()
    expect(sent.chunks).toBe(bytes.chunks)
    expect(sent.contentType).toBe(TYPE)
  })

  test('swapping the entries changes nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400)), fc.json(), (cuts, json) => {
        const body = immichLayout(TRICKY_IMAGE)
        const sent = readPredictionBody(bytesOf(splitAt(body, cuts)), TYPE).withEntries(json)
        const expected = Buffer.from(
          body.toString('latin1').replace(ENTRIES, () => Buffer.from(json).toString('latin1')),
          'latin1',
        )
        expect(joined(sent).equals(expected)).toBe(true)
        expect(sent.length).toBe(expected.length)
      }),
    )
  })

  test.each([
    ['text/plain', 415],
    ['', 415],
    ['multipart/mixed; boundary=x', 415],
    ['multipart/form-data', 400],
  ])('refuses the content type %j with %d', (type, status) => {
    const reading = () => readPredictionBody(bytesOf([immichLayout(TRICKY_IMAGE)]), type)
    expect(reading).toThrow(expect.objectContaining({ status }) as Error)
  })

  test('refuses a body without entries, and one that is cut off, with 400', () => {
    const refusal = (fields: object): Error => expect.objectContaining({ status: 400, ...fields }) as Error
    const read = (body: Buffer) => () => readPredictionBody(bytesOf([body]), TYPE)
    const without = multipartBody(BOUNDARY, [imagePart(TRICKY_IMAGE)])
    expect(read(without)).toThrow(refusal({ code: 'ENTRIES_MISSING' }))
    const cut = immichLayout(TRICKY_IMAGE)
    expect(read(cut.subarray(0, cut.length - 30))).toThrow(refusal({}))
    expect(read(Buffer.from('no multipart at all'))).toThrow(refusal({}))
  })
})
