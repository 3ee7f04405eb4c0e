/** The results of a try as a table and as boxes. Pure. */
import {
  TRY_WORKS,
  type TryAnswer,
  type TryModel,
  type TryResult,
  type TryTask,
  type TryWork,
} from '../../src-shared/try.ts'
import { boxesOf, type Box } from './boxes.ts'

/** What a backend has answered so far. */
export interface Tried {
  readonly results: readonly TryResult[]
  readonly imageWidth: number | null
  readonly imageHeight: number | null
}

export const NOTHING_TRIED: Tried = { results: [], imageWidth: null, imageHeight: null }

/** The works that a try of these tasks comes to, in the order of the page. */
export function worksOf(tasks: readonly TryTask[], hasText: boolean): TryWork[] {
  return TRY_WORKS.filter(
    (work) =>
      (tasks as readonly string[]).includes(work.replace(/\/.*/, '')) && (work !== 'clip/textual' || hasText),
  )
}

/** Adds an answer to what is there; a newer result of the same work stands for the older one. */
export function withAnswer(before: Tried, answer: TryAnswer): Tried {
  const kept = before.results.filter(({ work }) => !answer.results.some((result) => result.work === work))
  return {
    results: [...kept, ...answer.results],
    imageWidth: answer.imageWidth ?? before.imageWidth,
    imageHeight: answer.imageHeight ?? before.imageHeight,
  }
}

/** The boxes of faces and texts, to be drawn on the picture. */
export function boxesOfTried({ results, imageWidth, imageHeight }: Tried): Box[] {
  const faces = results.flatMap(({ faces: found = [] }) => found)
  const texts = results.flatMap(({ texts: found = [] }) => found)
  return boxesOf({
    imageWidth,
    imageHeight,
    'facial-recognition': faces.map(({ box, score }) => ({ boundingBox: box, score })),
    ocr: {
      text: texts.map(({ text }) => text),
      box: texts.flatMap(({ box }) => box),
      textScore: texts.map(({ score }) => score),
    },
  })
}

/** The models of the works that may have to be downloaded: Immich has not asked for them, or this backend never answered. */
export function unsureModels(models: readonly TryModel[], works: readonly TryWork[]): string[] {
  const unsure = models.filter(({ work, isDefault }) => isDefault && works.includes(work))
  return [...new Set(unsure.map(({ modelName }) => modelName))]
}
