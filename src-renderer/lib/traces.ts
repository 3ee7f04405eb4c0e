/** What became of each incoming request: its attempts on backends, and what is special about it. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

export interface Attempt {
  readonly backend: string
  readonly result: 'answered' | 'failed' | 'running'
}

export interface Trace {
  /** The outgoing requests that answered it, oldest first; replays of it are none. */
  readonly outgoing: readonly DebugRecord[]
  readonly attempts: readonly Attempt[]
  /** A backend failed, and another one was tried. */
  readonly isFailover: boolean
  readonly hasFailed: boolean
}

export type Traces = ReadonlyMap<string, Trace>

const NOTHING: Trace = { outgoing: [], attempts: [], isFailover: false, hasFailed: false }

const FIRST_ERROR_STATUS = 400
const startOf = ({ timestamp }: DebugRecord): number => Date.parse(timestamp)

/** Timestamps are whole milliseconds, so what was sent up to this much after the answer still belongs to it. */
const TICK_MS = 1
const endOf = (record: DebugRecord): number =>
  record.pending === true ? Infinity : startOf(record) + record.durationMs + TICK_MS

const isFailed = ({ pending, error, response }: DebugRecord): boolean =>
  pending !== true && (error !== undefined || response.statusCode >= FIRST_ERROR_STATUS)

function attemptOf(record: DebugRecord): Attempt {
  const backend = record.backend ?? ''
  if (record.pending === true) return { backend, result: 'running' }
  return { backend, result: isFailed(record) ? 'failed' : 'answered' }
}

function traceOf(incoming: DebugRecord, outgoing: readonly DebugRecord[]): Trace {
  const end = endOf(incoming)
  // A replay to one backend belongs to the trace of what it repeats, and answered nobody.
  const isOwn = ({ cause }: DebugRecord): boolean => cause === undefined || cause === incoming.cause
  const own = outgoing.filter((record) => isOwn(record) && startOf(record) <= end)
  const attempts = own.map(attemptOf)
  const isFailover = own.some(
    (record, index) =>
      attempts[index]?.result === 'failed' &&
      own.slice(index + 1).some(({ tasks = [] }) => tasks.some((task) => record.tasks?.includes(task))),
  )
  return {
    outgoing: own,
    attempts,
    isFailover,
    hasFailed: isFailed(incoming) || attempts.some(({ result }) => result === 'failed'),
  }
}

/** @param records oldest first, so that an incoming record precedes its outgoing ones */
export function tracesOf(records: readonly DebugRecord[]): Traces {
  const outgoing = new Map<string, DebugRecord[]>()
  for (const record of records) {
    if (record.type === 'incoming') continue
    const known = outgoing.get(record.traceId)
    if (known === undefined) outgoing.set(record.traceId, [record])
    else known.push(record)
  }
  const traces = new Map<string, Trace>()
  for (const record of records) {
    if (record.type === 'incoming') traces.set(record.id, traceOf(record, outgoing.get(record.id) ?? []))
  }
  return traces
}

/** The trace of an incoming record; of an outgoing one its own attempt. */
export function traceFor(record: DebugRecord, traces: Traces): Trace {
  if (record.type === 'incoming') return traces.get(record.id) ?? NOTHING
  return { outgoing: [record], attempts: [attemptOf(record)], isFailover: false, hasFailed: isFailed(record) }
}

const MARKS = { answered: '✓', failed: '✗', running: '…' } as const

/** `nas ✗ → gpu ✓`; backends that answered parts of one request stand beside each other: `gpu ✓ nas ✓`. */
export function attemptsText(attempts: readonly Attempt[]): string {
  return attempts
    .map(({ backend, result }, index) => {
      const after = attempts[index - 1]?.result === 'failed' ? '→ ' : ''
      return `${after}${backend} ${MARKS[result]}`
    })
    .join(' ')
}

const PING = /^\/ping\/?(?:\?|$)/

/** Whether it is Immich's question whether the proxy is there. */
export const isPing = ({ type, request }: DebugRecord): boolean =>
  type === 'incoming' && request.method === 'GET' && PING.test(request.url)

/** The words that were searched for, as far as the record holds them; undefined where it is no text query. */
export function searchText({ request }: DebugRecord): string | undefined {
  return request.body.parts?.find(({ name, filename }) => name === 'text' && filename === undefined)?.preview
}

/** The number of the part that is an image; undefined where there is none. */
export function imagePart({ request }: DebugRecord): number | undefined {
  const index = (request.body.parts ?? []).findIndex(({ filename }) => filename !== undefined)
  return index === -1 ? undefined : index
}

/** What was asked, as one line: the searched words, or the call where it is no prediction. Empty for an image. */
export function whatText(record: DebugRecord): string {
  const text = searchText(record)
  if (text !== undefined) return `“${text}”`
  if (imagePart(record) !== undefined) return ''
  return `${record.request.method} ${record.request.url}`
}
