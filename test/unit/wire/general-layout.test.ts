/** Bodies in another layout than Immich's: what goes on to a backend is what came, `entries` apart. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readGeneralLayout } from '../../../src-main/wire/general-layout.ts'
import {
  MAX_BOUNDARY_LINES,
  MAX_PART_HEADER_BYTES,
  MAX_PARTS,
  MAX_TEXT_BYTES,
} from '../../../src-main/wire/limits.ts'
import { boundaryOf } from '../../../src-main/wire/multipart.ts'
import { readPredictionBody } from '../../../src-main/wire/prediction-body.ts'
import { findParts } from '../../../src-main/traffic/describe.ts'
import { multipartBody, splitAt, type Part } from '../../support/multipart.ts'

const B = 'xBOUNDARYx'
const TYPE = `multipart/form-data; boundary=${B}`
const ENTRIES: Part = { name: 'entries', content: Buffer.from('{"clip":{"visual":{"modelName":"m"}}}') }
/** No text in any encoding. */
const BYTES = Buffer.from([0xff, 0xd8, 0x00, 0x0d, 0x0a, 0x2d, 0x2d, 0xff, 0xc3, 0x28, 0x0d, 0x0a])

/** The parts that a backend gets: header lines and content, each byte a character. */
function sent(body: Buffer | string, entries?: string): string[] {
  const bytes = Buffer.from(body as string, 'latin1')
  const out = readPredictionBody({ chunks: [bytes], length: bytes.length }, TYPE).withEntries(entries)
  const whole = Buffer.concat(out.chunks).toString('latin1')
  expect(whole.length).toBe(out.length)
  const boundary = boundaryOf(out.contentType) ?? ''
  const [before, ...parts] = `\r\n${whole}`.split(`\r\n--${boundary}`)
  expect([before, parts.pop()]).toEqual(['', '--\r\n'])
  return parts.map((part) => part.slice(2))
}
const OWN = `Content-Disposition: form-data; name="entries"\r\n\r\n${ENTRIES.content.toString()}`

describe('a part before entries', () => {
  test('is an image, also with an empty file name', () => {
    const image: Part = { name: 'image', filename: '', contentType: 'image/jpeg', content: BYTES }
    const body = multipartBody(B, [image, ENTRIES])
    const header = 'Content-Disposition: form-data; name="image"; filename=""\r\nContent-Type: image/jpeg'
    expect(sent(body)).toEqual([OWN, `${header}\r\n\r\n${BYTES.toString('latin1')}`])
    const out = readPredictionBody({ chunks: [body], length: body.length }, TYPE).withEntries()
    const [, picture] = findParts(out.chunks, out.length, boundaryOf(out.contentType) ?? '')
    expect(picture).toMatchObject({ name: 'image', filename: '', contentType: 'image/jpeg' })
  })

  test('that is a text keeps its bytes, in whatever encoding', () => {
    const text: Part = { name: 'text', content: Buffer.concat([Buffer.from('Grüße '), BYTES]) }
    expect(sent(multipartBody(B, [text, ENTRIES]))[1]).toBe(
      `Content-Disposition: form-data; name="text"\r\n\r\n${text.content.toString('latin1')}`,
    )
  })

  test('keeps all its headers as they are', () => {
    const lines =
      'content-disposition:form-data;  name=text\r\nContent-Type: text/plain; charset=utf-16\r\nX-Odd: \xe4'
    expect(sent(`--${B}\r\n${lines}\r\n\r\nhello\r\n${multipartBody(B, [ENTRIES]).toString()}`)[1]).toBe(
      `${lines}\r\n\r\nhello`,
    )
  })

  test('may hold what only looks like a boundary', () => {
    const content = Buffer.from(`x--${B}\r\n and \r\n--${B}more and \r\n--${B.slice(0, -1)}\r\n and ${B}--`)
    expect(sent(multipartBody(B, [{ name: 'image', filename: 'a', content }, ENTRIES]))[1]).toBe(
      `Content-Disposition: form-data; name="image"; filename="a"\r\n\r\n${content.toString()}`,
    )
  })

  test.each([
    ['no content', '--B\r\nContent-Disposition: form-data; name="text"\r\n\r\n\r\n'],
    ['no line break for it either', '--B\r\nContent-Disposition: form-data; name="text"\r\n\r\n'],
  ])('may have %s', (_what, part) => {
    const [, text] = sent(part.replaceAll('--B', `--${B}`) + multipartBody(B, [ENTRIES]).toString())
    expect(text?.startsWith('Content-Disposition: form-data; name="text"\r\n')).toBe(true)
    expect(text?.trimEnd()).toBe('Content-Disposition: form-data; name="text"')
  })

  test('without a name or without headers is left out', () => {
    const nameless = `--${B}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--${B}\r\n\r\nbare\r\n\r\nbare\r\n`
    expect(sent(nameless + multipartBody(B, [ENTRIES]).toString())).toEqual([OWN])
  })
})

test('what stands before the first boundary and behind the last is nothing', () => {
  const body = `preamble\r\n${multipartBody(B, [ENTRIES]).toString()}epilogue\r\n--${B}\r\n`
  expect(sent(body)).toEqual([OWN])
})

test('spaces behind a boundary are part of its line', () => {
  const body = multipartBody(B, [{ name: 'text', content: Buffer.from('x') }, ENTRIES]).toString()
  expect(sent(body.replaceAll(`${B}\r\n`, `${B} \t \r\n`))).toHaveLength(2)
})

