import type { DebugRecord } from '../../src-shared/api.ts'

type Given = Partial<Omit<DebugRecord, 'request' | 'response'>> & {
  id: string
  method?: string
  url?: string
  status?: number
}

const NO_BODY = { kind: 'empty', contentType: '', size: 0, preview: '', truncated: false } as const

/** A record with what matters to a test. */
export function recordOf({ method = 'POST', url = '/predict', status = 200, ...given }: Given): DebugRecord {
  return {
    timestamp: '2026-01-02T03:04:05.678Z',
    type: 'incoming',
    traceId: given.id,
    durationMs: 10,
    request: { method, url, headers: {}, body: NO_BODY },
    response: { statusCode: status, headers: {}, body: NO_BODY },
    kept: { request: false, response: false },
    ...given,
  }
}
