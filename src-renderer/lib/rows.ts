/** The rows of the debug list: incoming records, with their outgoing records collapsed below them. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

export interface Row {
  readonly record: DebugRecord
  /** Whether the row is below its incoming record. */
  readonly isChild: boolean
  /** Number of outgoing records below it. */
  readonly children: number
  readonly isOpen: boolean
  /** The backend it was sent to, or the backends that answered it. */
  readonly backends: readonly string[]
}

export interface RowsInput {
  /** Oldest first. */
  readonly records: readonly DebugRecord[]
  readonly matches: (record: DebugRecord) => boolean
  readonly open: ReadonlySet<string>
  readonly newestFirst: boolean
  readonly backendsOf?: (record: DebugRecord) => readonly string[]
}

const NONE: readonly string[] = []
const NO_RECORDS: readonly DebugRecord[] = []

/**
 * An outgoing record whose incoming one does not match the filter or was removed has a row of its own. The number
 * of matching records is `matching`.
 */
export function toRows(input: RowsInput): { rows: Row[]; matching: number } {
  const matching = input.records.filter(input.matches)
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
  if (input.newestFirst) top.reverse()
  const rows: Row[] = []
  const add = (record: DebugRecord, more: Pick<Row, 'isChild' | 'children' | 'isOpen'>): void => {
    const backends = record.backend === undefined ? (input.backendsOf?.(record) ?? NONE) : [record.backend]
    rows.push({ record, backends, ...more })
  }
  for (const record of top) {
    const under = children.get(record.id) ?? NO_RECORDS
    const isOpen = under.length > 0 && input.open.has(record.id)
    add(record, { isChild: false, children: under.length, isOpen })
    if (isOpen) for (const child of under) add(child, { isChild: true, children: 0, isOpen: false })
  }
  return { rows, matching: matching.length }
}
