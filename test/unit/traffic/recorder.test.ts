import { describe, expect, test, vi } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import {
  RECORDED_TASK_CHARS,
  RECORDED_TASKS,
  RECORDS_CHARS_BUDGET,
} from '../../../src-main/traffic/limits.ts'
import { Recorder } from '../../../src-main/traffic/recorder.ts'
import type { Body, Recording } from '../../../src-main/traffic/recording.ts'
import { multipartBody } from '../../support/multipart.ts'

const BOUNDARY = '----b'
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`

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

  test('a slow reader of all records retains none that was dropped meanwhile', () => {
    const recorder = new Recorder({ enabled: true })
    const ids = Array.from({ length: 3 }, () => recorder.incoming(request).id)
    const reader = recorder.each()
    expect((reader.next().value as DebugRecord | undefined)?.id).toBe(ids[0])
    recorder.setMaxRecords(1)
    answered(recorder.incoming(request))
    expect([...reader]).toEqual([])
  })

  test('tells of a record when it begins and when it ends', () => {
    const recorder = new Recorder({ enabled: true })
    const told: (boolean | undefined)[] = []
    recorder.on('record', (record: DebugRecord) => told.push(record.pending))
    answered(recorder.incoming(request))
    expect(told).toEqual([true, undefined])
  })

  test('a record lasts from its timestamp on: being held up right after that counts', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const recorder = new Recorder({ enabled: true })
      recorder.once('record', () => void vi.advanceTimersByTime(20))
      const recording = recorder.incoming(request)
      answered(recording)
      expect(recorder.get(recording.id)?.durationMs).toBe(20)
    } finally {
      vi.useRealTimers()
    }
  })

  test('an incoming record has the address of its client in its plain form', () => {
    const recorder = new Recorder({ enabled: true })
    const clients = ['::ffff:192.168.1.20', 'fe80::1%eth0', undefined]
    for (const client of clients) recorder.incoming({ ...request, client })
    expect(recorder.list().map(({ client }) => client)).toEqual(['192.168.1.20', 'fe80::1', undefined])
  })

  test('a prediction that fails on two backends is one error', () => {
    const recorder = new Recorder({ enabled: true })
    const incoming = recorder.incoming(request)
    for (const backend of ['gpu', 'nas']) {
      const usual = { ...request, tasks: [], waitMs: 0, heldMs: 0, secretHeaders: new Set<string>() }
      recorder.outgoing({ ...usual, traceId: incoming.id, backend }).fail('connection refused')
    }
    incoming.fail('no backend is left')
    expect(recorder.usage()).toMatchObject({ incoming: 1, outgoing: 2, errors: 1 })
    const other = recorder.incoming(request)
    other.fail('given up')
    expect(recorder.usage().errors).toBe(2)
    // Each of its records that is dropped leaves the others.
    recorder.setMaxRecords(2)
    expect(recorder.usage()).toMatchObject({ recordCount: 2, errors: 2 })
    recorder.setMaxRecords(1)
    expect(recorder.usage()).toMatchObject({ recordCount: 1, errors: 1 })
    recorder.clear()
    expect(recorder.usage().errors).toBe(0)
  })

  test('outgoing records without a cause are no trace', () => {
    const recorder = new Recorder({ enabled: true })
    const usual = {
      ...request,
      traceId: '',
      backend: 'gpu',
      tasks: [],
      waitMs: 0,
      secretHeaders: new Set<string>(),
    }
    const ids = [1, 2].map(() => recorder.outgoing({ ...usual, cause: 'try' }).id)
    expect(recorder.list().map(({ traceId, cause }) => [traceId, cause])).toEqual(
      ids.map((id) => [id, 'try']),
    )
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
      heldMs: 0,
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

describe('what a record holds', () => {
  test('has limits: the names of entries, and the reason of a failure', () => {
    const recorder = new Recorder({ enabled: true })
    const names = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(500, 'n'))
    const incoming = recorder.incoming(request)
    incoming.tasks(names)
    incoming.fail(names.join('; '))
    const outgoing = {
      ...request,
      traceId: incoming.id,
      backend: 'gpu',
      waitMs: 0,
      secretHeaders: new Set<string>(),
    }
    recorder.outgoing({ ...outgoing, tasks: names }).fail('x')
    for (const record of recorder.list()) {
      expect(record.tasks).toEqual(
        names.slice(0, RECORDED_TASKS).map((name) => name.slice(0, RECORDED_TASK_CHARS)),
      )
      expect(JSON.stringify(record).length).toBeLessThan(5_000)
    }
  })

  test('is counted: the oldest go where all have too many characters', () => {
    const recorder = new Recorder({ enabled: true })
    recorder.setMaxRecords(10_000)
    const rawHeaders = Array.from({ length: 60 }, (_, index) => [`x-${index}`, 'x'.repeat(250)]).flat()
    const chars = rawHeaders.join('').length
    for (let count = 0; count < 6_000; count++) recorder.incoming({ ...request, rawHeaders })
    const { length } = recorder.list()
    expect(length * chars).toBeLessThanOrEqual(RECORDS_CHARS_BUDGET)
    expect(length * chars).toBeGreaterThan(0.9 * RECORDS_CHARS_BUDGET)
    // Clearing frees the budget.
    recorder.clear()
    recorder.incoming({ ...request, rawHeaders })
    expect(recorder.list()).toHaveLength(1)
  })
})
