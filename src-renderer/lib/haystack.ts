/** The text that free-text search looks in. It is cached, as thousands of records are searched with every key press. */
import type { DebugRecord } from '../../src-shared/api.ts'

const known = new WeakMap<DebugRecord, string>()

function build({ id, type, request, backend, client, tasks = [], response, error }: DebugRecord): string {
  const parts = request.body.parts?.map(({ name, preview = '' }) => `${name} ${preview}`) ?? []
  return [
    id,
    type,
    request.method,
    request.url,
    backend ?? '',
    client ?? '',
    ...tasks,
    response.statusCode,
    error ?? '',
    request.body.preview,
    ...parts,
    response.body.preview,
  ]
    .join(' ')
    .toLowerCase()
}

/** The searched text of a record, in lower case. */
export function haystackOf(record: DebugRecord): string {
  const text = known.get(record) ?? build(record)
  known.set(record, text)
  return text
}

export const hasHaystack = (record: DebugRecord): boolean => known.has(record)
