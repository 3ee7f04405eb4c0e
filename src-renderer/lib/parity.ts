/** Whether two backends compute the same vectors of the same picture and text. Pure. */
import type { TryResult, TryWork } from '../../src-shared/try.ts'
import { cosine } from './vector.ts'

/** Two programs or graphics cards differ a little in the last digits; two models differ much. */
const SAME_FROM = 0.995
const CLOSE_FROM = 0.98

export type ParityLevel = 'same' | 'close' | 'different'

export interface Parity {
  readonly work: TryWork
  readonly one: string
  readonly other: string
  /** Undefined where the vectors have another length. */
  readonly cosine: number | undefined
  readonly lengths: readonly [number, number]
  readonly level: ParityLevel
}

/** The results of a try, by the name of the backend, in the order of the page. */
export type ResultsByName = ReadonlyMap<string, readonly TryResult[]>

function levelOf(likeness: number | undefined): ParityLevel {
  if (likeness === undefined || likeness < CLOSE_FROM) return 'different'
  return likeness < SAME_FROM ? 'close' : 'same'
}

function vectorsOf(results: ResultsByName, work: TryWork): { name: string; vector: readonly number[] }[] {
  return [...results].flatMap(([name, list]) => {
    const vector = list.find((result) => result.work === work)?.vector
    return vector === undefined ? [] : [{ name, vector }]
  })
}

/** Each backend with a vector against the first one that has one, for the picture and for the text. */
export function paritiesOf(results: ResultsByName): Parity[] {
  return (['clip/visual', 'clip/textual'] as const).flatMap((work) => {
    const [first, ...others] = vectorsOf(results, work)
    if (first === undefined) return []
    return others.map(({ name, vector }): Parity => {
      const likeness = cosine(first.vector, vector)
      return {
        work,
        one: first.name,
        other: name,
        cosine: likeness,
        lengths: [first.vector.length, vector.length],
        level: levelOf(likeness),
      }
    })
  })
}
