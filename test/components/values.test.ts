import { describe, expect, it } from 'vitest'
import type { DebugRecord } from '../../src-shared/api.ts'
import { immichAddresses } from '../../src-renderer/lib/addresses.ts'
import { compareAnswers } from '../../src-renderer/lib/answers.ts'
import { boxesOf, placeOf } from '../../src-renderer/lib/boxes.ts'
import { canCurl, hasHidden, needsPassword, shellWord, toCurl } from '../../src-renderer/lib/curl.ts'
import { failureSentences } from '../../src-renderer/lib/failures.ts'
import { bytes, duration, span } from '../../src-renderer/lib/format.ts'
import { barText, slotsOf } from '../../src-renderer/lib/health-bar.ts'
import { readImport } from '../../src-renderer/lib/import.ts'
import { movedTo, portOf } from '../../src-renderer/lib/moved.ts'
import { statusText, statusTone, taskText } from '../../src-renderer/lib/record-text.ts'
import { timelineOf } from '../../src-renderer/lib/timeline.ts'
import { branchText, nodeOf } from '../../src-renderer/lib/tree.ts'
import { cosine, sparkline, summarize, summaryText, vectorOf } from '../../src-renderer/lib/vector.ts'
import { recordOf } from './support.ts'

const NUMBERS = [0, 3, 4, 0, 0, 0, 0, 0]

describe('vectors', () => {
  it('are recognised as lists and inside strings', () => {
    expect(vectorOf(NUMBERS)).toEqual(NUMBERS)
    expect(vectorOf(JSON.stringify(NUMBERS))).toEqual(NUMBERS)
    for (const other of ['[1,2', '[1,2,3]', '[a]', 'text', [1, 2], 7, null, ['a', ...NUMBERS]]) {
      expect(vectorOf(other)).toBeUndefined()
    }
  })

  it('are summed up', () => {
    expect(summaryText(summarize(NUMBERS))).toBe('float[8] · min 0 · max 4 · ‖v‖ 5')
    expect(cosine(NUMBERS, NUMBERS)).toBeCloseTo(1)
    expect(cosine(NUMBERS, [1])).toBeUndefined()
    expect(cosine([0, 0], [0, 0])).toBeUndefined()
    expect(sparkline(summarize([0, 1, 2]), 100, 10)).toBe('0.0,10.0 50.0,5.0 100.0,0.0')
  })
})

describe('trees', () => {
  it('fold lists in strings', () => {
    expect(nodeOf(JSON.stringify(NUMBERS)).kind).toBe('vector')
    const inner = nodeOf('{"a":1}')
    expect(inner.kind === 'branch' && branchText(inner)).toBe('{1} in a text')
    expect(nodeOf('[not json')).toEqual({ kind: 'leaf', type: 'text', text: '"[not json"' })
    expect(nodeOf(null)).toEqual({ kind: 'leaf', type: 'null', text: 'null' })
    expect(nodeOf(true)).toEqual({ kind: 'leaf', type: 'boolean', text: 'true' })
  })
})

describe('answers', () => {
  it('are compared by value, vectors by their direction', () => {
    const vector = JSON.stringify(NUMBERS)
    const other = JSON.stringify(NUMBERS.map((value, index) => value + index / 100))
    const before = JSON.stringify({ clip: vector, n: 1, list: ['a'] })
    expect(compareAnswers(before, before).every(({ same }) => same)).toBe(true)
    const after = JSON.stringify({ clip: other, n: 2, list: ['a', 'b'] })
    expect(compareAnswers(before, after)).toEqual([
      { path: 'clip', same: false, isVector: true, text: expect.stringMatching(/^cosine 0\.99/) as string },
      { path: 'n', same: false, text: '1, then 2' },
      { path: 'list[1]', same: false, text: 'nothing, then "b"' },
      { path: 'list[0]', same: true, text: '"a"' },
    ])
    expect(compareAnswers('text', 'text')).toEqual([{ path: 'answer', same: true, text: 'the same text' }])
  })
})