test('other entries take the place of all that came, of which the last counts', () => {
  const first: Part = { name: 'entries', content: Buffer.from('{}') }
  const file: Part = { name: 'entries', filename: 'e.json', content: Buffer.from('[]') }
  const body = multipartBody(B, [first, file, ENTRIES])
  expect(sent(body)[0]).toBe(OWN)
  expect(sent(body, '{"ocr":{}}')).toEqual([
    'Content-Disposition: form-data; name="entries"\r\n\r\n{"ocr":{}}',
    'Content-Disposition: form-data; name="entries"; filename="e.json"\r\n\r\n[]',
  ])
})

test('parts with any content, in any pieces, go on byte for byte', () => {
  const content = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))
  // Pieces of boundaries, which random bytes never are.
  const tricky = fc
    .array(fc.constantFrom('\r\n', '--', B, `\r\n--${B.slice(0, 5)}`, '\n', '-', 'a'), { maxLength: 12 })
    .map((pieces) => Buffer.from(pieces.join('')))
    .filter((bytes) => !/\r\n--xBOUNDARYx(?:--|[\t ]*\r\n|$)/.test(`\r\n${bytes.toString('latin1')}\r\n`))
  fc.assert(
    fc.property(
      fc.array(fc.oneof(content, tricky), { maxLength: 4 }),
      fc.array(fc.nat(400)),
      (contents, cuts) => {
        const parts = contents.map((one, index): Part => ({ name: `p${index}`, filename: 'f', content: one }))
        const body = multipartBody(B, [...parts, ENTRIES])
        const found = readGeneralLayout({ chunks: splitAt(body, cuts), length: body.length }, TYPE)
        const out = found.withEntries()
        expect(found.entriesText).toBe(ENTRIES.content.toString())
        const expected = multipartBody(boundaryOf(out.contentType) ?? '', [ENTRIES, ...parts])
        expect(Buffer.concat(out.chunks).equals(expected)).toBe(true)
      },
    ),
  )
})

test('a large image before entries is not copied', () => {
  const image: Part = { name: 'image', filename: 'a', content: Buffer.alloc(10_000_000, 1) }
  const body = multipartBody(B, [image, ENTRIES])
  // Each in memory of its own, as Node hands them over.
  const chunks = splitAt(
    body,
    Array.from({ length: 152 }, (_, index) => (index + 1) * 65_536),
  ).map((piece) => {
    const own = Buffer.allocUnsafeSlow(piece.length)
    piece.copy(own)
    return own
  })
  const received = new Set<ArrayBufferLike>(chunks.map(({ buffer }) => buffer))
  const out = readGeneralLayout({ chunks, length: body.length }, TYPE).withEntries()
  const copied = out.chunks.filter(({ buffer }) => !received.has(buffer))
  expect(copied.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1_000)
})

describe('is refused', () => {
  const read = (body: Buffer | string) => () => sent(body)
  const error = (code: string, status: number, message: string): Error =>
    expect.objectContaining({ code, status, message: expect.stringContaining(message) as string }) as Error

  test('what is cut off, has no boundary, or has a part without headers', () => {
    const whole = multipartBody(B, [{ name: 'text', content: Buffer.from('x') }, ENTRIES])
    for (let length = 0; length < whole.length - 4; length += 7) {
      expect(read(whole.subarray(0, length))).toThrow(error('FORM_BROKEN', 400, 'broken or cut off'))
    }
    expect(read('no multipart')).toThrow(
      error('FORM_BROKEN', 400, 'boundary of the Content-Type is not in it'),
    )
    expect(read(`--${B}\r\nno end of headers\r\n--${B}--`)).toThrow(
      error('FORM_BROKEN', 400, 'a part without headers'),
    )
    const long = `x: ${'y'.repeat(MAX_PART_HEADER_BYTES)}`
    expect(
      read(multipartBody(B, [{ name: 'a', headers: [long], content: Buffer.from('') }, ENTRIES])),
    ).toThrow(error('FORM_BROKEN', 400, 'a part without headers'))
  })

  test('what has no entries, or too much', () => {
    const part: Part = { name: 'a', content: Buffer.from('x') }
    expect(read(multipartBody(B, [part]))).toThrow(error('ENTRIES_MISSING', 400, '"entries" is missing'))
    const many = Array.from({ length: MAX_PARTS }, () => part)
    expect(sent(multipartBody(B, [...many.slice(1), ENTRIES]))).toHaveLength(MAX_PARTS)
    expect(read(multipartBody(B, [...many, ENTRIES]))).toThrow(
      error('FORM_TOO_LARGE', 413, 'more than 100 parts'),
    )
    const tooMuch = Buffer.alloc(MAX_TEXT_BYTES + 1, '\n')
    for (const name of ['entries', 'text', 'n'.repeat(1_000)]) {
      const large = multipartBody(B, [part, { name, content: tooMuch }, ENTRIES])
      const shown = `the field "${name.slice(0, 80)}" has more than 1 MB`
      expect(read(large)).toThrow(error('FORM_TOO_LARGE', 413, shown))
    }
    expect(sent(multipartBody(B, [{ name: 'text', content: tooMuch.subarray(1) }, ENTRIES]))).toHaveLength(2)
    // In Immich's own layout as well.
    const text = multipartBody(B, [ENTRIES, { name: 'text', content: tooMuch }])
    expect(read(text)).toThrow(error('FORM_TOO_LARGE', 413, 'the field "text" has more than 1 MB'))
    const lines = Buffer.from(`\r\n--${B}x`.repeat(MAX_BOUNDARY_LINES))
    const file: Part = { name: 'image', filename: 'a', content: lines }
    expect(read(multipartBody(B, [file, ENTRIES]))).toThrow(
      error('FORM_TOO_LARGE', 413, 'more than 1000 lines begin like the boundary'),
    )
  })
})
