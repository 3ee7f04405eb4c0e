import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SEARCHED_TAIL_BYTES, SMALL_BODY_BYTES, USUAL_HEAD_BYTES } from '../../../src-main/wire/limits.ts'
import { findEntries, immichBoundaries } from '../../../src-main/wire/immich-layout.ts'
import { readPredictionBody } from '../../../src-main/wire/prediction-body.ts'
import { readGeneralLayout } from '../../../src-main/wire/general-layout.ts'
import { forwardedHeaders, hopsOf } from '../../../src-main/wire/headers.ts'
import { boundaryOf, isMultipart } from '../../../src-main/wire/multipart.ts'
import { findParts } from '../../../src-main/traffic/describe.ts'
import { findAll, joinChunks, sliceChunks, type Bytes } from '../../../src-main/wire/bytes.ts'
import { multipartBody, splitAt, type Part } from '../../support/multipart.ts'

const ENTRIES = '{"clip":{"visual":{"modelName":"m"}}}'
const BOUNDARY = '----formdata-undici-043847285935'
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`

const image = (content: Buffer): Part => ({
  name: 'image',
  filename: 'blob',
  contentType: 'application/octet-stream',
  content,
})
const immichLayout = (content: Buffer): Buffer =>
  multipartBody(BOUNDARY, [{ name: 'entries', content: Buffer.from(ENTRIES) }, image(content)])

const bytesOf = (chunks: Buffer[]): Bytes => ({
  chunks,
  length: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
})
const whole = (bytes: Bytes): Buffer => Buffer.concat(bytes.chunks)
const scanned = (body: Buffer) => findEntries(bytesOf([body]), BOUNDARY)

describe('findEntries', () => {
  test('finds entries in the layout that Immich sends', () => {
    const body = immichLayout(Buffer.from('picture'))
    const range = scanned(body)
    expect(body.toString('utf8', range?.start, range?.end)).toBe(ENTRIES)
  })

  test('finds the same whatever the pieces', () => {
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
        image(Buffer.alloc(50_000)),
      ])
      const range = scanned(body)
      expect(body.subarray(range?.start, range?.end).equals(entries)).toBe(true)
    }
  })

  test.each([
    [
      'another first part',
      multipartBody(BOUNDARY, [image(Buffer.from('x')), { name: 'entries', content: Buffer.from(ENTRIES) }]),
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
        image(Buffer.alloc(200_000, 1)),
      ]),
    ],
    [
      'a second entries before a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        { name: 'entries', content: Buffer.from('{}') },
        image(Buffer.alloc(200_000, 1)),
      ]),
    ],
    [
      'a second entries behind a small picture, before a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        image(Buffer.alloc(10_000, 1)),
        { name: 'entries', content: Buffer.from('{}') },
        image(Buffer.alloc(200_000, 1)),
      ]),
    ],
    [
      'a second entries behind a photo',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        image(Buffer.alloc(200_000, 1)),
        { name: 'entries', content: Buffer.from('{}') },
      ]),
    ],
    [
      'a large part of another name',
      multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        { name: 'entries', content: Buffer.from(`{${' '.repeat(30_000)}}`) },
        image(Buffer.alloc(200_000, 1)),
      ]),
    ],
    ['no last boundary', immichLayout(Buffer.from('x')).subarray(0, -6)],
    ['nothing', Buffer.alloc(0)],
  ])('leaves %s to the general way', (_what, body) => {
    expect(scanned(body)).toBeUndefined()
  })

  test.each([16_000, 16_300, 16_384, 16_500, 17_000, 20_000, 33_000, 200_000])(
    'takes a photo of %d bytes as it is, whatever the pieces',
    (size) => {
      const body = immichLayout(Buffer.alloc(size, '\r\n--'))
      expect(scanned(body)).toBeDefined()
      expect(findEntries(bytesOf(splitAt(body, [150, 200, 9_000, 16_400])), BOUNDARY)).toEqual(scanned(body))
      const unended = multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(ENTRIES) },
        image(Buffer.alloc(size)),
      ]).subarray(0, -2)
      expect(scanned(unended)).toBeDefined()
    },
  )

  test('an empty value is found as empty', () => {
    const body = multipartBody(BOUNDARY, [
      { name: 'entries', content: Buffer.alloc(0) },
      image(Buffer.from('x')),
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
      const bytes = bytesOf([multipartBody(BOUNDARY, [entries, image(Buffer.alloc(size)), more])])
      return findParts(bytes.chunks, bytes.length, BOUNDARY).map(({ name }) => name)
    }
    expect(hidden(1_000)).toEqual(['entries', 'image', 'text'])
    expect(hidden(50_000)).toEqual(['entries', 'image'])
  })

  test('there are none of another layout: its parts are searched for', () => {
    const content = Buffer.alloc(50_000)
    const body = multipartBody(BOUNDARY, [image(content), { name: 'entries', content: Buffer.from(ENTRIES) }])
    const bytes = bytesOf([body])
    expect(immichBoundaries(bytes, BOUNDARY)).toBeUndefined()
    expect(findParts(bytes.chunks, bytes.length, BOUNDARY).map(({ name }) => name)).toEqual([
      'image',
      'entries',
    ])
  })
})

describe('both ways of reading a body', () => {
  const content = Buffer.from(
    `\xff\xd8 bytes --${BOUNDARY}\r\n and \r\n--${BOUNDARY.slice(0, -1)}\r\n more`,
    'latin1',
  )

  test('read the same entries and hand on the same parts', async () => {
    const bytes = bytesOf(splitAt(immichLayout(content), [10, 90, 200]))
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
      expect(picture?.equals(content)).toBe(true)
    }
  })

  test('with all entries the received bytes are the sent ones, not even copied', async () => {
    const bytes = bytesOf(splitAt(immichLayout(content), [50]))
    const sent = await (await readPredictionBody(bytes, TYPE)).withEntries()
    expect(sent.chunks).toBe(bytes.chunks)
    expect(sent.contentType).toBe(TYPE)
  })

  test('swapping the entries changes nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(400)), fc.json(), async (cuts, json) => {
        const body = immichLayout(content)
        const sent = await (await readPredictionBody(bytesOf(splitAt(body, cuts)), TYPE)).withEntries(json)
        const expected = Buffer.from(
          body.toString('latin1').replace(ENTRIES, () => Buffer.from(json).toString('latin1')),
          'latin1',
        )
        expect(whole(sent).equals(expected)).toBe(true)
        expect(sent.length).toBe(expected.length)
      }),
    )
  })

  test('the general way finds the same in whatever pieces the bytes come', async () => {
    const body = multipartBody(BOUNDARY, [image(content), { name: 'entries', content: Buffer.from(ENTRIES) }])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(body.length)), async (cuts) => {
        const found = await readGeneralLayout(bytesOf(splitAt(body, cuts)), TYPE)
        expect(found.entriesText).toBe(ENTRIES)
        const sent = await found.withEntries()
        const form = await new Response(new Uint8Array(whole(sent)), {
          headers: { 'content-type': sent.contentType },
        }).formData()
        const bytes = Buffer.from(await (form.get('image') as File).arrayBuffer())
        expect(bytes.equals(content)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('the general way keeps names, file names, types, repeated and bracketed fields', async () => {
    const body = multipartBody(BOUNDARY, [
      { name: 'image', filename: 'größe.jpg', contentType: 'image/jpeg', content },
      { name: 'text', content: Buffer.from('Grüße 世界') },
      { name: 'a[b]', content: Buffer.from('1') },
      { name: 'twice', content: Buffer.from('1') },
      { name: 'twice', content: Buffer.from('2') },
      { name: 'entries', content: Buffer.from(ENTRIES) },
    ])
    const sent = await (await readPredictionBody(bytesOf([body]), TYPE)).withEntries()
    const form = await new Response(new Uint8Array(whole(sent)), {
      headers: { 'content-type': sent.contentType },
    }).formData()
    const file = form.get('image') as File
    expect([file.name, file.type, file.size]).toEqual(['größe.jpg', 'image/jpeg', content.length])
    expect([form.get('text'), form.get('a[b]'), form.getAll('twice'), form.get('entries')]).toEqual([
      'Grüße 世界',
      '1',
      ['1', '2'],
      ENTRIES,
    ])
  })

  test.each([
    ['text/plain', 415],
    ['', 415],
    ['multipart/mixed; boundary=x', 415],
    ['multipart/form-data', 400],
  ])('refuses the content type %j with %d', async (type, status) => {
    const reading = async () => readPredictionBody(bytesOf([immichLayout(content)]), type)
    await expect(reading()).rejects.toMatchObject({ status })
  })

  test('refuses a body without entries, and one that is cut off, with 400', async () => {
    const without = multipartBody(BOUNDARY, [image(content)])
    const read = async (body: Buffer) => readPredictionBody(bytesOf([body]), TYPE)
    await expect(read(without)).rejects.toMatchObject({ code: 'ENTRIES_MISSING', status: 400 })
    const cut = immichLayout(content)
    await expect(read(cut.subarray(0, cut.length - 30))).rejects.toMatchObject({ status: 400 })
    await expect(read(Buffer.from('no multipart at all'))).rejects.toMatchObject({ status: 400 })
  })
})

describe('bytes in pieces', () => {
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

test('boundaries, quoted and not', () => {
  expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc')
  expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b;c"')).toBe('a b;c')
  expect(boundaryOf('multipart/form-data')).toBeUndefined()
  expect(isMultipart('Multipart/Form-Data; boundary=x')).toBe(true)
  expect(isMultipart('multipart/form-datax')).toBe(false)
})

test('forwarded headers leave out hop-by-hop headers, credentials, and what Connection names', () => {
  const raw = ['Host', 'x', 'Accept', '*/*', 'Authorization', 'Basic x', 'Cookie', 'a=b', 'X-Api-Key', 'k']
  const more = [
    'Transfer-Encoding',
    'chunked',
    'X-Once',
    '1',
    'Traceparent',
    '00-1',
    'Accept-Encoding',
    'gzip',
  ]
  expect(forwardedHeaders([...raw, ...more], 'close, X-Once', 'me')).toEqual([
    'x-immich-ml-proxy-hops',
    'me',
    'accept',
    '*/*',
    'traceparent',
    '00-1',
  ])
  expect(hopsOf('a, b,')).toEqual(['a', 'b'])
  expect(hopsOf(undefined)).toEqual([])
})
