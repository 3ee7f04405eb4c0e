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
  test('read the same entries and hand on the same parts', async () => {
    const bytes = bytesOf(splitAt(immichLayout(TRICKY_IMAGE), [10, 90, 200]))
    const fast = await readPredictionBody(bytes, TYPE)
    const general = await readGeneralLayout(bytes, TYPE)
    expect(fast.entriesText).toBe(ENTRIES)
    expect(general.entriesText).toBe(ENTRIES)
    for (const body of [fast, general]) {
      const sent = await body.withEntries('{"ocr":{}}')
      // Node's own parser stops at the boundary's text inside the picture; the description does not.
      const parts = findParts(sent.chunks, sent.length, boundaryOf(sent.contentType) ?? '')
      expect(parts.map(({ name }) => name)).toEqual(['entries', 'image'])
      const [entries, picture] = parts.map(({ start, end }) => joinChunks(sent.chunks, start, end))
      expect(entries?.toString()).toBe('{"ocr":{}}')
      expect(picture?.equals(TRICKY_IMAGE)).toBe(true)
    }
  })

  test('with all entries the received bytes are the sent ones, not even copied', async () => {
    const bytes = bytesOf(splitAt(immichLayout(TRICKY_IMAGE), [50]))
    const sent = await (await readPredictionBody(bytes, TYPE)).withEntries()
    expect(sent.chunks).toBe(bytes.chunks)
    expect(sent.contentType).toBe(TYPE)
  })

  test('swapping the entries changes nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(400)), fc.json(), async (cuts, json) => {
        const body = immichLayout(TRICKY_IMAGE)
        const sent = await (await readPredictionBody(bytesOf(splitAt(body, cuts)), TYPE)).withEntries(json)
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
  ])('refuses the TRICKY_IMAGE type %j with %d', async (type, status) => {
    const reading = async () => readPredictionBody(bytesOf([immichLayout(TRICKY_IMAGE)]), type)
    await expect(reading()).rejects.toMatchObject({ status })
  })

  test('refuses a body without entries, and one that is cut off, with 400', async () => {
    const without = multipartBody(BOUNDARY, [imagePart(TRICKY_IMAGE)])
    const read = async (body: Buffer) => readPredictionBody(bytesOf([body]), TYPE)
    await expect(read(without)).rejects.toMatchObject({ code: 'ENTRIES_MISSING', status: 400 })
    const cut = immichLayout(TRICKY_IMAGE)
    await expect(read(cut.subarray(0, cut.length - 30))).rejects.toMatchObject({ status: 400 })
    await expect(read(Buffer.from('no multipart at all'))).rejects.toMatchObject({ status: 400 })
  })
})
