import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SEARCHED_TAIL_BYTES, SMALL_BODY_BYTES, USUAL_HEAD_BYTES } from '../../../src-main/wire/limits.ts'
import { findEntries, immichBoundaries } from '../../../src-main/wire/immich-layout.ts'
import { findParts } from '../../../src-main/traffic/describe.ts'
import { findAll } from '../../../src-main/wire/bytes.ts'
import { multipartBody, splitAt } from '../../support/multipart.ts'
import { BOUNDARY, bytesOf, ENTRIES, imagePart, immichLayout } from '../../support/prediction-bodies.ts'

const scanned = (body: Buffer) => findEntries(bytesOf([body]), BOUNDARY)

describe('findEntries', () => {
  test('finds entries in the layout that Immich sends', () => {
    const body = immichLayout(Buffer.from('picture'))
    const range = scanned(body)
    expect(body.toString('utf8', range?.start, range?.end)).toBe(ENTRIES)
  })

  test('finds the same whatever the chunks', () => {
    const content = Buffer.from(`picture\r\n--${BOUNDARY.slice(0, 10)}\r\n--`)
    const body = immichLayout(content)
    const expected = scanned(body)
    fc.assert(
      fc.property(fc.array(fc.nat(body.length)), (cuts) => {
        expect(findEntries(bytesOf(splitAt(body, cuts)), BOUNDARY)).toEqual(expected)
      }),
    )
  })

  test('finds entries of any length, also where they end beyond the usual bytes', () => {
    for (let length = USUAL_HEAD_BYTES - 200; length < USUAL_HEAD_BYTES + 50; length++) {
      const entries = Buffer.from(ENTRIES.padEnd(length))
      const body = multipartBody(BOUNDARY, [
        { name: 'entries', content: entries },
        imagePart(Buffer.alloc(50_000)),
      ])
      const range = scanned(body)
      expect(body.subarray(range?.start, range?.end).equals(entries)).toBe(true)
    }
  })

  test.each([
    [
      'another first part',
      multipartBody(BOUNDARY, [
        imagePart(Buffer.from('x')),
        { name: 'entries', content: Buffer.from(ENTRIES) },
      ]),
    ],
    [
      'entries as a file',
      multipartBody(BOUNDARY, [{ name: 'entries', filename: 'e.json', content: Buffer.from(ENTRIES) }]),
    ],
    ['a preamble', Buffer.concat([Buffer.from('hello\r\n'), immichLayout(Buffer.from('x'))])],
    [
      'an encoded part',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES), headers: ['Content-Transfer-Encoding: base64'] },
      ]),
    ],
    [
      'a hundred small parts before a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        ...Array.from({ length: 100 }, () => ({ name: 'f', content: Buffer.from('x') })),
        imagePart(Buffer.alloc(200_000, 1)),
      ]),
    ],
    [
      'a second entries before a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        { name: 'entries', content: Buffer.from('{}') },
        imagePart(Buffer.alloc(200_000, 1)),
      ]),
    ],
    [
      'a second entries behind a small picture, before a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        imagePart(Buffer.alloc(10_000, 1)),
        { name: 'entries', content: Buffer.from('{}') },
        imagePart(Buffer.alloc(200_000, 1)),
      ]),
    ],
    [
      'a second entries behind a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        imagePart(Buffer.alloc(200_000, 1)),
        { name: 'entries', content: Buffer.from('{}') },
      ]),
    ],
    [
      'a large part of another name',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        { name: 'entries', content: Buffer.from(`{${' '.repeat(30_000)}}`) },
        imagePart(Buffer.alloc(200_000, 1)),
      ]),
    ],
    ['no last boundary', immichLayout(Buffer.from('x')).subarray(0, -6)],
    ['nothing', Buffer.alloc(0)],
  ])('leaves %s to the general way', (_what, body) => {
    expect(scanned(body)).toBeUndefined()
  })

  test.each([16_000, 16_300, 16_384, 16_500, 17_000, 20_000, 33_000, 200_000])(
    'takes a photo of %d bytes as it is, whatever the chunks',
    (size) => {
      const body = immichLayout(Buffer.alloc(size, '\r\n--'))
      expect(scanned(body)).toBeDefined()
      expect(findEntries(bytesOf(splitAt(body, [150, 200, 9_000, 16_400])), BOUNDARY)).toEqual(scanned(body))
      const unended = multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        imagePart(Buffer.alloc(size)),
      ]).subarray(0, -2)
      expect(scanned(unended)).toBeDefined()
    },
  )

  test('an empty value is found as empty', () => {
    const body = multipartBody(BOUNDARY, [
      { name: 'entries', content: Buffer.alloc(0) },
      imagePart(Buffer.from('x')),
    ])
    const range = scanned(body)
    expect(range?.end).toBe(range?.start)
    expect(range).toBeDefined()
  })
})

describe('immichBoundaries', () => {
  const delimiter = Buffer.from(`\r\n--${BOUNDARY}`)

  test('are those that a search of the whole body finds', () => {
    const contents = [0, 1, 500, SMALL_BODY_BYTES, SMALL_BODY_BYTES + SEARCHED_TAIL_BYTES, 70_000]
    fc.assert(
      fc.property(
        fc.constantFrom(...contents),
        fc.boolean(),
        fc.array(fc.nat(70_000)),
        (size, hasEnd, cuts) => {
          const body = immichLayout(Buffer.alloc(size, 'x'))
          const bytes = bytesOf(splitAt(hasEnd ? body : body.subarray(0, -2), cuts))
          const boundaries = immichBoundaries(bytes, BOUNDARY)
          expect(boundaries).toEqual(findAll(bytes.chunks, delimiter))
          expect(boundaries).toHaveLength(2)
        },
      ),
    )
  })

  test('entries alone have one', () => {
    const body = multipartBody(BOUNDARY, [{ name: 'entries', content: Buffer.from(ENTRIES) }])
    const bytes = bytesOf([body])
    expect(immichBoundaries(bytes, BOUNDARY)).toEqual(findAll(bytes.chunks, delimiter))
  })

  test('what hides in the middle of a photo counts as part of it, as when it is relayed', () => {
    const more = { name: 'text', content: Buffer.alloc(SEARCHED_TAIL_BYTES + 1_000) }
    const hidden = (size: number): string[] => {
      const entries = { name: 'entries', content: Buffer.from(ENTRIES) }
      const bytes = bytesOf([multipartBody(BOUNDARY, [entries, imagePart(Buffer.alloc(size)), more])])
      return findParts(bytes.chunks, bytes.length, BOUNDARY).map(({ name }) => name)
    }
    expect(hidden(1_000)).toEqual(['entries', 'image', 'text'])
    expect(hidden(50_000)).toEqual(['entries', 'image'])
  })

  test('there are none of another layout: its parts are searched for', () => {
    const content = Buffer.alloc(50_000)
    const body = multipartBody(BOUNDARY, [
      imagePart(content),
      { name: 'entries', content: Buffer.from(ENTRIES) },
    ])
    const bytes = bytesOf([body])
    expect(immichBoundaries(bytes, BOUNDARY)).toBeUndefined()
    expect(findParts(bytes.chunks, bytes.length, BOUNDARY).map(({ name }) => name)).toEqual([
      'image',
      'entries',
    ])
  })
})
