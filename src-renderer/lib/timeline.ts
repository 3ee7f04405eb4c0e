/** The time of a request by step: held until a backend is back, waiting, the backend's work, and merging the answers. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'
import { hasFailed, nextAttempt } from './failures.ts'

export interface Lane {
  readonly record: DebugRecord
  readonly title: string
  /** Milliseconds from the start of the incoming request. */
  readonly waitFrom: number
  readonly sentAt: number
  readonly answeredAt: number
  readonly waitMs: number
  /** Before it waited for a slot: no backend was there. */
  readonly heldFrom: number
  readonly heldMs: number
  readonly backendMs: number
  /** From this answer to the end of the request: waiting for other answers, and merging. Zero for a failed attempt. */
  readonly mergeMs: number
  /** What followed a failed attempt, for example `failed, tried again on nas`; empty for one that succeeded. */
  readonly outcome: string
}

function outcomeOf(record: DebugRecord, within: readonly DebugRecord[]): string {
  if (!hasFailed(record)) return ''
  const next = nextAttempt(record, within)
  return next?.backend === undefined ? 'failed' : `failed, tried again on ${next.backend}`
}

const beforeSending = ({ waitMs = 0, heldMs = 0 }: DebugRecord): number => waitMs + heldMs

export interface Timeline {
  readonly totalMs: number
  readonly lanes: readonly Lane[]
}

/** @param incoming undefined if it has been removed; then the time line begins with the first outgoing record */
export function timelineOf(incoming: DebugRecord | undefined, outgoing: readonly DebugRecord[]): Timeline {
  const time = (record: DebugRecord): number => Date.parse(record.timestamp)
  const starts = outgoing.map((record) => time(record) - beforeSending(record))
  const start = incoming === undefined ? Math.min(...starts) : time(incoming)
  const ends = outgoing.map((record) => time(record) - start + record.durationMs)
  const end = incoming === undefined || incoming.pending === true ? Math.max(0, ...ends) : incoming.durationMs
  // Replays belong to the trace but were sent after the request was answered, so they are left out.
  const within = outgoing.filter((record) => time(record) - start <= end)
  const lanes = within.map((record): Lane => {
    const { waitMs = 0, heldMs = 0 } = record
    // Timestamps are whole milliseconds, so a short step may seem to lie outside of the request.
    const sentAt = Math.max(
      waitMs + heldMs,
      Math.min(time(record) - start, Math.max(end - record.durationMs, 0)),
    )
    const answeredAt = sentAt + record.durationMs
    const isMerged = !hasFailed(record) && record.pending !== true
    return {
      record,
      title: record.backend ?? 'backend',
      waitFrom: sentAt - waitMs,
      sentAt,
      answeredAt,
      waitMs,
      heldFrom: sentAt - waitMs - heldMs,
      heldMs,
      backendMs: record.durationMs,
      mergeMs: isMerged ? Math.max(0, Math.round((end - answeredAt) * 10) / 10) : 0,
      outcome: outcomeOf(record, within),
    }
  })
  return { totalMs: Math.max(end, ...lanes.map(({ answeredAt }) => answeredAt)), lanes }
}
