import { describe, expect, test } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { describeBody, describeHeaders, findParts } from '../../../src-main/traffic/describe.ts'
import { imageTypeOf } from '../../../src-main/traffic/image-type.ts'
import { Recorder } from '../../../src-main/traffic/recorder.ts'
import type { Body, Recording } from '../../../src-main/traffic/recording.ts'
import { multipartBody, splitAt } from '../../support/multipart.ts'
import { readPhoto } from '../../support/photo.ts'

const BOUNDARY = '----b'
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`
const photo = readPhoto()

function imageBody(size = 100_000, fill = 'x'): Body {
  const content = Buffer.from(fill.repeat(size))
  const body = multipartBody(BOUNDARY, [
    { name: 'entries', content: Buffer.from('{"clip":{}}') },
    { name: 'image', filename: 'blob', contentType: 'application/octet-stream', content },
  ])
  return { chunks: [Buffer.from(new Uint8Array(body).buffer)], length: body.length, contentType: TYPE }
}

const request = { method: 'POST', url: '/predict', rawHeaders: ['Content-Type', TYPE] }

function answered(recording: Recording, statusCode = 200): void {
  const body = Buffer.from(new Uint8Array(Buffer.from('{"clip":"[1]"}')).buffer)
  recording.finish({
    statusCode,
    rawHeaders: ['content-type', 'application/json'],
    body: { chunks: [body], length: body.length, contentType: 'application/json' },
  })
}

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

test.each([
  ['image/jpeg', photo],
  ['image/png', Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1')],
  ['image/webp', Buffer.from('RIFF....WEBPVP8 ', 'latin1')],
])('the first bytes tell %s', (type, bytes) => {
  expect(imageTypeOf(bytes)?.contentType).toBe(type)
  expect(imageTypeOf(Buffer.from('<svg onload=x>'))).toBeUndefined()
})

describe('Recorder', () => {
  test('keeps the newest records and counts them', () => {
    const recorder = new Recorder({ enabled: true })
    recorder.setMaxRecords(3)
    for (let index = 0; index < 5; index++) answered(recorder.incoming(request), index === 4 ? 500 : 200)
    expect(recorder.list().map((record) => record.response.statusCode)).toEqual([200, 200, 500])
    expect(recorder.usage()).toMatchObject({ recordCount: 3, incoming: 3, outgoing: 0, errors: 1 })
    recorder.setMaxRecords(1)
    expect(recorder.list()).toHaveLength(1)
    recorder.clear()
    expect(recorder.usage()).toMatchObject({ recordCount: 0, incoming: 0, errors: 0, keptBytes: 0 })
  })

  test('tells of a record when it begins and when it ends', () => {
    const recorder = new Recorder({ enabled: true })
    const told: (boolean | undefined)[] = []
    recorder.on('record', (record: DebugRecord) => told.push(record.pending))
    answered(recorder.incoming(request))
    expect(told).toEqual([true, undefined])
  })

  test('a record lasts from its timestamp on: being held up right after that counts', () => {
    const recorder = new Recorder({ enabled: true })
    recorder.once('record', () => {
      for (const until = performance.now() + 20; performance.now() < until;);
    })
    const recording = recorder.incoming(request)
    answered(recording)
    expect(recorder.get(recording.id)?.durationMs).toBeGreaterThanOrEqual(20)
  })

  test('an outgoing body that is the incoming one counts once', () => {
    const recorder = new Recorder({ enabled: true })
    const body = imageBody()
    const incoming = recorder.incoming(request)
    incoming.requestBody(body)
    const before = recorder.usage().keptBytes
    const outgoing = recorder.outgoing({
      ...request,
      traceId: incoming.id,
      backend: 'gpu',
      tasks: ['clip/visual'],
      waitMs: 0,
      secretHeaders: new Set(),
    })
    outgoing.requestBody(body)
    expect(before).toBeGreaterThanOrEqual(100_000)
    expect(recorder.usage().keptBytes).toBe(before)
  })

  test('within the budget the oldest images go first, answers stay', () => {
    const recorder = new Recorder({ enabled: true, budget: 250_000 })
    const ids: string[] = []
    for (let index = 0; index < 4; index++) {
      const recording = recorder.incoming(request)
      recording.requestBody(imageBody())
      answered(recording)
      ids.push(recording.id)
    }
    expect(recorder.usage().keptBytes).toBeLessThanOrEqual(250_000)
    expect(ids.map((id) => recorder.requestBody(id) !== undefined)).toEqual([false, false, true, true])
    expect(recorder.list().map((record) => record.kept)).toEqual([
      { request: false, response: true },
      { request: false, response: true },
      { request: true, response: true },
      { request: true, response: true },
    ])
  })

  test('10,000 records of Immich’s traffic stay under 20 MB', () => {
    const recorder = new Recorder({ enabled: true, budget: 0 })
    recorder.setMaxRecords(10_000)
    const headers = [
      'host',
      '192.168.1.20:3004',
      'content-type',
      `${TYPE}-undici-043847285935`,
      'user-agent',
      'node',
    ]
    const entries =
      '{"facial-recognition":{"detection":{"modelName":"buffalo_l","options":{"minScore":0.7}},"recognition":{"modelName":"buffalo_l"}}}'
    for (let index = 0; index < 10_000; index++) {
      const body = multipartBody(BOUNDARY, [
        { name: 'entries', content: Buffer.from(entries) },
        {
          name: 'image',
          filename: 'blob',
          contentType: 'application/octet-stream',
          content: Buffer.alloc(100),
        },
      ])
      const answer = Buffer.alloc(8_000, '{"facial-recognition":[{"boundingBox":{"x1":1.234}}]')
      const recording = recorder.incoming({ ...request, rawHeaders: headers })
      recording.requestBody({ chunks: [body], length: body.length, contentType: TYPE })
      recording.tasks(['facial-recognition/detection', 'facial-recognition/recognition'])
      const type = 'application/json'
      recording.finish({
        statusCode: 200,
        rawHeaders: ['content-type', type, 'content-length', '8000'],
        body: { chunks: [answer], length: answer.length, contentType: type },
      })
    }
    expect(recorder.list()).toHaveLength(10_000)
    expect(JSON.stringify(recorder.list()).length).toBeLessThan(20 * 1024 * 1024)
  })
})
