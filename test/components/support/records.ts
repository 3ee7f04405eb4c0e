/** Records for the tests of the debug view. */
import type { DebugRecord } from '../../../src-shared/api.ts'

type Given = Partial<Omit<DebugRecord, 'request' | 'response'>> & {
  id: string
  method?: string
  url?: string
  status?: number
}

const NO_BODY = { kind: 'empty', contentType: '', size: 0, preview: '', truncated: false } as const

/** A record with what a test names; the rest is of a prediction that was answered in 10 ms. */
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

const incoming = recordOf({ id: 'a', client: '192.168.1.20', tasks: ['clip/visual'], durationMs: 2_500 })
const outgoing = recordOf({
  id: 'b',
  type: 'outgoing',
  traceId: 'a',
  backend: 'gpu',
  tasks: ['clip/visual'],
  durationMs: 2_400,
  status: 503,
  error: 'busy',
})
const ping = recordOf({ id: 'c', method: 'GET', url: '/ping', durationMs: 1 })
const pending = recordOf({ id: 'd', status: 0, pending: true })
/** An incoming prediction `a` with its outgoing request `b`, a ping `c`, and `d`, which has no answer yet. */
export const ALL = [incoming, outgoing, ping, pending]
