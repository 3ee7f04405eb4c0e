/** The rows of the debug list: incoming records with the outgoing ones they caused folded under them. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

export interface Row {
  readonly record: DebugRecord
  /** Stands under the incoming record that caused it. */
  readonly isChild: boolean
  /** How many outgoing records are folded under it. */
  readonly children: number
  readonly isOpen: boolean
  /** Who worked on it: the backend it was sent to, or the ones that answered it. */
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
 * An outgoing record whose incoming one does not match the filter (or is gone) stands on its own. The number
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
