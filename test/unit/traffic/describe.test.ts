import { describe, expect, test } from 'vitest'
import { describeBody, describeHeaders, findParts } from '../../../src-main/traffic/describe.ts'
import { multipartBody, splitAt } from '../../support/multipart.ts'
import { readPhoto } from '../../support/photo.ts'

const BOUNDARY = '----b'
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`
const photo = readPhoto()

test('a header with a long name is cut, and hidden by its whole name', () => {
  const long = `x-${'n'.repeat(300)}`
  expect(describeHeaders([long, 'secret'], new Set([long]))).toEqual({ [long.slice(0, 256)]: '[hidden]' })
})

describe('describeBody', () => {
  test('a multipart body by its parts, found in any pieces', () => {
    const content = Buffer.concat([
      photo.subarray(0, 2_000),
      Buffer.from(`--${BOUNDARY}\r\n`),
      photo.subarray(2_000),
    ])
    const body = multipartBody(BOUNDARY, [
      { name: 'entries', content: Buffer.from('{"clip":{"visual":{}}}') },
      { name: 'image', filename: 'blob', contentType: 'application/octet-stream', content },
    ])
    const chunks = splitAt(body, [3, 50, 51, 120, 2_100, body.length - 4])
    expect(describeBody(chunks, body.length, TYPE).body).toEqual({
      kind: 'multipart',
      contentType: TYPE,
      size: body.length,
      preview: '',
      truncated: true,
      parts: [
        { name: 'entries', contentType: '', size: 22, preview: '{"clip":{"visual":{}}}' },
        { name: 'image', filename: 'blob', contentType: 'application/octet-stream', size: content.length },
      ],
    })
    const part = findParts(chunks, body.length, BOUNDARY)[1]
    expect(body.subarray(part?.start, part?.end).equals(content)).toBe(true)
  })

  test('an empty first part and an empty value', () => {
    const body = multipartBody(BOUNDARY, [
      { name: 'text', content: Buffer.alloc(0) },
      { name: 'entries', content: Buffer.from('{}') },
    ])
    expect(describeBody([body], body.length, TYPE).body.parts).toMatchObject([
      { name: 'text', size: 0, preview: '' },
      { name: 'entries', size: 2, preview: '{}' },
    ])
  })

  test('JSON and text by their beginning, cut between characters; binary not at all', () => {
    const text = Buffer.from('ü'.repeat(1_000))
    const described = describeBody([text], text.length, 'application/json').body
    expect(described).toMatchObject({ kind: 'json', size: 2_000, truncated: true })
    expect(described.preview).toMatch(/^ü{100,}$/)
    expect(describeBody([Buffer.from('pong')], 4, 'text/plain').body).toMatchObject({
      kind: 'text',
      preview: 'pong',
      truncated: false,
    })
    expect(describeBody([photo], photo.length, 'image/jpeg').body).toMatchObject({
      kind: 'binary',
      preview: '',
    })
    expect(describeBody([], 0, 'text/plain').body.kind).toBe('empty')
  })
})

test('secret headers are never kept', () => {
  const raw = [
    'Authorization',
    'Basic s',
    'COOKIE',
    's',
    'Set-Cookie',
    's',
    'X-Api-Key',
    's',
    'X-Own',
    's',
    'Accept',
    'ok',
  ]
  expect(describeHeaders([...raw, 'Proxy-Authorization', 's'], new Set(['x-own']))).toEqual({
    authorization: '[hidden]',
    cookie: '[hidden]',
    'set-cookie': '[hidden]',
    'x-api-key': '[hidden]',
    'x-own': '[hidden]',
    accept: 'ok',
    'proxy-authorization': '[hidden]',
  })
})
