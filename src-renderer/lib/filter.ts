/**
 * The filter of the debug list: free text and `status:5xx backend:gpu from:192.168.1.20 task:clip slow:>2s is:failover with:pings`.
 * A leading minus negates a condition; text with spaces is quoted. Pure.
 */
import type { DebugRecord } from '../../src-shared/api.ts'
import { texts } from '../texts/debug.ts'
import { haystackOf } from './haystack.ts'
import { nearest } from './nearest.ts'
import { imagePart, isPing, searchText, traceFor, type Traces } from './traces.ts'

type Test = (record: DebugRecord) => boolean

/** What the filter asks about other records than the one that it judges. */
export interface FilterContext {
  /** The backends that answered an incoming record, which does not name them itself. */
  readonly backendsOf: (record: DebugRecord) => readonly string[]
  readonly traces: Traces
}

/** What is left out of the list unless the filter asks for it. */
export const LEFT_OUT = ['pings', 'tries'] as const
export type LeftOut = (typeof LEFT_OUT)[number]

export interface Filter {
  readonly test: Test
  /** What would be left out, and is asked for. */
  readonly with: ReadonlySet<LeftOut>
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

/** What `is:` can ask. A replay is one as a whole; everything else is judged by record. */
const KINDS: Readonly<Record<string, (context: FilterContext) => Test>> = {
  failover:
    ({ traces }) =>
    (record) =>
      traceFor(record, traces).isFailover,
  replay: () => (record) => record.cause === 'replay',
  text: () => (record) => searchText(record) !== undefined,
  image: () => (record) => imagePart(record) !== undefined,
  ping: () => isPing,
  try: () => (record) => record.cause === 'try',
}

interface Key {
  readonly test: (value: string, context: FilterContext) => Test | undefined
  readonly example: string
}

const everything: Test = () => true

export const KEYS: Readonly<Record<string, Key>> = {
  status: { example: 'status:5xx', test: statusTest },
  backend: {
    example: 'backend:gpu',
    test:
      (value, { backendsOf }) =>
      (record) =>
        includes(record.backend, value) || backendsOf(record).some((name) => includes(name, value)),
  },
  from: {
    example: 'from:192.168.1.20',
    test: (value) => (record) => record.client?.startsWith(value) === true,
  },
  task: {
    example: 'task:clip',
    test: (value) => (record) => record.tasks?.some((task) => includes(task, value)) === true,
  },
  slow: { example: 'slow:>2s', test: slowTest },
  is: {
    example: 'is:failover',
    test: (value, context) => {
      const kind = Object.keys(KINDS).find((name) => name.startsWith(value))
      return kind === undefined ? undefined : KINDS[kind]?.(context)
    },
  },
  with: {
    example: 'with:pings',
    test: (value) => (LEFT_OUT.some((name) => name.startsWith(value)) ? everything : undefined),
  },
  type: { example: 'type:incoming', test: (value) => (record) => record.type.startsWith(value) },
  method: {
    example: 'method:POST',
    test: (value) => (record) => record.request.method.toLowerCase().startsWith(value),
  },
}

/** The values that are known of the keys which have a few. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ['error', 'pending', '2xx', '4xx', '5xx'],
  slow: ['>1s', '>5s', '<100ms'],
  is: Object.keys(KINDS),
  with: LEFT_OUT,
  type: ['incoming', 'outgoing'],
  method: ['post', 'get'],
}

const NO_CONTEXT: FilterContext = { backendsOf: () => [], traces: new Map() }

function textTest(part: string, { backendsOf }: FilterContext): Test {
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

/** What stands before the colon of an address, as in `http://…`. */
const isAddress = (value: string): boolean => value.startsWith('//')

/** A word with a colon in it is free text, and told where it looks like a key. */
function unknownKey(name: string, value: string, context: FilterContext): Condition {
  const word = `${name}:${value}`
  const found = { test: textTest(word, context), word }
  if (isAddress(value)) return found
  return { ...found, problem: texts.filter.noKey(name, nearest(name, Object.keys(KEYS))) }
}

function conditionOf(name: string | undefined, value: string, context: FilterContext): Condition {
  if (name === undefined) return { test: textTest(value, context), word: value }
  const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
  if (key === undefined) return unknownKey(name, value, context)
  // A known key without a value is ignored, as it is being typed.
  if (value === '') return {}
  const test = key.test(value, context)
  if (test !== undefined) return { test }
  return { problem: texts.filter.notUnderstood(`${name}:${value}`, key.example) }
}

/** Whether a condition asks for what is left out otherwise: `with:pings`, and `is:ping` too. */
function asksFor(name: LeftOut, key: string | undefined, value: string): boolean {
  if (value === '') return false
  if (key === 'with') return name.startsWith(value)
  return key === 'is' && value === (name === 'pings' ? 'ping' : 'try')
}

interface Word {
  readonly isTurned: boolean
  readonly key: string | undefined
  readonly value: string
}

/** The words of the filter, each a condition or free text. */
function* wordsOf(text: string): Generator<Word> {
  for (const [, minus, key, quoted, plain] of text.matchAll(TOKEN))
    yield { isTurned: minus === '-', key: key?.toLowerCase(), value: (quoted ?? plain ?? '').toLowerCase() }
}

export function parseFilter(text: string, context = NO_CONTEXT): Filter {
  const tests: Test[] = []
  const problems: string[] = []
  const words: string[] = []
  const wanted = new Set<LeftOut>()
  for (const { isTurned, key, value } of wordsOf(text)) {
    const { test, word, problem } = conditionOf(key, value, context)
    for (const name of LEFT_OUT) if (!isTurned && asksFor(name, key, value)) wanted.add(name)
    if (problem !== undefined) problems.push(problem)
    if (word !== undefined && !isTurned) words.push(word)
    // It says what is listed at all, and tests nothing.
    if (test !== undefined && key !== 'with') tests.push(isTurned ? turned(test) : test)
  }
  return {
    with: wanted,
    isEmpty: tests.length === 0,
    words,
    problems,
    test: (record) => tests.every((test) => test(record)),
  }
}
