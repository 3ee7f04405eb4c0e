/** Checks a result of `/predict`: whether it has each task of the request, and how its vectors are written. Pure. */
import { canonicalName } from '../../src-shared/config/names.ts'

/** The entries of the request. */
export type Asked = readonly { readonly task: string }[]
/** The members of an answer, parsed from text in which each byte is a character (latin1). */
type Result = Readonly<Record<string, unknown>>

/**
 * How vectors are written: as a text that holds a list, which servers of Immich send since 2025 and Immich stores as it
 * is, or as a list, as servers before it sent them to the Immich of that time.
 */
export type AnswerForm = 'text' | 'list'

/** The result's value for a task, in whichever spelling the backend wrote it. */
function valueOf(result: Result, task: string): unknown {
  if (Object.hasOwn(result, task)) return result[task]
  const wanted = canonicalName(task)
  const key = Object.keys(result).find(
    (name) => canonicalName(Buffer.from(name, 'latin1').toString('utf8')) === wanted,
  )
  return key === undefined ? undefined : result[key]
}

/** The tasks of the request that the answer lacks. An empty list is an answer: a photo without faces. */
export function missingTasks(result: Result, asked: Asked): string[] {
  const missing: string[] = []
  for (const { task } of asked) {
    const value = valueOf(result, task)
    if ((value === undefined || value === null || value === '') && !missing.includes(task)) missing.push(task)
  }
  return missing
}

/** A vector, or the vector of a face. */
function vectorIn(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const [first] = value as unknown[]
  return typeof first === 'object' && first !== null && 'embedding' in first ? first.embedding : value
}

/** How the first vector among the tasks of the request is written; undefined where there is none. */
export function formOf(result: Result, asked: Asked): AnswerForm | undefined {
  for (const { task } of asked) {
    const vector = vectorIn(valueOf(result, task))
    if (typeof vector === 'string' && vector.startsWith('[')) return 'text'
    if (Array.isArray(vector) && typeof vector[0] === 'number') return 'list'
  }
  return undefined
}
