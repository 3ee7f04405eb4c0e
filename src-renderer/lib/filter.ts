/**
 * The filter of the debug list: free text and `type:outgoing status:5xx backend:gpu task:clip slow:>2s`.
 * A leading minus negates a condition; text with spaces is quoted. Pure.
 */
import type { DebugRecord } from '../../src-shared/api.ts'
import { haystackOf } from './haystack.ts'

type Test = (record: DebugRecord) => boolean
/** The backends that answered an incoming record, which does not name them itself. */
export type BackendsOf = (record: DebugRecord) => readonly string[]

export interface Filter {
  readonly test: Test
  readonly isEmpty: boolean
  /** The required free text in lower case, which is marked in the list. */
  readonly words: readonly string[]
  /** The problems of the filter as sentences. */
  readonly problems: readonly string[]
}

const TOKEN = /(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+)|(?<=:))/gi
const DURATION = /^([<>]=?)?(\d+(?:\.\d+)?)(ms|s|m)?$/
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

const includes = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part) === true

function statusTest(value: string): Test | undefined {
  // Prefixes match, as the user may still be typing.
  if ('pending'.startsWith(value)) return (record) => record.pending === true
  if ('error'.startsWith(value))
    return (record) => record.error !== undefined || record.response.statusCode >= 400
  if (!/^[0-9x]{1,3}$/.test(value)) return undefined
  const pattern = new RegExp(`^${value.replaceAll('x', '\\d')}`)
  return (record) => pattern.test(String(record.response.statusCode).padStart(3, '0'))
}

/** The operator before a duration, such as `>` or `<=`. */
const UNFINISHED = /^[<>]=?$/

function slowTest(value: string): Test | undefined {
  if (UNFINISHED.test(value)) return () => true
  const match = DURATION.exec(value)
  if (match === null) return undefined
  const [, sign = '>', digits = '', unit = 'ms'] = match
  const limit = Number(digits) * (UNIT_MS[unit] ?? 1)
  if (sign.startsWith('<')) return (record) => record.pending !== true && record.durationMs < limit
  return (record) => record.durationMs >= limit
}

interface Key {
  readonly test: (value: string, backendsOf: BackendsOf) => Test | undefined
  readonly example: string
}

const KEYS: Readonly<Record<string, Key>> = {
  type: { example: 'type:incoming', test: (value) => (record) => record.type.startsWith(value) },
  status: { example: 'status:5xx', test: statusTest },
  backend: {
    example: 'backend:gpu',
    test: (value, backendsOf) => (record) =>
      includes(record.backend, value) || backendsOf(record).some((name) => includes(name, value)),
  },
  task: {
    example: 'task:clip',
    test: (value) => (record) => record.tasks?.some((task) => includes(task, value)) === true,
  },
  method: {
    example: 'method:POST',
    test: (value) => (record) => record.request.method.toLowerCase().startsWith(value),
  },
  slow: { example: 'slow:>2s', test: slowTest },
}

const NONE: readonly string[] = []

function textTest(part: string, backendsOf: BackendsOf): Test {
  return (record) =>
    haystackOf(record).includes(part) || backendsOf(record).some((name) => includes(name, part))
}

interface Condition {
  readonly test?: Test
  /** Required free text. */
  readonly word?: string
  readonly problem?: string
}

const turned =
  (test: Test): Test =>
  (record) =>
    !test(record)

function conditionOf(name: string | undefined, value: string, backendsOf: BackendsOf): Condition {
  const key = name !== undefined && Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
  // An unknown key is free text, as in `http://…`. A known key without a value is ignored, as it is being typed.
  if (key === undefined) {
    const word = name === undefined ? value : `${name}:${value}`
    return { test: textTest(word, backendsOf), word }
  }
  if (value === '') return {}
  const test = key.test(value, backendsOf)
  if (test !== undefined) return { test }
  return { problem: `"${name ?? ''}:${value}" is not understood; write for example ${key.example}` }
}

export function parseFilter(text: string, backendsOf: BackendsOf = () => NONE): Filter {
  const tests: Test[] = []
  const problems: string[] = []
  const words: string[] = []
  for (const [, minus, rawKey, quoted, plain] of text.matchAll(TOKEN)) {
    const value = (quoted ?? plain ?? '').toLowerCase()
    const { test, word, problem } = conditionOf(rawKey?.toLowerCase(), value, backendsOf)
    const isTurned = minus === '-'
    if (problem !== undefined) problems.push(problem)
    if (word !== undefined && !isTurned) words.push(word)
    if (test !== undefined) tests.push(isTurned ? turned(test) : test)
  }
  return {
    isEmpty: tests.length === 0,
    words,
    problems,
    test: (record) => tests.every((test) => test(record)),
  }
}
