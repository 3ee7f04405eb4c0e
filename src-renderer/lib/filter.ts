/**
 * The filter of the debug list: free text and `type:outgoing status:5xx backend:gpu task:clip slow:>2s`.
 * A minus in front turns a condition around; words with spaces stand in quotes. Pure.
 */
import type { DebugRecord } from '../../src-main/api.ts'

type Test = (record: DebugRecord) => boolean

export interface Filter {
  readonly test: Test
  readonly isEmpty: boolean
  /** What could not be understood, as sentences. */
  readonly problems: readonly string[]
}

const TOKEN = /(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+)|(?<=:))/gi
const DURATION = /^([<>]=?)?(\d+(?:\.\d+)?)(ms|s|m)?$/
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

const includes = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part) === true

/** What free text is looked for in; kept, since a list of thousands is searched with every key. */
const haystacks = new WeakMap<DebugRecord, string>()

function haystack(record: DebugRecord): string {
  const known = haystacks.get(record)
  if (known !== undefined) return known
  const { request, response } = record
  const parts = request.body.parts?.map(({ name, preview = '' }) => `${name} ${preview}`) ?? []
  const text = [
    record.id,
    record.type,
    request.method,
    request.url,
    record.backend ?? '',
    ...(record.tasks ?? []),
    response.statusCode,
    record.error ?? '',
    request.body.preview,
    ...parts,
    response.body.preview,
  ]
    .join(' ')
    .toLowerCase()
  haystacks.set(record, text)
  return text
}

function statusTest(value: string): Test | undefined {
  if (value === 'pending') return (record) => record.pending === true
  if (value === 'error') return (record) => record.error !== undefined || record.response.statusCode >= 400
  if (!/^[0-9x]{1,3}$/.test(value)) return undefined
  const pattern = new RegExp(`^${value.replaceAll('x', '\\d')}`)
  return (record) => pattern.test(String(record.response.statusCode).padStart(3, '0'))
}

function slowTest(value: string): Test | undefined {
  const match = DURATION.exec(value)
  if (match === null) return undefined
  const [, sign = '>', digits = '', unit = 'ms'] = match
  const limit = Number(digits) * (UNIT_MS[unit] ?? 1)
  if (sign.startsWith('<')) return (record) => record.pending !== true && record.durationMs < limit
  return (record) => record.durationMs >= limit
}

interface Key {
  readonly test: (value: string) => Test | undefined
  readonly example: string
}

const KEYS: Readonly<Record<string, Key>> = {
  type: { example: 'type:incoming', test: (value) => (record) => record.type.startsWith(value) },
  status: { example: 'status:5xx', test: statusTest },
  backend: { example: 'backend:gpu', test: (value) => (record) => includes(record.backend, value) },
  task: {
    example: 'task:clip',
    test: (value) => (record) => record.tasks?.some((task) => includes(task, value)) === true,
  },
  method: {
    example: 'method:POST',
    test: (value) => (record) => record.request.method.toLowerCase() === value,
  },
  slow: { example: 'slow:>2s', test: slowTest },
}

export function parseFilter(text: string): Filter {
  const tests: Test[] = []
  const problems: string[] = []
  for (const [, minus, rawKey, quoted, plain] of text.matchAll(TOKEN)) {
    const value = (quoted ?? plain ?? '').toLowerCase()
    const name = rawKey?.toLowerCase()
    const key = name !== undefined && Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
    // An unknown key is text, as in `http://…`; a known one without a value is still being typed.
    let test: Test | undefined
    if (key === undefined) {
      const part = name === undefined ? value : `${name}:${value}`
      test = (record) => haystack(record).includes(part)
    } else if (value !== '') {
      test = key.test(value)
      if (test === undefined)
        problems.push(`"${name ?? ''}:${value}" is not understood; write for example ${key.example}`)
    }
    if (test === undefined) continue
    const wanted = test
    tests.push(minus === '-' ? (record) => !wanted(record) : wanted)
  }
  return {
    isEmpty: tests.length === 0,
    problems,
    test: (record) => tests.every((test) => test(record)),
  }
}
