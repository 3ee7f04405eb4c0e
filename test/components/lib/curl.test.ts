import { describe, expect, it } from 'vitest'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { canCurl, hasHidden, needsPassword, shellWord, toCurl } from '../../../src-renderer/lib/curl.ts'
import { recordOf } from '../support/records.ts'

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
