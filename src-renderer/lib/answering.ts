/** Which backends answered an incoming request: told by the outgoing ones it caused. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

/** By the id of the incoming record. */
export type Answering = ReadonlyMap<string, readonly string[]>

const startOf = ({ timestamp }: DebugRecord): number => Date.parse(timestamp)

/** Timestamps are whole milliseconds: one more, so that an answer in the same one counts. */
const endOf = (record: DebugRecord): number =>
  record.pending === true ? Infinity : startOf(record) + record.durationMs + 1

/** @param records oldest first: an incoming one stands before what it caused */
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
    // A replay to a backend belongs to the trace, but was sent when the request was long answered.
    if (startOf(record) > endOf(cause)) continue
    if (record.error !== undefined) {
      // Where nobody did better, the last error is what the client got.
      if (response.statusCode === cause.response.statusCode) handedOn.set(traceId, [backend])
      continue
    }
    const known = answered.get(traceId)
    if (known === undefined) answered.set(traceId, [backend])
    else if (!known.includes(backend)) known.push(backend)
  }
  return new Map([...handedOn, ...answered])
}
