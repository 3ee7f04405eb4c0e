/** Two answers of the same request, compared. Pure. */
import { cosine, vectorOf } from './vector.ts'

export interface Comparison {
  /** The path of the value, for example `facial-recognition[0].embedding`. */
  readonly path: string
  readonly same: boolean
  /** Whether the values are vectors, for which the cosine similarity is shown. */
  readonly isVector?: true
  readonly text: string
}

/** Texts are shortened to this length, characters. */
const MAX_TEXT = 60

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}

function compareVectors(path: string, a: readonly number[], b: readonly number[]): Comparison {
  const likeness = cosine(a, b)
  if (a.length === b.length && a.every((value, index) => value === b[index])) {
    return { path, same: true, isVector: true, text: `the same ${a.length} numbers` }
  }
  if (likeness === undefined)
    return { path, same: false, isVector: true, text: `${a.length} numbers, then ${b.length}` }
  return { path, same: false, isVector: true, text: `cosine ${likeness.toFixed(4)}` }
}

function* compareValues(path: string, a: unknown, b: unknown): Generator<Comparison> {
  const [before, after] = [vectorOf(a), vectorOf(b)]
  if (before !== undefined && after !== undefined) {
    yield compareVectors(path, before, after)
  } else if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    for (const key of keys) {
      const inner = Array.isArray(a) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
      yield* compareValues(inner, a[key], b[key])
    }
  } else {
    const same = a === b
    yield { path, same, text: same ? shown(a) : `${shown(a)}, then ${shown(b)}` }
  }
}

/** All values of the two answers; those that differ come first. */
export function compareAnswers(before: string, after: string): Comparison[] {
  const [a, b] = [parseJson(before), parseJson(after)]
  if (a === undefined || b === undefined) {
    return [
      { path: 'answer', same: before === after, text: before === after ? 'the same text' : 'another text' },
    ]
  }
  const all = [...compareValues('', a, b)]
  return [...all.filter(({ same }) => !same), ...all.filter(({ same }) => same)]
}
