/** Describes in sentences what failed in a request and what the proxy did about it. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

const STATUS_WORDS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  508: 'Loop Detected',
}

/** `503 (Service Unavailable)` */
export function statusWords(status: number): string {
  const words = STATUS_WORDS[status]
  return words === undefined ? String(status) : `${status} (${words})`
}

const isOver = (record: DebugRecord): boolean => record.pending !== true
export const hasFailed = (record: DebugRecord): boolean => isOver(record) && record.error !== undefined

const startOf = ({ timestamp }: DebugRecord): number => Date.parse(timestamp)
/** Timestamps are whole milliseconds, so times may differ by this much. */
const TICK_MS = 1

/** The attempt that replaced a failed one: the next one for the same entries. */
export function nextAttempt(
  record: DebugRecord,
  outgoing: readonly DebugRecord[],
  endsAt = Infinity,
): DebugRecord | undefined {
  const end = startOf(record) + record.durationMs - TICK_MS
  const at = outgoing.indexOf(record)
  return outgoing.find(
    (other, index) =>
      index > at &&
      startOf(other) >= end &&
      startOf(other) <= endsAt &&
      (other.tasks ?? []).some((task) => record.tasks?.includes(task)),
  )
}

/** The end of the incoming request. Later records of the trace are replays. */
function endOf(incoming: DebugRecord | undefined): number {
  if (incoming === undefined || !isOver(incoming)) return Infinity
  return startOf(incoming) + incoming.durationMs + TICK_MS
}

/** `nas answered 503 (Service Unavailable)`, `nas: connection refused` */
function whatHappened({ backend = 'the backend', error = '' }: DebugRecord): string {
  const answered = /^answered (\d{3})(.*)$/s.exec(error)
  if (answered === null) return error.startsWith('answered') ? `${backend} ${error}` : `${backend}: ${error}`
  const [, status = '', rest = ''] = answered
  return `${backend} answered ${statusWords(Number(status))}${rest}`
}

function attemptText(record: DebugRecord, outgoing: readonly DebugRecord[], endsAt: number): string {
  const next = nextAttempt(record, outgoing, endsAt)
  const then = next?.backend === undefined ? '' : `; the proxy tried ${next.backend} next`
  return `${whatHappened(record)}${then}.`
}

/** @param trace the incoming record and the outgoing ones it caused, oldest first */
export function failureSentences(record: DebugRecord, trace: readonly DebugRecord[]): string[] {
  const outgoing = trace.filter(({ type }) => type === 'outgoing')
  const endsAt = endOf(trace.find(({ type }) => type === 'incoming'))
  if (record.type === 'outgoing') return hasFailed(record) ? [attemptText(record, outgoing, endsAt)] : []
  const attempts = outgoing
    .filter((other) => hasFailed(other) && startOf(other) <= endsAt)
    .map((other) => attemptText(other, outgoing, endsAt))
  if (!hasFailed(record)) return attempts
  const { statusCode } = record.response
  const got = statusCode === 0 ? 'Immich got no answer' : `Immich was answered ${statusWords(statusCode)}`
  if (attempts.length === 0) return [`${record.error ?? ''}. ${got}.`]
  // Its answer was handed on: the same words a second time would look like a second error.
  const last = outgoing.findLast((other) => hasFailed(other) && startOf(other) <= endsAt)
  if (last !== undefined && last.response.statusCode === statusCode && statusCode !== 0)
    return [...attempts.slice(0, -1), `${whatHappened(last)}, and so was Immich.`]
  return [...attempts, `${got}.`]
}