describe('boxes', () => {
  it('are shares of the image, from pixels or shares', () => {
    const answer = {
      'facial-recognition': [{ boundingBox: { x1: 10, y1: 20, x2: 30, y2: 40 }, score: 0.9 }, { score: 1 }],
      ocr: { text: ['hello'], box: [0.1, 0.1, 0.2, 0.1, 0.2, 0.2, 0.1, 0.2], textScore: [0.5] },
      imageWidth: 100,
      imageHeight: 200,
    }
    expect(boxesOf(answer)).toEqual([
      {
        kind: 'face',
        label: 'face 1 90 %',
        short: '1 · 90 %',
        points: [
          [0.1, 0.1],
          [0.3, 0.1],
          [0.3, 0.2],
          [0.1, 0.2],
        ],
      },
      {
        kind: 'text',
        label: 'hello 50 %',
        short: 'hello 50 %',
        points: [
          [0.1, 0.1],
          [0.2, 0.1],
          [0.2, 0.2],
          [0.1, 0.2],
        ],
      },
    ])
    const pixels = { ...answer, ocr: { text: [], box: [10, 20, 20, 20, 20, 40, 10, 40] } }
    expect(boxesOf(pixels)[1]).toMatchObject({
      label: 'text 1',
      points: [
        [0.1, 0.1],
        [0.2, 0.1],
        [0.2, 0.2],
        [0.1, 0.2],
      ],
    })
    for (const odd of [undefined, 'text', { ocr: 3, 'facial-recognition': 'x' }])
      expect(boxesOf(odd)).toEqual([])
  })

  const box = (kind: 'face' | 'text', left: number, top: number, right: number) => ({
    kind,
    label: '',
    short: '',
    points: [
      [left, top],
      [right, top],
      [right, 1],
      [left, 1],
    ] as [number, number][],
  })

  it('have their label above where there is room', () => {
    expect(placeOf(box('text', 0.1, 0.5, 0.4))).toEqual({
      style: { left: '10%', top: '50%', maxWidth: '30%' },
      isInside: false,
    })
    expect(placeOf(box('text', 0.1, 0.02, 0.4)).isInside).toBe(true)
  })

  it('of texts end their label where they end, a narrow one a little after', () => {
    expect(placeOf(box('text', 0.5, 0.5, 0.52)).style).toEqual({ left: '50%', top: '50%', maxWidth: '12%' })
    expect(placeOf(box('text', 0.95, 0.5, 0.99)).style).toMatchObject({ maxWidth: '5%' })
  })

  it('of faces have a whole label, on the side with more room', () => {
    expect(placeOf(box('face', 0.1, 0.5, 0.15)).style).toEqual({ left: '10%', top: '50%', maxWidth: '90%' })
    expect(placeOf(box('face', 0.9, 0.5, 0.95)).style).toEqual({ right: '5%', top: '50%', maxWidth: '95%' })
    // A box that reaches over the edge.
    expect(placeOf(box('face', -0.2, -0.1, 1.3)).style).toEqual({ left: '0%', top: '0%', maxWidth: '100%' })
  })
})

describe('commands', () => {
  const urls = { partUrl: (index: number) => `/parts/${index}`, bodyUrl: '/body', passwordSet: false }

  it('quote what a shell would read', () => {
    expect(shellWord("it's")).toBe(`'it'\\''s'`)
    expect(shellWord('a/b.c')).toBe('a/b.c')
  })

  it('fetch the image first and send fields as they are', () => {
    const record = recordOf({ id: 'x1' })
    const parts = [
      { name: 'entries', contentType: '', size: 2, preview: '{}' },
      { name: 'image', filename: 'blob', contentType: 'application/octet-stream', size: 9 },
    ]
    const withParts = {
      ...record,
      request: { ...record.request, body: { ...record.request.body, parts, size: 99 } },
    }
    const command = toCurl({
      record: withParts,
      origin: 'http://proxy:3004',
      texts: ['{"a":1}', undefined],
      ...urls,
    })
    expect(command).toBe(
      [
        'curl -fsS -o x1-1.bin http://proxy:3004/parts/1 && \\',
        'curl -sS http://proxy:3004/predict \\',
        `  --form-string 'entries={"a":1}' \\`,
        `  -F 'image=@x1-1.bin;filename=blob;type=application/octet-stream'`,
      ].join('\n'),
    )
    const ping = recordOf({ id: 'p', method: 'GET', url: '/ping' })
    expect(toCurl({ record: ping, origin: 'http://proxy', texts: [], ...urls })).toBe(
      'curl -sS http://proxy/ping',
    )
    const locked = toCurl({
      record: withParts,
      origin: 'http://proxy:3004',
      texts: [],
      ...urls,
      passwordSet: true,
    })
    expect(locked).toContain('curl -fsS -u "x:$PASSWORD" -o x1-1.bin http://proxy:3004/parts/1')
    expect(needsPassword(withParts)).toBe(true)
    expect(needsPassword(ping)).toBe(false)
  })

  it('hold all that was sent, or are not offered', () => {
    const blank = recordOf({ id: 'x' })
    const of = (body: Partial<DebugRecord['request']['body']>, isKept = false): DebugRecord => ({
      ...blank,
      kept: { request: isKept, response: false },
      request: { ...blank.request, body: { ...blank.request.body, kind: 'multipart', size: 9, ...body } },
    })
    const text = { name: 'text', contentType: '', size: 2, preview: 'ab' }
    const file = { name: 'image', filename: 'blob', contentType: '', size: 9 }
    expect(canCurl(blank)).toBe(true)
    expect(canCurl(of({ parts: [text] }))).toBe(true)
    expect(canCurl(of({ parts: [{ ...text, size: 3 }] }))).toBe(false)
    expect(canCurl(of({ parts: [text, file] }))).toBe(false)
    expect(canCurl(of({ parts: [text, file] }, true))).toBe(true)
    expect(canCurl(of({ kind: 'json', preview: '"Grüße"', size: 9 }))).toBe(true)
    expect(canCurl(of({ kind: 'json', preview: '{"a', size: 9 }))).toBe(false)
    expect(canCurl(of({ kind: 'binary' }))).toBe(false)
    const cut = of({ kind: 'json', contentType: 'application/json', preview: '{"a', size: 9 }, true)
    expect(toCurl({ record: cut, origin: 'http://proxy', texts: [], ...urls })).toBe(
      'curl -fsS -o x.bin http://proxy/body && \\\ncurl -sS -X POST http://proxy/predict ' +
        "-H 'content-type: application/json' --data-binary @x.bin",
    )
  })

  it('have a place for what was hidden on the way to a backend', () => {
    const record = recordOf({ id: 'o', type: 'outgoing', method: 'GET', url: 'http://gpu/predict' })
    record.request.headers = { 'x-key': '[hidden]', accept: '*/*' }
    const command = toCurl({ record, origin: 'http://proxy', texts: [], ...urls })
    expect(command).toBe("curl -sS http://gpu/predict \\\n  -H 'x-key: …'")
    expect(hasHidden(record)).toBe(true)
    expect(hasHidden({ ...record, type: 'incoming' })).toBe(false)
  })
})

