/** Which backends answered an incoming request, derived from its outgoing requests. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

/** Names of the backends by the id of the incoming record. */
export type Answering = ReadonlyMap<string, readonly string[]>

const startOf = ({ timestamp }: DebugRecord): number => Date.parse(timestamp)

/** Timestamps are whole milliseconds, so an answer up to this much later still counts, milliseconds. */
const endOf = (record: DebugRecord): number =>
  record.pending === true ? Infinity : startOf(record) + record.durationMs + 1

/** @param records oldest first, so that an incoming record precedes its outgoing ones */
export function answeringBackends(records: readonly DebugRecord[]): Answering {
  const incoming = new Map<string, DebugRecord>()
  const answered = new Map<string, string[]>()
  const handedOn = new Map<string, string[]>()
  for (const record of records) {
    if (record.type === 'incoming') incoming.set(record.id, record)
    const cause = incoming.get(record.traceId)
    const { backend, response, traceId } = record
    if (cause === undefined || backend === undefined || record.pending === true || response.statusCode === 0)
      continue
    // Replays belong to the trace but were sent after the request was answered, so they are left out.
    if (startOf(record) > endOf(cause)) continue
    if (record.error !== undefined) {
      // If no backend succeeded, the client got the last error.
      if (response.statusCode === cause.response.statusCode) handedOn.set(traceId, [backend])
      continue
    }
    const known = answered.get(traceId)
    if (known === undefined) answered.set(traceId, [backend])
    else if (!known.includes(backend)) known.push(backend)
  }
  return new Map([...handedOn, ...answered])
}
