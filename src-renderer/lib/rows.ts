/** The rows of the debug list: incoming records, with their outgoing records collapsed below them. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'
import { taskText } from './record-text.ts'
import { attemptsText, traceFor, whatText, type Trace, type Traces } from './traces.ts'

export const COLUMNS = ['time', 'what', 'task', 'answered', 'status', 'duration'] as const
export type Column = (typeof COLUMNS)[number]

export interface Order {
  readonly column: Column
  readonly isDescending: boolean
}

export const NEWEST_FIRST: Order = { column: 'time', isDescending: true }

export interface Row {
  readonly record: DebugRecord
  /** Whether the row is below its incoming record. */
  readonly isChild: boolean
  /** Number of outgoing records below it. */
  readonly children: number
  readonly isOpen: boolean
  readonly trace: Trace
}

export interface RowsInput {
  /** Oldest first. */
  readonly records: readonly DebugRecord[]
  readonly matches: (record: DebugRecord) => boolean
  readonly open: ReadonlySet<string>
  readonly order: Order
  readonly traces: Traces
}

const NO_RECORDS: readonly DebugRecord[] = []

/** What a column sorts by. */
function keyOf(record: DebugRecord, column: Column, traces: Traces): string | number {
  switch (column) {
    case 'time':
      return record.timestamp
    case 'what':
      return whatText(record).toLowerCase()
    case 'task':
      return taskText(record)
    case 'answered':
      return attemptsText(traceFor(record, traces).attempts)
    case 'status':
      return record.response.statusCode
    case 'duration':
      return record.durationMs
  }
}

/** Sorted by a column, those that are equal by time. @param records oldest first */
function sorted(records: DebugRecord[], { column, isDescending }: Order, traces: Traces): DebugRecord[] {
  if (column === 'time') return isDescending ? records.reverse() : records
  const keyed = records.map((record) => ({ record, key: keyOf(record, column, traces) }))
  const sign = isDescending ? -1 : 1
  // Stable: records with the same key stay in the order of time.
  keyed.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -sign : sign))
  return keyed.map(({ record }) => record)
}

/**
 * An outgoing record whose incoming one does not match the filter or was removed has a row of its own. The number
 * of rows that are not below another one is `matching`: a request counts as one, whatever it caused.
 */
export function toRows({ records, matches, open, order, traces }: RowsInput): {
  rows: Row[]
  matching: number
} {
  const matching = records.filter(matches)
  const incoming = new Set<string>()
  const children = new Map<string, DebugRecord[]>()
  for (const { type, id } of matching) if (type === 'incoming') incoming.add(id)
  const top = matching.filter((record) => {
    const { type, traceId } = record
    if (type === 'incoming' || !incoming.has(traceId)) return true
    const siblings = children.get(traceId)
    if (siblings === undefined) children.set(traceId, [record])
    else siblings.push(record)
    return false
  })
  const rows: Row[] = []
  const add = (record: DebugRecord, more: Pick<Row, 'isChild' | 'children' | 'isOpen'>): void => {
    rows.push({ record, trace: traceFor(record, traces), ...more })
  }
  for (const record of sorted(top, order, traces)) {
    const under = children.get(record.id) ?? NO_RECORDS
    const isOpen = under.length > 0 && open.has(record.id)
    add(record, { isChild: false, children: under.length, isOpen })
    if (isOpen) for (const child of under) add(child, { isChild: true, children: 0, isOpen: false })
  }
  return { rows, matching: top.length }
}