describe('times', () => {
  it('are shared out between wait, backend and merge', () => {
    const incoming = recordOf({ id: 'a', durationMs: 100 })
    const at = (ms: number): string => new Date(Date.parse(incoming.timestamp) + ms).toISOString()
    const out = recordOf({
      id: 'b',
      type: 'outgoing',
      traceId: 'a',
      durationMs: 60,
      waitMs: 20,
      timestamp: at(25),
    })
    const { totalMs, lanes } = timelineOf(incoming, [out])
    expect(totalMs).toBe(100)
    expect(lanes).toMatchObject([
      { waitFrom: 5, sentAt: 25, answeredAt: 85, waitMs: 20, backendMs: 60, mergeMs: 15 },
    ])
    expect(timelineOf(undefined, [out]).totalMs).toBe(80)
    const replay = recordOf({ id: 'c', type: 'outgoing', traceId: 'a', durationMs: 9, timestamp: at(60_000) })
    expect(timelineOf(incoming, [out, replay])).toMatchObject({ totalMs: 100, lanes: [{ waitFrom: 5 }] })
  })

  it('of a failed attempt end at its answer', () => {
    const tasks = ['ocr/detection']
    const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
    const sent = (id: string, more: object): DebugRecord =>
      recordOf({ id, type: 'outgoing', traceId: 'in', tasks, ...more })
    const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 100 })
    const failed = sent('f', {
      backend: 'nas',
      timestamp: at(5),
      durationMs: 20,
      status: 503,
      error: 'answered 503',
    })
    const good = sent('g', { backend: 'gpu', timestamp: at(25), durationMs: 60 })
    const replayed = sent('r', { backend: 'gpu', timestamp: at(60_000), durationMs: 60 })
    expect(timelineOf(incoming, [failed, good]).lanes).toMatchObject([
      { mergeMs: 0, outcome: 'failed, tried again on gpu' },
      { mergeMs: 15, outcome: '' },
    ])
    const sentence = 'nas answered 503 (Service Unavailable); the proxy tried gpu next.'
    expect(failureSentences(failed, [incoming, failed, good])).toEqual([sentence])
    expect(failureSentences(incoming, [incoming, failed, good])).toEqual([sentence])
    expect(failureSentences(good, [incoming, failed, good])).toEqual([])
    // What was sent again by hand, long after, is no second attempt.
    const lost = { ...incoming, error: 'nas: answered 503' }
    lost.response = { ...lost.response, statusCode: 502 }
    expect(failureSentences(lost, [lost, failed, replayed])).toEqual([
      'nas answered 503 (Service Unavailable).',
      'Immich was answered 502 (Bad Gateway).',
    ])
    const refused = sent('c', { backend: 'nas', status: 0, error: 'connection refused' })
    expect(failureSentences(refused, [refused])).toEqual(['nas: connection refused.'])
    const odd = sent('d', { backend: 'nas', error: 'answered 200 without a JSON object' })
    expect(failureSentences(odd, [odd])).toEqual(['nas answered 200 without a JSON object.'])
    const none = recordOf({ id: 'n', status: 503, error: 'no backend configured' })
    expect(failureSentences(none, [none])).toEqual([
      'no backend configured. Immich was answered 503 (Service Unavailable).',
    ])
  })

  it('and sizes are short', () => {
    expect([duration(1.25), duration(250), duration(2_500), duration(125_000)]).toEqual([
      '1.3 ms',
      '250 ms',
      '2.50 s',
      '2 min 5 s',
    ])
    expect([bytes(5), bytes(2_048), bytes(204_800), bytes(5_000_000)]).toEqual([
      '5 B',
      '2.0 KB',
      '200 KB',
      '4.8 MB',
    ])
    expect([span(5), span(90), span(3_700), span(90_000)]).toEqual(['5 s', '1 min', '1 h 1 min', '1 d 1 h'])
  })
})

