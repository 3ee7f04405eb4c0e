import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPredictionBody } from '../../../src-main/wire/prediction-body.ts'
import { readGeneralLayout } from '../../../src-main/wire/general-layout.ts'
import { multipartBody, splitAt } from '../../support/multipart.ts'
import {
  BOUNDARY,
  bytesOf,
  ENTRIES,
  imagePart,
  joined,
  TRICKY_IMAGE,
  TYPE,
} from '../../support/prediction-bodies.ts'

describe('a body of any layout', () => {
  test('is found the same in whatever pieces the bytes come', async () => {
    const body = multipartBody(BOUNDARY, [
      imagePart(TRICKY_IMAGE),
      { name: 'entries', content: Buffer.from(ENTRIES) },
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(body.length)), async (cuts) => {
        const found = await readGeneralLayout(bytesOf(splitAt(body, cuts)), TYPE)
        expect(found.entriesText).toBe(ENTRIES)
        const sent = await found.withEntries()
        const form = await new Response(new Uint8Array(joined(sent)), {
          headers: { 'content-type': sent.contentType },
        }).formData()
        const bytes = Buffer.from(await (form.get('image') as File).arrayBuffer())
        expect(bytes.equals(TRICKY_IMAGE)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('keeps names, file names, types, repeated and bracketed fields', async () => {
    const body = multipartBody(BOUNDARY, [
      { name: 'image', filename: 'größe.jpg', contentType: 'image/jpeg', content: TRICKY_IMAGE },
      { name: 'text', content: Buffer.from('Grüße 世界') },
      { name: 'a[b]', content: Buffer.from('1') },
      { name: 'twice', content: Buffer.from('1') },
      { name: 'twice', content: Buffer.from('2') },
      { name: 'entries', content: Buffer.from(ENTRIES) },
    ])
    const sent = await (await readPredictionBody(bytesOf([body]), TYPE)).withEntries()
    const form = await new Response(new Uint8Array(joined(sent)), {
      headers: { 'content-type': sent.contentType },
    }).formData()
    const file = form.get('image') as File
    expect([file.name, file.type, file.size]).toEqual(['größe.jpg', 'image/jpeg', TRICKY_IMAGE.length])
    expect([form.get('text'), form.get('a[b]'), form.getAll('twice'), form.get('entries')]).toEqual([
      'Grüße 世界',
      '1',
      ['1', '2'],
      ENTRIES,
    ])
  })
})