describe('records', () => {
  it('have a word and a tone for their status', () => {
    const say = (given: Parameters<typeof recordOf>[0]): string[] => [
      statusText(recordOf(given)),
      statusTone(recordOf(given)),
    ]
    expect(say({ id: 'a' })).toEqual(['200', 'healthy'])
    expect(say({ id: 'a', status: 404 })).toEqual(['404', 'warning'])
    expect(say({ id: 'a', status: 502 })).toEqual(['502', 'unhealthy'])
    expect(say({ id: 'a', status: 0, error: 'x' })).toEqual(['error', 'unhealthy'])
    expect(say({ id: 'a', status: 0, pending: true })).toEqual(['pending', 'unknown'])
    expect(taskText(recordOf({ id: 'a', tasks: ['ocr/detection', 'ocr/recognition', 'clip/visual'] }))).toBe(
      'ocr, clip/visual',
    )
  })
})

describe('the bar of checks', () => {
  it('always has sixty slots', () => {
    const check = { at: 1_700_000_000, status: 'unhealthy', durationMs: 3, error: 'refused' } as const
    const slots = slotsOf([check])
    expect(slots).toHaveLength(60)
    expect(slots.at(-1)?.title).toMatch(/^\d\d:\d\d:\d\d failed: refused$/)
    expect(barText([check, { ...check, status: 'healthy', error: '' }])).toBe(
      'Last 2 checks: 1 good, 1 failed',
    )
    expect(barText([])).toBe('No checks yet')
  })
})

describe('addresses', () => {
  it('are those on the LAN, the opened one first', () => {
    const all = ['http://127.0.0.1:3004', 'http://10.0.0.2:3004', 'http://192.168.1.5:3004']
    expect(immichAddresses(all, 'http://192.168.1.5:3004').map(({ url }) => url)).toEqual([
      'http://192.168.1.5:3004',
      'http://10.0.0.2:3004',
    ])
    expect(immichAddresses(all.slice(0, 1), 'http://127.0.0.1:3004')[0]?.note).toContain('on this computer')
  })

  it('tell when the proxy moved to another port', () => {
    expect(movedTo('3004', portOf(['http://127.0.0.1:3005']), 'http://nas:3004/config')).toBe(
      'http://nas:3005/config',
    )
    expect(movedTo('3004', '3004', 'http://nas:3004/config')).toBeUndefined()
    expect(movedTo(undefined, '3004', 'http://nas/')).toBeUndefined()
  })
})

describe('an import', () => {
  it('is judged by the schema of the server', () => {
    const backend = { name: 'a', url: 'http://a', headers: { 'X-Key': '••••••' } }
    const read = readImport(`\uFEFF${JSON.stringify({ defaultBackend: 'a', backends: [backend], more: 1 })}`)
    expect(read).toMatchObject({ ok: true, config: { backends: [backend], more: 1, taskRouting: {} } })
    expect(readImport('{')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('not JSON') as string,
    })
    expect(readImport('{"backends":[{"name":"a","url":"ftp://x"}]}')).toMatchObject({ ok: false })
    expect(readImport('[]')).toMatchObject({ ok: false })
  })

  it('takes what the original writes, and tells what of it is used in another way', () => {
    const backends = [
      { name: 'a', url: 'http://a', headers: { 'X-Key': '••••••' } },
      { name: 'a', url: 'http://b' },
    ]
    const file = { defaultBackend: 'a', backends, taskRouting: { clip: 'gone' }, modelTypeRouting: null }
    expect(readImport(JSON.stringify(file))).toMatchObject({
      ok: true,
      config: { backends: [backends[0]], taskRouting: {}, modelTypeRouting: {} },
      note: 'backends[1].name "a" is used twice; the first one is used; taskRouting.clip "gone" is not a backend and is left out; the default backend is used',
    })
    expect(readImport('{"backends":null}')).toMatchObject({ ok: true, note: '' })
  })
})
